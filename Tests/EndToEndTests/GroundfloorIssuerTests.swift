import BursarCore
import Foundation
import TestSupport
import Testing

/// Keys minted by a Control Plane, by the built binaries on the stand-in.
@Suite(.enabled(if: OpenIDProvider.isThere), .timeLimit(.minutes(5)))
struct `An issuer in the Control Plane` {
    private func open(
        secrets: String, _ body: @escaping @Sendable (GroundfloorSite) async throws -> Void
    ) async throws {
        let provider = try OpenIDProvider(clients: GroundfloorSite.clients)
        let gateway = try GatewayBinarySite(provider)
        try await SandboxSite.open { sandbox in
            let place = LiteLLMPlace(url: sandbox.url, masterKey: SandboxSite.masterKey)
            let ended = try await gateway.serve(place) {
                let site = try GroundfloorSite(gateway, provider, place)
                try site.configure("issuer: groundfloor\nsecrets: {\(secrets)}")
                try site.manifest()
                try await body(site)
            }
            #expect(ended.status == 0, "\(ended.all)")
            #expect(!ended.all.contains("sk-"))
        }
    }

    @Test func `mints, rotates with an overlap, and then there is nothing to do`() async throws {
        try await open(secrets: "directory: {path: ./secrets}") { site in
            let applied = try await site.bursar("apply", "--yes")
            #expect(applied.status == 0, "\(applied.all)")
            let first = try #require(site.directory.text("secrets/search/LITELLM_API_KEY"))
            #expect(try await site.chat(first) == 200)
            let rotated = try await site.bursar("rotate", "search", "--yes")
            #expect(rotated.status == 0, "\(rotated.all)")
            let second = try #require(site.directory.text("secrets/search/LITELLM_API_KEY"))
            #expect(first != second)
            for key in [first, second] { #expect(try await site.chat(key) == 200) }
            let keys = try await site.keys()
            #expect(keys.keys.sorted() == ["search/LITELLM_API_KEY", "search/LITELLM_API_KEY@g1"])
            let mark = keys["search/LITELLM_API_KEY"]?["metadata"]?["bursar"]
            #expect(mark?["generation"]?.int == 2)
            #expect(mark?["controlPlane"]?.string == "keeps")
            #expect(mark?["via"] == nil)
            #expect(keys["search/LITELLM_API_KEY@g1"]?["expires"]?.string != nil)
            // Who only reads needs no token.
            let plan = try await BuiltBinary.run(
                ["plan", "--detailed-exitcode", site.directory.path],
                environment: [
                    "LITELLM_URL": site.liteLLM.url, "LITELLM_PLAN_KEY": site.liteLLM.masterKey,
                ])
            #expect(plan.status == 0, "\(plan.all)")
            let revoked = try await site.bursar(
                "revoke", "search", "--generation", "1", "--yes")
            #expect(revoked.status == 0, "\(revoked.all)")
            #expect(try await site.chat(first) == 401)
            #expect(try await site.chat(second) == 200)
            for result in [applied, rotated, plan, revoked] {
                for text in ["sk-", "password-of", "eyJ"] { #expect(!result.all.contains(text)) }
            }
        }
    }

    @Test func `works with the store in the Control Plane, too`() async throws {
        try await open(secrets: "groundfloor: {}") { site in
            for generation in 1...2 {
                let result = try await site.bursar(
                    generation == 1 ? "apply" : "rotate", generation == 1 ? "--target" : "search",
                    generation == 1 ? "search" : "--yes", generation == 1 ? "--yes" : "--overlap=2h"
                )
                #expect(result.status == 0, "\(result.all)")
                let hash = try #require(
                    try await site.keys()["search/LITELLM_API_KEY"]?["token"]?.string)
                let secret = try await site.ask("/secrets/LITELLM_API_KEY")
                let text = secret.json["description"]?.string ?? ""
                #expect(text.contains("g=\(generation) sha256=\(hash.prefix(16))]"), "\(text)")
            }
            let plan = try await site.bursar("plan", "--detailed-exitcode")
            #expect(plan.status == 0, "\(plan.all)")
        }
    }

    @Test func `says who refuses it, and publishes nothing`() async throws {
        try await open(secrets: "directory: {path: ./secrets}") { site in
            let refused = try await site.bursar("apply", "--yes", as: "reader")
            #expect(refused.status == 1)
            #expect(refused.errors.contains("The Control Plane forbids it"), "\(refused.all)")
            #expect(refused.errors.contains("`administer`"))
            #expect(site.directory.text("secrets/search/LITELLM_API_KEY") == nil)
            #expect(try await site.keys().isEmpty)
            let healed = try await site.bursar("apply", "--yes")
            #expect(healed.status == 0, "\(healed.all)")
        }
    }

    /// After every line of the audit file: before and after each operation.
    @Test func `is overcome by the next run where it is killed`() async throws {
        try await open(secrets: "directory: {path: ./secrets}") { site in
            #expect(try await site.bursar("apply", "--yes").status == 0)
            var killed = 0
            for line in 1...10 {
                let audit = "\(site.directory.path)/audit-\(line).jsonl"
                let run = try await site.bursar(
                    "rotate", "search", "--yes", "--audit", audit
                ) { process in
                    while process.isRunning {
                        let text = try? String(contentsOfFile: audit, encoding: .utf8)
                        guard text?.split(separator: "\n").count ?? 0 >= line else { continue }
                        kill(process.processIdentifier, SIGKILL)
                        return
                    }
                }
                if run.status == SIGKILL { killed += 1 }
                let next = try await site.bursar("apply", "--yes")
                #expect(next.status == 0, "line \(line): \(next.all)")
                let key = try #require(site.directory.text("secrets/search/LITELLM_API_KEY"))
                #expect(try await site.chat(key) == 200, "line \(line)")
                let plan = try await site.bursar("plan", "--detailed-exitcode")
                #expect(plan.status == 0, "line \(line): \(plan.all)")
                for (alias, key) in try await site.keys() where alias != "search/LITELLM_API_KEY" {
                    #expect(key["expires"]?.string != nil, "line \(line): \(alias) has no end")
                }
            }
            #expect(killed > 5, "most kills came too late")
        }
    }
}
