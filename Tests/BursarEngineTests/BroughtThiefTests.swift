import BursarCore
import BursarEngine
import BursarLiteLLM
import BursarSandbox
import TestSupport
import Testing

/// Values by which a workspace could get LiteLLM to call on the operator's credentials: they are
/// stored, and no row has them.
struct BroughtThiefTests {
    @Test(arguments: [
        "os.environ/OPENAI_API_KEY", "OS.environ/LITELLM_MASTER_KEY", " os.environ/CANARY", " ",
    ])
    func `a value that LiteLLM replaces by the operator's makes no row`(value: String) async throws
    {
        let site = try await BroughtSite()
        site.sources["OPENAI_SEARCH"] = value
        let report = await site.apply(try await site.plan())
        #expect(!report.succeeded)
        #expect("\(report)".contains("OPENAI_API_KEY cannot be api_key of gpt-4o"), "\(report)")
        for said in ["\(report)", "\(site.fleet.events.all)"]
        where !value.allSatisfy(\.isWhitespace) {
            #expect(!said.contains(value))
        }
        #expect(site.fleet.sandbox.rows.models == [])
        #expect(try await site.chat("gf-chat-default") == 200)
    }

    @Test func `a row that stands keeps its value when the next one is such`() async throws {
        let site = try await BroughtSite()
        try await site.run()
        site.sources["OPENAI_SEARCH"] = "os.environ/OPENAI_API_KEY"
        #expect(try await !site.run().succeeded)
        #expect(try await site.chat("gpt-4o") == 200)
        #expect(site.keys == [BroughtSite.canary])
    }

    @Test(arguments: [
        ("/run/canary/google.json", "it is no JSON object"),
        ("\"/run/canary/google.json\"", "it is no JSON object"),
        (#"{"client_email": "canary"}"#, "its `type` is neither"),
        (
            #"{"type": "external_account", "credential_source": {"file": "/canary"}}"#,
            "its `type` is neither"
        ),
        (#"{"type": "os.environ/CANARY"}"#, "it has `os.environ/`"),
    ])
    func `a Google credential that leads to one of the proxy's makes no row`(
        value: String, reason: String
    ) async throws {
        let site = try await google(value)
        let report = await site.apply(try await site.plan())
        #expect(!report.succeeded)
        #expect("\(report)".contains(reason), "\(report)")
        #expect(!"\(report) \(site.fleet.events.all)".lowercased().contains("canary"))
        #expect(site.fleet.sandbox.rows.models == [])
    }

    @Test func `of a member that stands twice the row has the one that was looked at`()
        async throws
    {
        let site = try await google(
            #"{"type": "service_account", "a": "\n/", "type": "external_account"}"#)
        let report = try await site.run()
        let row = site.fleet.sandbox.rows.models.first?.params["vertex_credentials"]
        #expect(report.succeeded == (row != nil))
        if let row { #expect(row == .string(#"{"a":"\n/","type":"service_account"}"#)) }
    }

    @Test func `an account's JSON stands in the row`() async throws {
        let site = try await google(#"{"type": "service_account", "private_key": "a\nb"}"#)
        #expect(try await site.run().succeeded)
        let row = try #require(site.fleet.sandbox.rows.models.first)
        #expect(
            row.params["vertex_credentials"]
                == .string(#"{"private_key":"a\nb","type":"service_account"}"#))
        #expect(try await site.plan().isEmpty)
    }

    private func google(_ value: String) async throws -> BroughtSite {
        var site = try await BroughtSite()
        site.sources["GOOGLE_SEARCH"] = value
        let name = try #require(SecretName("GOOGLE_CREDENTIALS"))
        site.edit {
            $0.providerSecrets = [
                DesiredProviderSecret(
                    name: name, valueFrom: .env("GOOGLE_SEARCH"),
                    models: [
                        DesiredModel(
                            name: "gemini", upstream: "vertex_ai/gemini-2.5-pro",
                            credentials: ["vertex_credentials": name])
                    ])
            ]
        }
        return site
    }
}
