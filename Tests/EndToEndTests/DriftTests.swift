import Foundation
import TestSupport
import Testing

/// `drift` with the built binary: what hands changed, and nothing of what git did.
@Suite(.serialized, .timeLimit(.minutes(5))) struct `Drift` {
    private func open(
        _ place: ProxySite.Place, _ body: @escaping @Sendable (ProxySite) async throws -> Void
    ) async throws {
        try await ProxySite.open(place) { site in
            try site.configure("fleet", owner: "drift")
            try write(site)
            let apply = try await site.bursar("fleet", "apply", "--yes")
            #expect(apply.status == 0, "\(apply.all)")
            try await body(site)
        }
    }

    private func write(
        _ site: ProxySite, limit: String = "5.00", models: String = "gf-chat-default"
    ) throws {
        try site.scratch.write(
            """
            apiVersion: bursar/v1
            kind: Workspace
            metadata: {name: \(site.id("search"))}
            spec:
              budget: {limit: \(limit), period: 30d}
              models: [\(models)]

            """, to: "fleet/search.yaml")
    }

    @Test(arguments: ProxySite.Place.available)
    func `an edited manifest is none, a hand is, and an apply ends it`(
        _ place: ProxySite.Place
    ) async throws {
        try await open(place) { site in
            let none = try await site.bursar("fleet", "drift")
            #expect(none.status == 0, "\(none.all)")
            #expect(none.output.contains("No drift"))
            try write(site, limit: "7.00")
            #expect(try await site.bursar("fleet", "drift").status == 0)
            try await site.call(
                "PATCH", "/team/\(site.id("search"))", ["models": ["gf-chat-pro"]])
            let drift = try await site.bursar("fleet", "drift")
            #expect(drift.status == 2, "\(drift.all)")
            #expect(drift.output.contains("models: gf-chat-pro → gf-chat-default"))
            #expect(!drift.output.contains("budget.limit"))
            #expect(drift.output.contains("Drift: 1 workspace changed outside git."))
            let json = try await site.bursar("fleet", "drift", "--output", "json")
            #expect(json.status == 2)
            let document =
                try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
            let rows = try #require(document?["drift"] as? [[String: Any]])
            #expect(rows.map { $0["address"] as? String } == ["workspace/\(site.id("search"))"])
            #expect((rows.first?["fields"] as? [[String: Any]])?.count == 1)
            #expect(try await site.bursar("fleet", "apply", "--yes").status == 0)
            #expect(try await site.bursar("fleet", "drift").status == 0)
        }
    }

    @Test func `what cannot be compared is a failure, whatever else drifted`() async throws {
        try await open(.sandbox) { site in
            try await site.call(
                "PATCH", "/team/\(site.id("search"))", ["models": ["gf-chat-pro"]])
            try site.scratch.write(
                "apiVersion: bursar/v1\nkind: Workspace\nmetadata: {name: Bad}\nspec: {budgt: 1}\n",
                to: "fleet/bad.yaml")
            let drift = try await site.bursar("fleet", "drift")
            #expect(drift.status == 1)
            #expect(drift.output.contains("Drift: 1 workspace changed outside git"))
            #expect(drift.output.contains("what is in error was not compared"))
        }
    }
}

/// `diff` of two checkouts, without a server.
@Suite(.timeLimit(.minutes(2))) struct `Diff` {
    /// The quickstart with defaults above it, twice.
    private func checkouts() throws -> TemporaryDirectory {
        let scratch = try TemporaryDirectory()
        let example = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "examples/quickstart")
        for name in ["old", "new"] {
            try FileManager.default.copyItem(at: example, to: scratch.url.appending(path: name))
        }
        return scratch
    }

    private func diff(_ scratch: TemporaryDirectory, _ more: String...) async throws
        -> BuiltBinary.Result
    {
        try await BuiltBinary.run(["diff", "old", "new"] + more, in: scratch.url)
    }

    private func replace(_ old: String, by new: String, in name: String, _ at: TemporaryDirectory)
        throws
    {
        let text = try #require(at.text(name))
        try #require(text.contains(old))
        try at.write(text.replacing(old, with: new), to: name)
    }

    @Test func `two that say the same differ in nothing`() async throws {
        let result = try await diff(try checkouts(), "--detailed-exitcode")
        #expect(result.status == 0, "\(result.all)")
        #expect(result.output == "No difference: both want the same.\n")
    }

    @Test func `fields, rules, keys and workspaces are told with places and money`() async throws {
        let scratch = try checkouts()
        try replace("limit: 5.00", by: "limit: 7.50", in: "new/workspaces/search.yaml", scratch)
        try replace(
            "- secret: INDEXER_API_KEY",
            by: "- {secret: NEW_KEY, rotation: {every: 30d}}\n    - secret: INDEXER_API_KEY",
            in: "new/workspaces/search.yaml", scratch)
        try scratch.remove("new/workspaces/assistant.yaml")
        try scratch.write(
            """
            apiVersion: bursar/v1
            kind: Workspace
            metadata: {name: extra}
            spec: {budget: {limit: 10.00, period: 30d}, models: []}

            """, to: "new/workspaces/extra.yaml")
        let result = try await diff(scratch, "--detailed-exitcode")
        #expect(result.status == 2, "\(result.all)")
        for line in [
            "spec.budget.limit: $5.00 → $7.50  new/workspaces/search.yaml:",
            "cap $5.00 → $7.50 per 30 days (+$2.50)",
            "spec.keys.NEW_KEY.rotation.every: (none) → 30d  new/workspaces/search.yaml:",
            "workspace assistant  removed  old/workspaces/assistant.yaml:",
            "workspace extra  added  new/workspaces/extra.yaml:",
            "1 workspace added, 1 workspace removed, 1 workspace changed; caps $80.00 → $17.50",
        ] { #expect(result.output.contains(line), "\(line)\n\(result.output)") }
        let plain = try await diff(scratch, "--output", "json")
        #expect(plain.status == 0)
        let document =
            try JSONSerialization.jsonObject(with: Data(plain.output.utf8)) as? [String: Any]
        let rows = try #require(document?["workspaces"] as? [[String: Any]])
        #expect(rows.map { $0["change"] as? String } == ["removed", "added", "changed"])
    }

    @Test func `defaults count in what is below them`() async throws {
        let scratch = try checkouts()
        try scratch.write(
            "apiVersion: bursar/v1\nkind: Defaults\nspec: {limits: {tokensPerMinute: 5}}\n",
            to: "new/workspaces/defaults.yaml")
        let result = try await diff(scratch)
        #expect(result.status == 0, "\(result.all)")
        #expect(
            result.output.contains(
                "spec.limits.tokensPerMinute: (none) → 5  new/workspaces/defaults.yaml:3"))
        #expect(result.output.contains("workspaces changed"))
    }

    @Test func `a side that is invalid or not there fails`() async throws {
        let scratch = try checkouts()
        try replace("limit: 5.00", by: "limt: 5.00", in: "new/workspaces/search.yaml", scratch)
        let invalid = try await diff(scratch)
        #expect(invalid.status == 1)
        #expect(invalid.errors.contains("invalid"))
        let gone = try await BuiltBinary.run(["diff", "old", "nowhere"], in: scratch.url)
        #expect(gone.status == 1)
        #expect(gone.errors.contains("nowhere"))
    }
}
