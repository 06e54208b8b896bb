import Foundation
import TestSupport
import Testing

/// The pipelines of deploy/ci, their own commands against a forge and a proxy on loopback.
@Suite(.serialized, .timeLimit(.minutes(10)), .enabled(if: Tools.folder != nil))
struct `A pipeline` {
    private static let forges = RecipeSite.Forge.allCases

    private static func stranger(_ id: Int) -> FakeForge.Comment {
        .init(
            id: id, user: "mallory",
            body:
                "<!-- bursar-plan owner=acme checksum=\(String(repeating: "0", count: 32)) -->\n\nLooks fine"
        )
    }

    private func raise(_ site: RecipeSite, to cap: String = "300.00") async throws {
        try await site.edit("workspaces/search.yaml", "limit: 250.00", "limit: \(cap)")
        try await site.push()
    }

    @Test(arguments: forges)
    func `plans in one comment, which it replaces`(_ forge: RecipeSite.Forge) async throws {
        try await RecipeSite.open(forge) { site in
            // Before it come those of others, more than a page, one of them with the mark.
            try await site.api.put((1...25).map(Self.stranger), on: "7")
            try await raise(site)
            let first = try await site.run(.plan)
            #expect(first.status == 0, "\(first.all)")
            #expect(first.output.contains("budget.limit: $250.00 → $300.00"))
            let comment = try await site.ours
            #expect(comment.body.hasPrefix("<!-- bursar-plan owner=acme checksum="))
            #expect(comment.body.contains("$250.00 → $300.00"))
            #expect(!comment.body.contains("[!NOTE]"), "\(comment.body)")

            try await site.edit("workspaces/search.yaml", "limit: 300.00", "limit: 350.00")
            try await site.push()
            let second = try await site.run(.plan)
            #expect(second.status == 0, "\(second.all)")
            let replaced = try await site.ours
            #expect(replaced.id == comment.id)
            #expect(replaced.body.contains("$250.00 → $350.00"))
            let strangers = try await site.comments().prefix(25)
            #expect(Array(strangers) == (1...25).map(Self.stranger))
            #expect(try await site.cap("search") == 250, "a plan changes nothing")
        }
    }

    @Test(arguments: forges)
    func `applies after the merge what was reviewed`(_ forge: RecipeSite.Forge) async throws {
        try await RecipeSite.open(forge) { site in
            try await site.api.put((1...25).map(Self.stranger), on: "7")
            try await raise(site)
            #expect(try await site.run(.plan).status == 0)
            try await site.merge()
            let apply = try await site.run(.apply())
            #expect(apply.status == 0, "\(apply.all)")
            #expect(try await site.cap("search") == 300)
        }
    }

    @Test(.enabled(if: RealLiteLLM.isThere)) func `does so on the real LiteLLM`() async throws {
        try await RecipeSite.open(.github, on: .real) { site in
            try await raise(site)
            let plan = try await site.run(.plan)
            #expect(plan.status == 0, "\(plan.all)")
            #expect(try await site.ours.body.contains("$250.00 → $300.00"))
            try await site.merge()
            let apply = try await site.run(.apply())
            #expect(apply.status == 0, "\(apply.all)")
            #expect(try await site.cap("search") == 300)
            let due = try await site.run(.due)
            #expect(due.status == 0, "\(due.all)")
            // Their names are those that `init` writes, and the proxy is not this test's alone.
            let gone = try await site.proxy.call(
                "POST", "/team/delete", ["team_ids": ["search", "assistant"]])
            #expect(gone["status"] as? Int == 200, "\(gone)")
        }
    }

    @Test(arguments: forges)
    func `refuses what moved after the review, and says how to go on`(
        _ forge: RecipeSite.Forge
    ) async throws {
        try await RecipeSite.open(forge) { site in
            try await raise(site)
            #expect(try await site.run(.plan).status == 0)
            // Pushed after the plan was read, and merged before there is another.
            try await raise(site, to: "499.00", from: "300.00")
            try await site.merge()
            let stale = try await site.run(.apply())
            #expect(stale.status == 4, "\(stale.all)")
            #expect(stale.errors.contains("budget.limit: $250.00 → $499.00"))
            #expect(stale.errors.contains("by hand, without a checksum"))
            #expect(try await site.cap("search") == 250)

            let shown = try await site.run(.show)
            #expect(shown.status == 0, "\(shown.all)")
            let text = forge == .github ? shown.output.replacing("`", with: "") : shown.output
            let found = text.firstMatch(of: /[Cc]hecksum[ =]([0-9a-f]{32})/)
            let checksum = try #require(found?.1)
            let apply = try await site.run(.apply(checksum: String(checksum)))
            #expect(apply.status == 0, "\(apply.all)")
            #expect(try await site.cap("search") == 499)
        }
    }

    private func raise(_ site: RecipeSite, to cap: String, from old: String) async throws {
        try await site.edit("workspaces/search.yaml", "limit: \(old)", "limit: \(cap)")
        try await site.push()
    }

    @Test(arguments: forges)
    func `says so where there is no plan, and applies nothing then`(
        _ forge: RecipeSite.Forge
    ) async throws {
        try await RecipeSite.open(forge) { site in
            try await raise(site)
            #expect(try await site.run(.plan).status == 0)
            let down = try await site.run(
                .plan, variables: ["LITELLM_URL": "http://127.0.0.1:9"])
            #expect(down.status == 1, "\(down.all)")
            let none = try await site.ours.body
            #expect(none.hasPrefix("<!-- bursar-plan owner=acme -->"))
            #expect(none.contains("No plan for `acme`"))
            #expect(none.contains("    error: LiteLLM cannot be reached"), "\(none)")
            try await site.merge()
            let apply = try await site.run(.apply())
            #expect(apply.status == 4, "\(apply.all)")
            #expect(apply.errors.contains("7 has no plan"))
            #expect(try await site.cap("search") == 250)
        }
    }

    @Test(arguments: forges)
    func `fails and says why where a manifest is wrong`(_ forge: RecipeSite.Forge) async throws {
        try await RecipeSite.open(forge) { site in
            try await raise(site, to: "-1")
            let wrong = try await site.run(.plan)
            #expect(wrong.status == 1, "\(wrong.all)")
            let body = try await site.ours.body
            #expect(body.contains(" --> workspaces/search.yaml:"), "\(body)")
            #expect(body.contains("bursar ended with 1 and said"))
        }
    }

    @Test(arguments: forges)
    func `applies nothing that came without a review`(_ forge: RecipeSite.Forge) async throws {
        try await RecipeSite.open(forge) { site in
            try await site.api.put([Self.stranger(1)], on: "7")
            try await raise(site)
            try await site.merge()
            let unplanned = try await site.run(.apply())
            #expect(unplanned.status == 4, "\(unplanned.all)")
            #expect(unplanned.errors.contains("7 has no plan"))
            try await site.edit("workspaces/search.yaml", "limit: 300.00", "limit: 320.00")
            let direct = try await site.run(.apply())
            #expect(direct.status == 4, "\(direct.all)")
            #expect(direct.errors.contains("came by no"))
            #expect(try await site.cap("search") == 250)
        }
    }

    /// Else a second comment would be written, or a plan be taken for none.
    @Test(arguments: forges)
    func `fails where the forge does`(_ forge: RecipeSite.Forge) async throws {
        try await RecipeSite.open(forge) { site in
            try await raise(site)
            try await site.api.fail(["GET /"])
            let plan = try await site.run(.plan)
            #expect(plan.status != 0, "\(plan.all)")
            #expect(try await site.comments().isEmpty)
            try await site.merge()
            let apply = try await site.run(.apply())
            #expect(apply.status != 0 && apply.status != 4, "\(apply.all)")
            #expect(try await site.cap("search") == 250)
        }
    }

    @Test(arguments: forges)
    func `rotates what is due, and leaves to people what waits for them`(
        _ forge: RecipeSite.Forge
    ) async throws {
        try await RecipeSite.open(forge) { site in
            try await site.git("checkout", "--quiet", "main")
            let idle = try await site.run(.due)
            #expect(idle.status == 0, "\(idle.all)")

            let old = try #require(site.scratch.text("secrets/search/LITELLM_API_KEY"))
            try await site.age(old)
            try await site.proxy.call("PATCH", "/team/assistant", ["max_budget": 99])
            let due = try await site.run(.due)
            #expect(due.status == 4, "\(due.all)")
            #expect(due.errors.contains("nobody has approved it: assistant"))
            let new = try #require(site.scratch.text("secrets/search/LITELLM_API_KEY"))
            #expect(new != old)
            #expect(try await site.cap("assistant") == 99)

            let again = try await site.run(.due)
            #expect(again.status == 4, "\(again.all)")
            let down = try await site.run(.due, variables: ["LITELLM_URL": "http://127.0.0.1:9"])
            #expect(down.status == 1, "\(down.all)")
            #expect(site.scratch.text("secrets/search/LITELLM_API_KEY") == new)
        }
    }

    @Test func `takes the bursar that was pinned, and no other`() async throws {
        try await RecipeSite.open(.github) { site in
            try await raise(site)
            try site.scratch.write(
                "#!/bin/sh\ntouch '\(site.scratch.path)/was-run'\n", to: "download")
            let program = "\(site.scratch.path)/download"
            let sum = try await BuiltBinary.run([program], executable: "/usr/bin/sha256sum")
            let right = String(sum.output.prefix(64))
            let wrong = try await site.run(
                .plan,
                variables: [
                    "BURSAR_URL": "file://\(program)",
                    "BURSAR_SHA256": String(repeating: "0", count: 64),
                ])
            #expect(wrong.status == 1, "\(wrong.all)")
            #expect(wrong.errors.contains("was not run"))
            #expect(site.scratch.text("was-run") == nil)
            _ = try await site.run(
                .plan,
                variables: ["BURSAR_URL": "file://\(program)", "BURSAR_SHA256": right])
            #expect(site.scratch.text("was-run") != nil)
        }
    }
}

extension RecipeSite {
    /// As if the key had been minted long ago: time that passed.
    fileprivate func age(_ value: String) async throws {
        let row = try await proxy.row(of: value)
        var metadata = try #require(row["metadata"] as? [String: Any])
        var mark = try #require(metadata["bursar"] as? [String: Any])
        mark["mintedAt"] = "2020-01-01T00:00:00.000Z"
        metadata["bursar"] = mark
        try await proxy.call(
            "POST", "/key/update",
            ["key": try #require(row["token"] as? String), "metadata": metadata])
    }
}

/// What linters and the forges' own schemas say.
@Suite(.enabled(if: Tools.folder != nil)) struct `The form of a pipeline` {
    private static let github = RecipeSite.recipes + "/github/workflows/bursar.yml"
    private static let gitlab = RecipeSite.recipes + "/gitlab/bursar.gitlab-ci.yml"

    private func tool(_ name: String, _ arguments: [String]) async throws -> BuiltBinary.Result {
        try await BuiltBinary.run(arguments, executable: "\(Tools.folder ?? "")/\(name)")
    }

    @Test(arguments: [("github-workflows", github, "runs-on"), ("gitlab-ci", gitlab, "script")])
    func `is what the forge's schema takes`(
        _ schema: String, _ file: String, _ needed: String
    ) async throws {
        let arguments = ["--builtin-schema", "vendor.\(schema)"]
        let good = try await tool("check-jsonschema", arguments + [file])
        #expect(good.status == 0, "\(good.all)")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try #require(text.contains("    \(needed):") || text.contains("  \(needed):"))
        let scratch = try TemporaryDirectory()
        try scratch.write(text.replacing("  \(needed):", with: "  \(needed)x:"), to: "x.yml")
        let bad = try await tool("check-jsonschema", arguments + ["\(scratch.path)/x.yml"])
        #expect(bad.status == 1, "\(bad.all)")
    }

    @Test func `has commands that shellcheck passes`() async throws {
        let scratch = try TemporaryDirectory()
        let support = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "TestSupport/run-job")
        for file in [Self.github, Self.gitlab] {
            let run = try await tool("python3", [support.path, file, "--blocks", scratch.path])
            #expect(run.status == 0, "\(run.all)")
        }
        let programs = try FileManager.default.contentsOfDirectory(
            atPath: RecipeSite.recipes + "/bursar"
        ).map { "\(RecipeSite.recipes)/bursar/\($0)" }
        let blocks = try FileManager.default.contentsOfDirectory(atPath: scratch.path).map {
            "\(scratch.path)/\($0)"
        }
        #expect(programs.count == 7 && blocks.count >= 15)
        let good = try await tool("shellcheck", programs + blocks)
        #expect(good.status == 0, "\(good.all)")
        try scratch.write("#!/bin/sh\ncd $1\n", to: "bad.sh")
        #expect(try await tool("shellcheck", ["\(scratch.path)/bad.sh"]).status == 1)
    }

    @Test func `is what init writes`() async throws {
        let place = try TemporaryDirectory()
        #expect(try await BuiltBinary.run(["init", place.path]).status == 0)
        for (written, shipped) in [(".github/workflows/bursar.yml", Self.github)]
            + ["install", "merge", "plan", "apply", "due", "github"].map({
                (".bursar/\($0)", RecipeSite.recipes + "/bursar/\($0)")
            })
        {
            let text = try String(contentsOfFile: shipped, encoding: .utf8)
            #expect(place.text(written) == text, "\(written)")
            if written.hasPrefix(".bursar") { #expect(place.mode(written) == 0o755) }
        }
    }
}
