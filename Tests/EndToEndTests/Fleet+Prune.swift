import Foundation
import TestSupport
import Testing

/// Two workspaces: `app`, whose manifest comes and goes, and `keep`, which stays, so that the source
/// is never empty.
extension Fleet {
    init(prunedAfter span: String, budget: String = "{limit: 5.00, period: 30d}") throws {
        try self.init(bareWithKeyring: false)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try configure(pruneAfter: span)
        try writeWorkspace("keep")
        try writeWorkspace("app", budget: budget)
    }

    func configure(
        pruneAfter span: String, source: String = "0d3f6a52-8c1e-4b77-9e60-51a2c7d4f938"
    ) throws {
        try scratch.write(
            """
            apiVersion: bursar/v1
            kind: Configuration
            metadata: {name: prune-\(tag)}
            spec:
              source: {id: \(source)}
              litellm: {keyCacheTTL: 2s}
              secrets: {directory: {path: ./secrets}}
              apply: {pruneAfter: \(span)}
            """, to: "fleet/bursar.yaml")
    }

    func writeWorkspace(
        _ name: String, budget: String = "{limit: 5.00, period: 30d}", more: String = ""
    ) throws {
        try scratch.write(
            """
            apiVersion: bursar/v1
            kind: Workspace
            metadata: {name: \(id(name))}
            spec:
              budget: \(budget)
              models: [gf-chat-default, gf-embed-default]
              keys:
                - secret: BATCH_KEY
                - secret: LITELLM_API_KEY
            \(more)
            """, to: "fleet/\(name).yaml")
    }

    func removeManifest() throws { try scratch.remove("fleet/app.yaml") }

    /// Both published keys of `app`; empty where the store has none.
    func publishedKeys() -> [String] {
        ["BATCH_KEY", "LITELLM_API_KEY"].compactMap { try? secret("app", $0) }
    }

    func prune() async throws -> BuiltBinary.Result {
        try await bursar("apply", "--prune", "--yes")
    }

    func expectSettled(_ comment: Comment? = nil) async throws {
        let plan = try await bursar("plan", "--prune", "--detailed-exitcode")
        #expect(plan.status == 0, "\(comment.map { "\($0): " } ?? "")\(plan.all)")
    }

    func isBlocked() async throws -> Bool { try await team("app")["blocked"] as? Bool == true }
}
