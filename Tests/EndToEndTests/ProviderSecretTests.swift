import Foundation
import TestSupport
import Testing

/// Provider secrets by the built binary, on the stand-in.
@Suite(.timeLimit(.minutes(5))) struct `Provider secrets by the built binary` {
    private static let canary = "sk-provider-canary-7206"

    /// A source with one workspace, and a program that leaves a trace when it runs.
    private static func lay(_ site: SandboxSite, allow: String) throws -> [String: String] {
        let place = site.directory
        try place.write(
            "#!/bin/sh\necho ran >> \(place.path)/trace\ncat \(place.path)/value\n", to: "fetch")
        try place.write(canary + "\n", to: "value")
        chmod("\(place.path)/fetch", 0o755)
        try place.write(
            """
            apiVersion: bursar/v1
            kind: Configuration
            metadata: {name: prod}
            spec:
              source: {id: 5f0e}
              secrets: {directory: {path: \(place.path)/store}}
              providerSecrets: {allow: [\(allow)]}

            """, to: "bursar.yaml")
        for name in ["demo", "workspaces"] { try? place.remove(name) }
        try place.write(
            """
            apiVersion: bursar/v1
            kind: Workspace
            metadata: {name: search}
            spec:
              budget: {limit: 5, period: 30d}
              models: [gf-chat-default]
              providerSecrets:
                - {name: OPENAI_API_KEY, valueFrom: {exec: [\(place.path)/fetch]}}
                - {name: OTHER_API_KEY, valueFrom: {env: OTHER_SEARCH}}

            """, to: "search.yaml")
        return site.environment.merging(["OTHER_SEARCH": canary + "-env"]) { a, _ in a }
    }

    private static func allowance(_ site: SandboxSite) -> String {
        "{exec: [\(site.directory.path)/fetch]}, {env: \"OTHER_{ID}\"}"
    }

    @Test func `apply puts them, plan reads none, and a new value needs no approval`() async throws
    {
        try await SandboxSite.open { site in
            let environment = try Self.lay(site, allow: Self.allowance(site))
            let place = site.directory
            let plan = try await site.bursar("plan", environment: environment)
            #expect(plan.status == 0, "\(plan.all)")
            #expect(plan.output.contains("put 2 provider secrets"))
            #expect(place.text("trace") == nil, "plan ran the program")

            let file = "\(place.path)/approved.plan"
            let out = try await site.bursar("plan", "--out", file, environment: environment)
            #expect(out.status == 0, "\(out.all)")
            let applied = try await BuiltBinary.run(
                ["apply", file, "--audit", "\(place.path)/audit"], environment: environment)
            #expect(applied.status == 0, "\(applied.all)")
            #expect(place.text("store/search/OPENAI_API_KEY") == Self.canary)
            #expect(place.text("store/search/OTHER_API_KEY") == Self.canary + "-env")

            try place.write("sk-provider-canary-next", to: "value")
            let unseen = try await site.bursar(
                "plan", "--detailed-exitcode", environment: environment)
            #expect(unseen.status == 0, "\(unseen.all)")
            let compared = try await site.bursar(
                "plan", "--compare-secret-values", "--detailed-exitcode", environment: environment)
            #expect(compared.status == 2, "\(compared.all)")
            #expect(compared.output.contains("its source has another value"))

            let again = try await site.bursar("plan", "--out", file, environment: environment)
            let next = try await BuiltBinary.run(["apply", file], environment: environment)
            #expect(next.status == 0, "\(next.all)")
            #expect(place.text("store/search/OPENAI_API_KEY") == "sk-provider-canary-next")
            let audit = place.text("audit") ?? ""
            #expect(audit.contains("put-secret"))
            let said =
                [plan, out, applied, unseen, compared, again, next].map(\.all)
                + [audit, place.text("store/search/OPENAI_API_KEY.json") ?? ""]
            #expect(said.allSatisfy { !$0.contains("canary") })
        }
    }

    @Test func `what the configuration does not allow is an error at its place, and not read`()
        async throws
    {
        try await SandboxSite.open { site in
            let environment = try Self.lay(site, allow: "{env: \"OTHER_{ID}\"}")
            for command in [
                ["plan", "--compare-secret-values"], ["apply", "--yes"], ["validate"],
            ] {
                let result = try await BuiltBinary.run(
                    command + [site.directory.path], environment: environment)
                #expect(result.status == 1, "\(result.all)")
                #expect(result.all.contains("source-not-allowed"), "\(result.all)")
                #expect(result.all.contains("search.yaml:8:"), "\(result.all)")
            }
            #expect(site.directory.text("trace") == nil)
            #expect(site.directory.text("store/search/OTHER_API_KEY") == nil)
        }
    }
}
