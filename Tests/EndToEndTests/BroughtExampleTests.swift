import BursarCore
import BursarSandbox
import Foundation
import TestSupport
import Testing

/// `examples/byo` on the stand-in, word for word as docs/byo.md walks through it.
struct `The example of brought models` {
    private static let canary = "sk-byo-canary-3310"

    @Test func `it is planned without a value, applied, refused beside an open key, and removed`()
        async throws
    {
        try await SandboxSite.open("byo") { site in
            let bare = site.environment
            let environment = bare.merging(["OPENAI_SEARCH": Self.canary]) { $1 }
            let plan = try await site.bursar("plan", "--detailed-exitcode", environment: bare)
            #expect(plan.status == 2, "\(plan.all)")
            #expect(plan.output.contains("register model gpt-4o"), "\(plan.all)")

            try await Self.mint(site)
            let refused = try await site.bursar("apply", "--yes", environment: environment)
            #expect(refused.status == 3, "\(refused.all)")
            #expect(refused.errors.contains("key nightly"), "\(refused.all)")
            #expect(site.sandbox.rows.models.isEmpty)

            let apply = try await site.bursar(
                "apply", "--yes", "--allow", "openTeams=1", environment: environment)
            #expect(apply.status == 0, "\(apply.all)")
            #expect(apply.output.contains("can be called within a minute"))
            let row = try #require(site.sandbox.rows.models.first)
            #expect(row.name == "search--gpt-4o")
            #expect(row.params["api_key"] == .string(Self.canary))
            let teams = site.sandbox.rows.teams
            #expect(teams["search"]?.aliases == ["gpt-4o": "search--gpt-4o"])
            #expect(teams["ads"]?.models.contains("search--gpt-4o") == false)

            let again = try await site.bursar("plan", "--detailed-exitcode", environment: bare)
            #expect(again.status == 0, "\(again.all)")
            let json = try await site.bursar("plan", "--output", "json", environment: bare)
            let said = [plan, refused, apply, again, json].map(\.all)
            #expect(said.allSatisfy { !$0.contains("canary-3310") })

            let manifest = try #require(site.directory.text("workspaces/search.yaml"))
            let left = manifest.components(separatedBy: "  providerSecrets:")[0]
            try site.directory.write(left, to: "workspaces/search.yaml")
            let removed = try await site.bursar("apply", "--yes", environment: bare)
            #expect(removed.status == 0, "\(removed.all)")
            #expect(!removed.output.contains("within a minute"))
            #expect(site.sandbox.rows.models.isEmpty)
            #expect(site.sandbox.rows.teams["search"]?.aliases == [:])
        }
    }

    /// A key of somebody's that calls every model.
    private static func mint(_ site: SandboxSite) async throws {
        let body = #"{"key_alias":"nightly","models":[]}"#
        let answer = site.sandbox.ask(
            SandboxRequest(
                method: "POST", path: "/key/generate",
                bearer: SecretValue(SandboxSite.masterKey), body: Array(body.utf8)),
            now: Instant(milliseconds: Int64(Date.now.timeIntervalSince1970 * 1000)))
        try #require(answer.status == 200)
    }
}
