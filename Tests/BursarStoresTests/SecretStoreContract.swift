import BursarCore
import BursarEngine
import Testing

/// What every store must do, whatever it is made of. Each law wants an empty store.
struct SecretStoreContract {
    typealias Law = @Sendable (any SecretStore) async throws -> Void

    let name: String
    let holds: Law

    static let all = [
        SecretStoreContract(name: "an unknown workspace has no secrets", holds: unknown),
        SecretStoreContract(name: "what is put is listed, sorted by name", holds: listed),
        SecretStoreContract(name: "a second put replaces value and description", holds: replaced),
        SecretStoreContract(name: "a put of the same again changes nothing", holds: repeated),
        SecretStoreContract(name: "workspaces are apart", holds: apart),
        SecretStoreContract(name: "removing takes one away, and twice is done", holds: removed),
        SecretStoreContract(name: "a marker comes back whole", holds: marked),
    ]

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

    private static let unknown: Law = { store in
        let found = try await listing(store)
        #expect(found == [])
    }

    private static let listed: Law = { store in
        try await store.put(try secret("B_KEY", "b", "second"))
        try await store.put(try secret("A_KEY", "a", "first"))
        #expect(try await listing(store) == ["A_KEY: first", "B_KEY: second"])
    }

    private static let replaced: Law = { store in
        try await store.put(try secret("KEY", "one", "old"))
        try await store.put(try secret("KEY", "two", "new"))
        #expect(try await listing(store) == ["KEY: new"])
    }

    private static let repeated: Law = { store in
        for _ in 0..<3 {
            try await store.put(try secret("KEY", "one", "same"))
        }
        #expect(try await listing(store) == ["KEY: same"])
    }

    private static let apart: Law = { store in
        try await store.put(try secret("KEY", "a", "of a"))
        try await store.put(try secret("KEY", "b", "of b", in: "team-b"))
        #expect(try await listing(store) == ["KEY: of a"])
        #expect(try await listing(store, of: "team-b") == ["KEY: of b"])
    }

    private static let removed: Law = { store in
        let one = try secret("KEY", "a", "x")
        try await store.remove(one.name, of: one.workspace)
        try await store.put(one)
        try await store.put(try secret("OTHER", "b", "y"))
        try await store.remove(one.name, of: one.workspace)
        try await store.remove(one.name, of: one.workspace)
        #expect(try await listing(store) == ["OTHER: y"])
    }

    private static let marked: Law = { store in
        let marker = SecretMarker(
            owner: "prod", generation: .first.next,
            fingerprint: try #require(Fingerprint(hex: "0123456789abcdef")))
        try await store.put(try secret("KEY", "sk-1", "Key of \"é/🔑\"\nline two \(marker)"))
        let team = try #require(WorkspaceID("team-a"))
        let description = try #require(try await store.secrets(of: team).first?.description)
        #expect(SecretMarker(in: description) == marker)
        #expect(description.hasPrefix("Key of \"é/🔑\"\nline two "))
    }
}

extension SecretStoreContract: CustomTestStringConvertible {
    var testDescription: String { name }
}
