import Foundation
import TestSupport
import Testing

/// `--config`: bursar.yaml of one directory, manifests of another.
@Suite(.timeLimit(.minutes(3))) struct `A configuration from elsewhere` {
    /// `base` is as it was, `head` is what a branch makes of it.
    private func open(
        _ body: @escaping @Sendable (ProxySite) async throws -> Void
    ) async throws {
        try await ProxySite.open(.sandbox) { site in
            try site.configure("base", owner: "base")
            try site.configure("head", owner: "other")
            try site.scratch.write(
                """
                apiVersion: bursar/v1
                kind: Workspace
                metadata: {name: search}
                spec: {budget: {limit: 5.00, period: 30d}, models: [gf-chat-default]}

                """, to: "head/search.yaml")
            try await body(site)
        }
    }

    private func run(
        _ site: ProxySite, _ arguments: String..., in directory: String = ""
    ) async throws -> BuiltBinary.Result {
        try await BuiltBinary.run(
            arguments, environment: ["LITELLM_URL": site.url, "LITELLM_MASTER_KEY": site.key],
            in: site.scratch.url.appending(path: directory))
    }

    @Test func `says who this is and where its relative paths are`() async throws {
        try await open { site in
            let plan = try await run(
                site, "plan", "head", "--config", "base/bursar.yaml", "--output", "markdown")
            #expect(plan.status == 0, "\(plan.all)")
            #expect(plan.output.hasPrefix("<!-- bursar-plan owner=base-\(site.tag) checksum="))
            let apply = try await run(
                site, "apply", "head", "--config", "base/bursar.yaml", "--yes")
            #expect(apply.status == 0, "\(apply.all)")
            #expect(site.scratch.text("base/secrets/search/LITELLM_API_KEY") != nil)
            #expect(site.scratch.text("head/secrets/search/LITELLM_API_KEY") == nil)
            for command in [["rotate", "search"], ["revoke", "search", "--generation", "1"]] {
                let result = try await BuiltBinary.run(
                    command + ["head", "--config", "base/bursar.yaml", "--yes"],
                    environment: ["LITELLM_URL": site.url, "LITELLM_MASTER_KEY": site.key],
                    in: site.scratch.url)
                #expect(result.status == 0, "\(result.all)")
            }
            let here = try await run(
                site, "plan", "--config", "../base/bursar.yaml", "--detailed-exitcode", in: "head")
            #expect(here.status == 0, "\(here.all)")
        }
    }

    @Test func `is remembered by a plan file, and apply takes no other`() async throws {
        try await open { site in
            let plan = try await run(
                site, "plan", "head", "--config", "base/bursar.yaml", "--out", "plan.bursar")
            #expect(plan.status == 0, "\(plan.all)")
            let other = try await run(site, "apply", "plan.bursar", "--config", "head/bursar.yaml")
            #expect(other.status == 64, "\(other.all)")
            let apply = try await run(site, "apply", "plan.bursar")
            #expect(apply.status == 0, "\(apply.all)")
            #expect(site.scratch.text("base/secrets/search/LITELLM_API_KEY") != nil)
        }
    }

    @Test func `may stand among the manifests, and must be there`() async throws {
        try await open { site in
            try site.scratch.write(
                try #require(site.scratch.text("base/bursar.yaml")), to: "head/prod.yaml")
            let among = try await run(site, "plan", "head", "--config", "head/prod.yaml")
            #expect(among.status == 0, "\(among.all)")
            let gone = try await run(
                site, "plan", "head", "--config", "base/none.yaml", "--output", "markdown")
            #expect(gone.status == 1)
            #expect(gone.errors.contains("base/none.yaml"), "\(gone.all)")
            #expect(gone.output == "")
        }
    }

    @Test func `a comment says that there is no plan where none can be made`() async throws {
        try await open { site in
            let none = try await BuiltBinary.run(
                [
                    "plan", "head", "--config", "base/bursar.yaml", "--output", "markdown",
                ],
                environment: ["LITELLM_URL": "http://127.0.0.1:9", "LITELLM_PLAN_KEY": "sk-x"],
                in: site.scratch.url)
            #expect(none.status == 1)
            #expect(
                none.output.hasPrefix("<!-- bursar-plan owner=base-\(site.tag) -->\n\n### No plan"))
            #expect(none.errors.contains("cannot be reached"), "\(none.all)")
        }
    }
}
