import Foundation
import TestSupport
import Testing

/// `examples/plan-checks` over plans that the built binary makes on the stand-in.
@Suite(.serialized, .timeLimit(.minutes(2))) struct `Plan checks` {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let example = repository.appending(path: "examples/plan-checks")
    private static var regopy: String? {
        ProcessInfo.processInfo.environment["BURSAR_TEST_TOOLS"].map { $0 + "/python" }
    }

    private func judge(_ plan: String) async throws -> BuiltBinary.Result {
        try await BuiltBinary.run(
            [Self.example.path + "/check.py"], input: plan, executable: "/usr/bin/python3")
    }

    /// The quickstart and one workspace of production, applied.
    private func open(
        _ body: @escaping @Sendable (SandboxSite) async throws -> Void
    ) async throws {
        try await SandboxSite.open { site in
            let text = try #require(site.directory.text("workspaces/assistant.yaml"))
            try site.directory.write(
                text.replacing("name: assistant", with: "name: prod-billing"),
                to: "workspaces/billing.yaml")
            let apply = try await site.bursar("apply", "--yes", environment: site.environment)
            #expect(apply.status == 0, "\(apply.all)")
            try await body(site)
        }
    }

    private func plan(_ site: SandboxSite) async throws -> String {
        let plan = try await site.bursar(
            "plan", "--prune", "--output", "json", environment: site.environment)
        #expect(plan.status == 0, "\(plan.errors)")
        return plan.output
    }

    /// What none of the rules likes: production pruned, $495 more, and a cap that goes.
    private func spoil(_ site: SandboxSite) throws {
        try site.directory.remove("workspaces/billing.yaml")
        for (file, old, new) in [
            ("search", "limit: 5.00", "limit: 1000.00"),
            ("code-review", "budget: {limit: 1.00}", "budget: unlimited"),
        ] {
            let path = "workspaces/\(file).yaml"
            let text = try #require(site.directory.text(path))
            try #require(text.contains(old))
            try site.directory.write(text.replacing(old, with: new), to: path)
        }
    }

    private static let denied = [
        "a workspace loses its cap", "the caps rise by",
        "workspace/prod-billing left the source: production is not pruned",
    ]

    @Test func `the Python rules let a harmless plan through and deny another`() async throws {
        try await open { site in
            try site.directory.remove("workspaces/assistant.yaml")
            let fine = try await judge(try await plan(site))
            #expect(fine.status == 0, "\(fine.all)")
            #expect(fine.output == "")
            try spoil(site)
            let bad = try await judge(try await plan(site))
            #expect(bad.status == 1)
            // As docs/plan-checks.md shows it.
            #expect(
                bad.output == """
                    denied: a workspace loses its cap
                    denied: apply would refuse it: limit removals, 2
                    denied: the caps rise by 845.00 in 30 days, at most 100
                    denied: workspace/prod-billing left the source: production is not pruned

                    """)
        }
    }

    @Test(.enabled(if: regopy != nil)) func `the Rego rules say the same`() async throws {
        try await open { site in
            func rego() async throws -> [String: [String]] {
                let result = try await BuiltBinary.run(
                    [
                        Self.repository.path + "/Tests/Oracles/rego.py",
                        Self.example.path + "/plan.rego",
                    ], input: try await plan(site), executable: try #require(Self.regopy))
                #expect(result.status == 0, "\(result.errors)")
                return try JSONDecoder().decode(
                    [String: [String]].self, from: Data(result.output.utf8))
            }
            try site.directory.remove("workspaces/assistant.yaml")
            #expect(try await rego() == ["deny": [], "warn": []])
            try spoil(site)
            let denied = try #require(try await rego()["deny"])
            #expect(denied.count == 4)
            for message in Self.denied { #expect(denied.contains { $0.hasPrefix(message) }) }
            #expect(denied.contains("apply would refuse it: limit removals, 2"))
        }
    }
}
