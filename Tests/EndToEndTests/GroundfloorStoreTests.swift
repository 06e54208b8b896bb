import BursarCore
import Foundation
import TestSupport
import Testing

/// The Control Plane's Secrets as the store, by the built binary on the stand-in.
@Suite(.enabled(if: OpenIDProvider.isThere), .timeLimit(.minutes(5)))
struct `A store in the Control Plane` {
    private func open(
        _ body: @escaping @Sendable (GroundfloorSite) async throws -> Void
    ) async throws {
        let provider = try OpenIDProvider(clients: GroundfloorSite.clients)
        let gateway = try GatewayBinarySite(provider)
        try await SandboxSite.open { sandbox in
            let place = LiteLLMPlace(url: sandbox.url, masterKey: SandboxSite.masterKey)
            let ended = try await gateway.serve(place) {
                let site = try GroundfloorSite(gateway, provider, place)
                try site.configure("secrets: {groundfloor: {}}")
                try site.manifest()
                try await body(site)
            }
            #expect(ended.status == 0, "\(ended.all)")
        }
    }

    @Test func `apply publishes into it, and then there is nothing to do`() async throws {
        try await open { site in
            let applied = try await site.bursar("apply", "--yes")
            #expect(applied.status == 0, "\(applied.all)")
            #expect(applied.output.contains("search/LITELLM_API_KEY"))
            let secret = try await site.ask("/secrets/LITELLM_API_KEY", as: "reader")
            let text = secret.json["description"]?.string ?? ""
            #expect(text.contains("[bursar/1 owner=prod g=1 sha256="), "\(secret)")
            let plan = try await site.bursar("plan", "--detailed-exitcode", as: "reader")
            #expect(plan.status == 0, "\(plan.all)")
            let rotated = try await site.bursar("rotate", "search", "--yes")
            #expect(rotated.status == 0, "\(rotated.all)")
            let next = try await site.ask("/secrets/LITELLM_API_KEY")
            #expect(next.json["description"]?.string?.contains("owner=prod g=2 ") == true)
            for text in ["sk-", "password-of", "eyJ"] {
                #expect(!(applied.all + plan.all + rotated.all).contains(text))
            }
        }
    }

    @Test func `doctor says what a token may not do, and so does apply`() async throws {
        try await open { site in
            let doctor = try await site.bursar("doctor", "--store")
            #expect(doctor.status == 0, "\(doctor.all)")
            #expect(doctor.output.contains("ok    Control Plane: the provider gives a token"))
            #expect(doctor.output.contains("ok    Control Plane: bursar may write in search"))
            #expect(
                doctor.output.split(separator: "\n").count { $0.hasPrefix("ok    secret store:") }
                    == 10)
            let reader = try await site.bursar("doctor", as: "reader")
            #expect(reader.status == 1)
            #expect(
                reader.output.contains("fail  Control Plane: The Control Plane forbids it"),
                "\(reader.all)")
            let stranger = try await site.bursar("doctor", as: "stranger")
            #expect(stranger.status == 1)
            #expect(stranger.output.contains("gives no token"), "\(stranger.all)")
            let applied = try await site.bursar("apply", "--yes", as: "reader")
            #expect(applied.status == 1)
            #expect(applied.errors.contains("`administer` in the workspace search"))
            // It was minted, not published, and is ended by a run that may publish the next.
            let healed = try await site.bursar("apply", "--yes")
            #expect(healed.status == 0, "\(healed.all)")
            let texts = doctor.all + reader.all + stranger.all + applied.all + healed.all
            for text in ["sk-", "password-of", "eyJ"] { #expect(!texts.contains(text)) }
        }
    }

    @Test func `doctor finds URLs that lead elsewhere`() async throws {
        try await open { site in
            for (name, url, reason) in [
                ("CONTROL_PLANE_URL", site.liteLLM.url, "check CONTROL_PLANE_URL"),
                ("CONTROL_PLANE_URL", site.gateway.url + "/v1", "check CONTROL_PLANE_URL"),
                ("KEYCLOAK_TOKEN_URL", site.gateway.url + "/none", "check KEYCLOAK_TOKEN_URL"),
            ] {
                let doctor = try await BuiltBinary.run(
                    ["doctor", site.directory.path],
                    environment: site.environment().merging([name: url]) { $1 })
                #expect(doctor.status == 1)
                #expect(doctor.output.contains(reason), "\(doctor.all)")
            }
        }
    }
}
