import Foundation
import TestSupport
import Testing

/// What somebody meets who does it for the first time.
@Suite(.serialized, .timeLimit(.minutes(3))) struct `Newcomer` {
    private func open(
        _ body: @escaping @Sendable (SandboxSite) async throws -> Void
    ) async throws {
        try await SandboxSite.open { site in
            let apply = try await site.bursar("apply", "--yes", environment: site.environment)
            #expect(apply.status == 0, "\(apply.all)")
            try await body(site)
        }
    }

    private func bursar(_ site: SandboxSite, _ arguments: String...) async throws
        -> BuiltBinary.Result
    {
        try await BuiltBinary.run(
            arguments + [site.directory.path], environment: site.environment)
    }

    @Test func `an invalid manifest stands in summary, errors and JSON`() async throws {
        try await open { site in
            let name = "workspaces/assistant.yaml"
            let text = try #require(site.directory.text(name))
            try site.directory.write(text.replacing("budget:", with: "budgt:"), to: name)
            let plan = try await bursar(site, "plan")
            #expect(plan.status == 1)
            #expect(
                plan.output.contains("nothing in workspaces whose manifest has an error (1 error)"))
            #expect(!plan.output.contains("No changes"))
            let json = try await bursar(site, "plan", "--output", "json")
            let document =
                try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
            let errors = try #require(document?["errors"] as? [[String: Any]])
            #expect(errors.count == 1)
            #expect((errors.first?["message"] as? String)?.contains("assistant.yaml:") == true)
        }
    }

    @Test func `what a prune has suspended is not said to be left as it is`() async throws {
        try await open { site in
            try site.directory.remove("workspaces/assistant.yaml")
            #expect(try await bursar(site, "apply", "--prune", "--yes").status == 0)
            let plan = try await bursar(site, "plan")
            #expect(
                plan.output.contains("suspended by an earlier prune, 1 team of ours: assistant"))
            #expect(!plan.output.contains("left as they are"))
        }
    }

    @Test func `a workspace that is not there is a failure that names those that are`()
        async throws
    {
        try await open { site in
            for arguments in [
                ["plan", "--target", "serch"], ["plan", "--selector", "team=none"],
                ["rotate", "serch", "--yes"], ["render", "serch"],
            ] {
                let result = try await BuiltBinary.run(
                    arguments + [site.directory.path], environment: site.environment)
                #expect(result.status == 1, "\(arguments) \(result.all)")
                #expect(result.errors.contains("assistant, code-review, search"))
                #expect(!result.all.contains("USAGE"))
            }
        }
    }

    @Test func `revoking the published key says so, and the next run is no drift`() async throws {
        try await open { site in
            func revoke(_ more: String...) async throws -> BuiltBinary.Result {
                try await BuiltBinary.run(
                    ["revoke", "assistant", "--generation", "1", "--yes"] + more
                        + [site.directory.path], environment: site.environment)
            }
            let other = try await revoke("--secret", "OTHER_KEY")
            #expect(other.status == 1)
            #expect(other.errors.contains("has no key of ours of OTHER_KEY generation 1"))
            #expect(other.errors.contains("LITELLM_API_KEY generation 1"))
            let first = try await revoke()
            #expect(first.status == 0, "\(first.all)")
            #expect(first.output.contains("is the published key"))
            #expect(first.output.contains("`bursar rotate` first"))
            #expect(first.errors.contains("`bursar apply` publishes the next one"))
            let second = try await revoke()
            #expect(second.status == 0)
            #expect(second.output == "generation 1 is blocked already: nothing to do\n")
            let plan = try await bursar(site, "plan")
            #expect(plan.output.contains("its published key was revoked"))
            #expect(!plan.output.contains("drift"))
            #expect(try await bursar(site, "drift").status == 0)
        }
    }

    @Test func `an overlap that a policy or a cache rules out is warned of`() async throws {
        try await open { site in
            try site.directory.write(
                "apiVersion: bursar/v1\nkind: Policy\nspec: {overlap: {minimum: 1h}}\n",
                to: "workspaces/policy.yaml")
            let rotate = try await BuiltBinary.run(
                ["rotate", "assistant", "--overlap", "90s", "--yes", site.directory.path],
                environment: site.environment)
            #expect(rotate.status == 0, "\(rotate.all)")
            #expect(rotate.errors.contains("--overlap 90s is less than twice"))
            #expect(rotate.errors.contains("below the policy's minimum of 1h"))
            #expect(rotate.errors.contains("policy.yaml:3"))
        }
    }
}
