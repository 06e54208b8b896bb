package import BursarCore
package import BursarEngine

/// What every store must do, whatever it is made of: `bursar doctor --store` asks it of people's own,
/// tests of ours. Writes into workspaces of its own, and removes what it wrote.
package struct StoreConformance: Sendable {
    package struct Law: Sendable {
        package let name: String
        /// What is wrong; `nil` where it holds.
        fileprivate let check: @Sendable (Trial) async throws(SecretStoreError) -> String?
    }

    private let store: any SecretStore
    private let first: WorkspaceID
    private let second: WorkspaceID

    /// - Parameters:
    ///   - first: no workspace of anybody's, as the second.
    package init(_ store: any SecretStore, first: WorkspaceID, second: WorkspaceID) {
        self.store = store
        self.first = first
        self.second = second
    }

    package static let laws = [
        Law(name: "an unknown workspace has no secrets", check: unknown),
        Law(name: "what is put is listed, sorted by name", check: listed),
        Law(name: "a second put replaces the description", check: replaced),
        Law(name: "the same put again changes nothing", check: repeated),
        Law(name: "workspaces are apart", check: apart),
        Law(name: "removing takes one away, and twice is done", check: removed),
        Law(name: "descriptions come back to the byte", check: exact),
        Law(name: "long names, values and descriptions are kept", check: long),
        Law(name: "eight puts at once are all kept", check: concurrent),
        Law(name: "two puts of one name at once leave one of them", check: raced),
    ]

    /// - Returns: what is wrong with this law; `nil` where it holds.
    package func check(_ law: Law) async -> String? {
        let trial = Trial(store: store, first: first, second: second)
        do throws(SecretStoreError) {
            let problem = try await law.check(trial)
            try await trial.clear()
            return problem
        } catch {
            try? await trial.clear()
            return "\(error)"
        }
    }
}

/// One law at work.
private struct Trial: Sendable {
    let store: any SecretStore
    let first: WorkspaceID
    let second: WorkspaceID

    static func name(_ text: String) -> SecretName {
        guard let name = SecretName(text) else {
            preconditionFailure("\(text) is a name of a secret")
        }
        return name
    }

    func put(
        _ name: String, _ value: String, _ description: String, in workspace: WorkspaceID? = nil
    ) async throws(SecretStoreError) {
        try await store.put(
            SecretWrite(
                workspace: workspace ?? first, name: Self.name(name), value: SecretValue(value),
                description: description))
    }

    func remove(_ name: String) async throws(SecretStoreError) {
        try await store.remove(Self.name(name), of: first)
    }

    func list(_ workspace: WorkspaceID? = nil) async throws(SecretStoreError) -> [String] {
        try await store.secrets(of: workspace ?? first).map {
            "\($0.name)=\($0.description ?? "(none)")"
        }
    }

    func clear() async throws(SecretStoreError) {
        for workspace in [first, second] {
            for secret in try await store.secrets(of: workspace) {
                try await store.remove(secret.name, of: workspace)
            }
        }
    }

    /// - Returns: `nil` where the first workspace holds that and no more.
    func expect(
        _ wanted: [String], in workspace: WorkspaceID? = nil
    ) async throws(SecretStoreError) -> String? {
        let found = try await list(workspace)
        return found == wanted
            ? nil : "listed \(Self.shown(found)) instead of \(Self.shown(wanted))"
    }

    private static func shown(_ rows: [String]) -> String {
        "[" + rows.map { VisibleText.escape(String($0.prefix(80))) }.joined(separator: ", ") + "]"
    }
}

extension StoreConformance {
    private typealias Check = @Sendable (Trial) async throws(SecretStoreError) -> String?

    private static let unknown: Check = { trial throws(SecretStoreError) in
        try await trial.expect([])
    }

    private static let listed: Check = { trial throws(SecretStoreError) in
        try await trial.put("B_KEY", "b", "second")
        try await trial.put("A_KEY", "a", "first")
        return try await trial.expect(["A_KEY=first", "B_KEY=second"])
    }

    private static let replaced: Check = { trial throws(SecretStoreError) in
        try await trial.put("KEY", "one", "old")
        try await trial.put("KEY", "two", "new")
        return try await trial.expect(["KEY=new"])
    }

    private static let repeated: Check = { trial throws(SecretStoreError) in
        for _ in 0..<3 { try await trial.put("KEY", "one", "same") }
        return try await trial.expect(["KEY=same"])
    }

    private static let apart: Check = { trial throws(SecretStoreError) in
        try await trial.put("KEY", "a", "of the first")
        try await trial.put("KEY", "b", "of the second", in: trial.second)
        if let wrong = try await trial.expect(["KEY=of the first"]) { return wrong }
        return try await trial.expect(["KEY=of the second"], in: trial.second)
    }

    private static let removed: Check = { trial throws(SecretStoreError) in
        try await trial.remove("KEY")
        try await trial.put("KEY", "a", "x")
        try await trial.put("OTHER", "b", "y")
        try await trial.remove("KEY")
        try await trial.remove("KEY")
        if let wrong = try await trial.expect(["OTHER=y"]) { return wrong }
        try await trial.put("KEY", "c", "again")
        return try await trial.expect(["KEY=again", "OTHER=y"])
    }

    /// With what shells, JSON, YAML and line-wise programs stumble over, and a marker at the end.
    private static let exact: Check = { trial throws(SecretStoreError) in
        let marker = "[bursar/1 owner=prod g=5 sha256=0123456789abcdef]"
        let texts = [
            "Key of \"é/🔑\" \(marker)", "two\nlines\tand \\ ' $(id) `id` %s {} \(marker)",
            "  spaces around  ", "-n", "null", "{\"a\": 1}", "a: b # c", "ends with a line break\n",
        ]
        for text in texts {
            try await trial.put("KEY", "va\"l\\ue\n'$x", text)
            if let wrong = try await trial.expect(["KEY=\(text)"]) { return wrong }
        }
        return nil
    }

    private static let long: Check = { trial throws(SecretStoreError) in
        let name = "K" + String(repeating: "0_", count: 29)
        let text = String(repeating: "d", count: 400)
        try await trial.put(name, String(repeating: "v", count: 16 << 10), text)
        return try await trial.expect(["\(name)=\(text)"])
    }

    private static let concurrent: Check = { trial throws(SecretStoreError) in
        let names = (1...8).map { "KEY_\($0)" }
        try await Self.atOnce(names) { name throws(SecretStoreError) in
            try await trial.put(name, name, "of \(name)")
        }
        return try await trial.expect(names.map { "\($0)=of \($0)" })
    }

    private static let raced: Check = { trial throws(SecretStoreError) in
        try await Self.atOnce(["one", "two"]) { text throws(SecretStoreError) in
            try await trial.put("KEY", text, text)
        }
        let found = try await trial.list()
        return found == ["KEY=one"] || found == ["KEY=two"] ? nil : "two puts left \(found)"
    }

    private static func atOnce(
        _ texts: [String],
        _ body: @escaping @Sendable (String) async throws(SecretStoreError) -> Void
    ) async throws(SecretStoreError) {
        let failures = await withTaskGroup(of: SecretStoreError?.self) { group in
            for text in texts {
                group.addTask {
                    do throws(SecretStoreError) {
                        try await body(text)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(into: []) { $0 += [$1].compactMap(\.self) }
        }
        if let failure = failures.first { throw failure }
    }
}
