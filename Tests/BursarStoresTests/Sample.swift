import BursarCore
import BursarEngine
import Testing

/// Secrets to put, and what a store lists then.
enum Sample {
    static func secret(
        _ name: String, _ value: String, _ description: String, in workspace: String = "team-a"
    ) throws -> SecretWrite {
        SecretWrite(
            workspace: try #require(WorkspaceID(workspace)), name: try #require(SecretName(name)),
            value: SecretValue(value), description: description)
    }

    static func listing(
        _ store: any SecretStore, of workspace: String = "team-a"
    ) async throws -> [String] {
        try await store.secrets(of: try #require(WorkspaceID(workspace)))
            .map { "\($0.name): \($0.description ?? "-")" }
    }
}
