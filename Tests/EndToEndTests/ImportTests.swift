import Foundation
import TestSupport
import Testing

/// `import`, `plan`, `apply`, and nothing left to do; on the stand-in and on the real LiteLLM.
@Suite(.serialized) struct `Import by the built binary` {
    @Test(arguments: ProxySite.Place.available)
    func `what is live becomes manifests whose apply only stamps`(
        _ place: ProxySite.Place
    ) async throws {
        try await ProxySite.open(place) { site in
            try site.configure("a", owner: "prod")
            try await site.makeTeam(
                "search",
                [
                    "team_alias": "Search \(site.tag)",
                    "models": ["gf-chat-default", "gf-embed-default"],
                    "max_budget": 5, "budget_duration": "30d", "soft_budget": 4, "rpm_limit": 600,
                    "metadata": ["cost_center": "sk-hidden-\(site.tag)"],
                ])
            let keys = [
                try await site.makeKey("search-app", in: "search", ["max_budget": 2]),
                try await site.makeKey(
                    "search-index", in: "search",
                    ["models": ["gf-embed-default"], "rpm_limit": 50, "user_id": "alice"]),
                try await site.makeKey(nil, in: "search"),
            ]
            let lone = try await site.makeKey("lone", in: nil, ["max_budget": 1])
            try await site.makeTeam("Odd", ["models": ["gf-chat-default"]])
            try await site.makeTeam(
                "week",
                ["models": ["gf-chat-default"], "max_budget": 1, "budget_duration": "7d"])
            let before = try await (keys + [lone]).asyncMap {
                try settled(await site.row(of: $0), without: moved)
            }
            let team = try settled(await site.team("search"), without: moved)

            let imported = try await site.bursar("a", "import")
            #expect(imported.status == 0, "\(imported.all)")
            let text = try #require(site.scratch.text("a/workspaces/\(site.id("search")).yaml"))
            #expect(text.contains("warnAt: 80%"), "\(text)")
            #expect(text.contains("Has a budget of its own, $2.00"))
            #expect(text.contains("metadata.cost_center"))
            let candidates = try #require(site.scratch.text("a/workspaces/import.yaml.candidates"))
            #expect(candidates.contains(site.id("Odd")))
            #expect(candidates.contains("key: \(site.id("lone"))"))
            for shown in [text, candidates, imported.all] {
                #expect(!shown.contains("sk-hidden"))
                #expect(!(keys + [lone]).contains { shown.contains($0) })
            }
            #expect(try await site.bursar("a", "validate").status == 0)

            // The real proxy is shared: only this test's teams are applied.
            let targets = [site.id("search"), site.id("week")]
            let plan = try await site.bursar(
                "a", "plan", "--detailed-exitcode", "--target", targets[0], "--target", targets[1])
            #expect(plan.status == 2, "\(plan.all)")
            #expect(plan.output.contains("adopt 2 workspaces, adopt 3 keys"), "\(plan.all)")
            let applied = try await site.bursar(
                "a", "apply", "--yes", "--target", targets[0], "--target", targets[1])
            #expect(applied.status == 0, "\(applied.all)")
            let second = try await site.bursar(
                "a", "plan", "--detailed-exitcode", "--target", targets[0], "--target", targets[1])
            #expect(second.status == 0, "\(second.all)")
            #expect(
                try await (keys + [lone]).asyncMap {
                    try settled(await site.row(of: $0), without: moved)
                }
                    == before)
            #expect(try settled(await site.team("search"), without: moved) == team)
            for key in [keys[0], keys[2], lone] { #expect(try await site.chat(key) == 200) }
        }
    }

    private var moved: Set<String> { ["metadata", "key_alias"] }

    @Test func `nothing that is there is written over without force`() async throws {
        try await ProxySite.open(.sandbox) { site in
            try site.configure("a", owner: "prod")
            try await site.makeTeam("search", ["models": ["gf-chat-default"]])
            #expect(try await site.bursar("a", "import").status == 0)
            let path = "a/workspaces/\(site.id("search")).yaml"
            let text = try #require(site.scratch.text(path))
            #expect(try await site.bursar("a", "import").status == 0)
            try site.scratch.write(text + "# mine\n", to: path)
            try await site.makeTeam("ads", ["models": ["gf-chat-default"]])
            let refused = try await site.bursar("a", "import")
            #expect(refused.status == 1)
            #expect(refused.all.contains("nothing was written"), "\(refused.all)")
            #expect(site.scratch.text(path) == text + "# mine\n")
            #expect(site.scratch.text("a/workspaces/\(site.id("ads")).yaml") == nil)
            #expect(try await site.bursar("a", "import", "--force").status == 0)
            #expect(site.scratch.text(path) == text)
        }
    }

    @Test func `the candidates are written anew, what a person wrote there is not`() async throws {
        try await ProxySite.open(.sandbox) { site in
            try site.configure("a", owner: "prod")
            _ = try await site.makeKey("lone", in: nil)
            #expect(try await site.bursar("a", "import").status == 0)
            _ = try await site.makeKey("second", in: nil)
            let again = try await site.bursar("a", "import")
            #expect(again.status == 0, "\(again.all)")
            let path = "a/workspaces/import.yaml.candidates"
            #expect(site.scratch.text(path)?.contains(site.id("second")) == true)
            try site.scratch.write("my own notes\n", to: path)
            #expect(try await site.bursar("a", "import").status == 1)
            #expect(site.scratch.text(path) == "my own notes\n")
        }
    }

    @Test func `an import that the policies refuse says how to let it in`() async throws {
        try await ProxySite.open(.sandbox) { site in
            try site.configure("a", owner: "prod")
            try site.scratch.write(
                "{apiVersion: bursar/v1, kind: Policy, spec: {labels: {required: [team]}}}",
                to: "a/policy.yaml")
            try await site.makeTeam("search", ["models": ["gf-chat-default"]])
            let imported = try await site.bursar("a", "import")
            #expect(imported.status == 1)
            #expect(
                imported.all.contains("= help: add `team` to metadata.labels"), "\(imported.all)")
            #expect(imported.errors.contains("say `severity: warn` in the policy"))
        }
    }

    @Test func `a team whose manifest got another name is not written a second time`() async throws
    {
        try await ProxySite.open(.sandbox) { site in
            try site.configure("a", owner: "prod")
            try await site.makeTeam("search", ["models": ["gf-chat-default"]])
            #expect(try await site.bursar("a", "import").status == 0)
            let path = "a/workspaces/\(site.id("search")).yaml"
            let text = try #require(site.scratch.text(path))
            try site.scratch.remove(path)
            try site.scratch.write(text, to: "a/workspaces/another.yaml")
            let again = try await site.bursar("a", "import")
            #expect(again.status == 0, "\(again.all)")
            #expect(site.scratch.text(path) == nil)
            #expect(try await site.bursar("a", "validate").status == 0)
        }
    }

    @Test func `adopt writes its line and the plan shows it`() async throws {
        try await ProxySite.open(.sandbox) { site in
            try site.configure("a", owner: "prod")
            try await site.makeTeam("search", ["models": ["gf-chat-default"]])
            _ = try await site.makeKey("app", in: "search")
            let manifest = """
                apiVersion: bursar/v1
                kind: Workspace
                metadata: {name: \(site.id("search"))}
                spec:
                  # nobody counts
                  budget: unlimited
                  models: [gf-chat-default]

                """
            try site.scratch.write(manifest, to: "a/search.yaml")
            #expect(try await site.bursar("a", "plan").status == 1)
            let adopted = try await site.bursar(
                "a", "adopt", "--key", site.id("app"), site.id("search"))
            #expect(adopted.status == 0, "\(adopted.all)")
            #expect(
                site.scratch.text("a/search.yaml")
                    == manifest.replacingOccurrences(
                        of: "spec:\n",
                        with: "spec:\n  adopt: {team: true, key: \(site.id("app"))}\n"))
            #expect(
                try await site.bursar("a", "adopt", "--key", site.id("app"), site.id("search"))
                    .output.contains("says so already"))
            #expect(try await site.bursar("a", "apply", "--yes").status == 0)
            #expect(try await site.bursar("a", "plan", "--detailed-exitcode").status == 0)
            let unknown = try await site.bursar("a", "adopt", "--key", "OTHER=x", "nobody")
            #expect(unknown.status != 0)
        }
    }
}

extension Array where Element: Sendable {
    fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows
        -> [Result]
    {
        var results: [Result] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
