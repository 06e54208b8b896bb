import BursarCore
import BursarSandbox
import Foundation
import TestSupport
import Testing

/// `--prune` with the built binary, on the stand-in over HTTP: the quickstart less a manifest.
@Suite(.serialized, .timeLimit(.minutes(2))) struct `Prune` {
    /// Applied, and then the manifest of `assistant` is gone.
    private func open(
        _ body: @escaping @Sendable (SandboxSite) async throws -> Void
    ) async throws {
        try await SandboxSite.open { site in
            let apply = try await site.bursar("apply", "--yes", environment: site.environment)
            #expect(apply.status == 0, "\(apply.all)")
            try site.directory.remove("workspaces/assistant.yaml")
            try await body(site)
        }
    }

    @Test func `unless asked plan says what is left, and apply does nothing`() async throws {
        try await open { site in
            let before = site.tables
            let plan = try await site.bursar(
                "plan", "--detailed-exitcode", environment: site.environment)
            #expect(plan.status == 0)
            #expect(plan.output.contains("left as they are, 1 team of ours: assistant"))
            #expect(plan.output.contains("--prune"))
            let apply = try await site.bursar("apply", "--yes", environment: site.environment)
            #expect(apply.status == 0)
            #expect(apply.output.contains("Applied: 0 operations"))
            #expect(site.tables == before)
        }
    }

    @Test func `asked for it is shown, counted, and done`() async throws {
        try await open { site in
            let plan = try await site.bursar(
                "plan", "--prune", "--detailed-exitcode", environment: site.environment)
            #expect(plan.status == 2)
            #expect(plan.output.contains("- suspend team  left the source"))
            #expect(plan.output.contains("Plan: suspend 1 workspace; caps $80.00 → $5.00"))
            let json = try await site.bursar(
                "plan", "--prune", "--output", "json", environment: site.environment)
            let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
            let changes = (object as? [String: Any])?["changes"] as? [[String: Any]]
            #expect(changes?.map { $0["cause"] as? String } == ["prune"])
            let apply = try await site.bursar(
                "apply", "--prune", "--yes", environment: site.environment)
            #expect(apply.status == 0, "\(apply.all)")
            #expect(site.blocked == ["assistant"])
            #expect(site.directory.text("secrets/assistant/LITELLM_API_KEY") != nil)
            let again = try await site.bursar(
                "plan", "--prune", "--detailed-exitcode", environment: site.environment)
            #expect(again.status == 0, "\(again.all)")
            #expect(again.output.contains("revocation: left the source at"))
        }
    }

    @Test func `a part of the source, and one that is invalid, prune nothing and say so`()
        async throws
    {
        try await open { site in
            let manifest = site.directory.path + "/workspaces/search.yaml"
            for narrowing in [
                ["--target", "search"], ["--selector", "env=prod"], ["-f", manifest],
            ] {
                let apply = try await BuiltBinary.run(
                    ["apply", "--prune", "--yes"] + narrowing + [site.directory.path],
                    environment: site.environment)
                #expect(apply.status == 0, "\(apply.all)")
                #expect(apply.output.contains("nothing is pruned"))
                #expect(site.blocked == [])
            }
            try site.directory.write("kind: Workspace", to: "workspaces/broken.yaml")
            let apply = try await site.bursar(
                "apply", "--prune", "--yes", environment: site.environment)
            #expect(apply.status == 1)
            #expect(apply.output.contains("nothing is pruned"))
            #expect(site.blocked == [])
        }
    }

    @Test func `more than one at once is refused, and an empty source always`() async throws {
        try await open { site in
            try site.directory.remove("workspaces/search.yaml")
            let two = try await site.bursar(
                "apply", "--prune", "--yes", environment: site.environment)
            #expect(two.status == 3)
            #expect(two.errors.contains("--allow removals=2"))
            try site.directory.remove("workspaces/code-review.yaml")
            let all = try await site.bursar(
                "apply", "--prune", "--yes", environment: site.environment)
            #expect(all.status == 3)
            #expect(all.errors.contains("--allow emptySource=3"))
            #expect(site.blocked == [])
            let allowed = try await BuiltBinary.run(
                [
                    "apply", "--prune", "--yes", "--allow", "removals=3", "--allow",
                    "emptySource=3", site.directory.path,
                ], environment: site.environment)
            #expect(allowed.status == 0, "\(allowed.all)")
            #expect(site.blocked == ["assistant", "code-review", "search"])
        }
    }

    @Test func `a manifest that said prune: false was a promise`() async throws {
        try await SandboxSite.open { site in
            let text = try #require(site.directory.text("workspaces/assistant.yaml"))
            try site.directory.write(text + "  prune: false\n", to: "workspaces/assistant.yaml")
            let apply = try await site.bursar("apply", "--yes", environment: site.environment)
            #expect(apply.status == 0, "\(apply.all)")
            try site.directory.remove("workspaces/assistant.yaml")
            let plan = try await site.bursar(
                "plan", "--prune", "--detailed-exitcode", environment: site.environment)
            #expect(plan.status == 0, "\(plan.all)")
            #expect(plan.output.contains("1 team of ours: assistant"))
        }
    }

    @Test func `two sources with one owner exit 1, name both and write nothing`() async throws {
        try await open { site in
            let text = try #require(site.directory.text("bursar.yaml"))
            let other = "11111111-93b7-4d1e-8a55-0f7d2b9c1e34"
            try site.directory.write(
                text.replacing("6e2c4f0a-93b7-4d1e-8a55-0f7d2b9c1e34", with: other),
                to: "bursar.yaml")
            let manifest = try #require(site.directory.text("workspaces/search.yaml"))
            try site.directory.write(
                manifest.replacing("name: search", with: "name: brand-new"),
                to: "workspaces/new.yaml")
            let before = site.tables
            for command in [["plan"], ["plan", "--prune"], ["apply", "--yes", "--prune"]] {
                let result = try await BuiltBinary.run(
                    command + [site.directory.path], environment: site.environment)
                #expect(result.status == 1)
                #expect(result.all.contains(other))
                #expect(result.all.contains("6e2c4f0a-93b7-4d1e-8a55-0f7d2b9c1e34"))
                #expect(result.output.contains("nothing is done"))
            }
            #expect(site.tables == before)
        }
    }

    @Test func `a source without an id is refused`() async throws {
        try await open { site in
            try site.directory.write(
                """
                apiVersion: bursar/v1
                kind: Configuration
                metadata: {name: quickstart}
                spec: {secrets: {directory: {path: ./secrets}}, apply: {prune: true}}
                """, to: "bursar.yaml")
            for command in [["plan"], ["apply", "--yes"], ["run"]] {
                let result = try await BuiltBinary.run(
                    command + [site.directory.path], environment: site.environment)
                #expect(result.status == 1)
                #expect(result.errors.contains("prune needs spec.source.id"))
            }
        }
    }

    @Test func `the controller goes by the configuration`() async throws {
        try await open { site in
            let text = try #require(site.directory.text("bursar.yaml"))
            try site.directory.write(
                text + "  apply: {prune: true, pruneAfter: 0s}\n", to: "bursar.yaml")
            var run = try await LongRun(
                ["run", site.directory.path], environment: site.environment)
            try await run.wait(for: "workspace=assistant: done: update-team team assistant")
            // The end is due at once, so it needs no signal.
            try await run.wait(for: "workspace=assistant: done: remove-secret")
            #expect(await run.end() == 0)
            #expect(site.blocked == ["assistant"])
            #expect(site.directory.text("secrets/assistant/LITELLM_API_KEY") == nil)
        }
    }
}

extension SandboxSite {
    fileprivate var blocked: [String] {
        sandbox.rows.teams.values.filter(\.blocked).map(\.id).sorted()
    }

    /// Everything that a write could move.
    fileprivate var tables: [String: Sandbox.Team] { sandbox.rows.teams }
}
