import BursarCore
import BursarEngine
import BursarHTTP
import Foundation
import TestSupport
import Testing

/// The whole of it with real parts: an OpenID provider, LiteLLM with its callback, the built binary.
@Suite(.enabled(if: RealLiteLLM.isThere && OpenIDProvider.isThere))
struct GatewayWalkTests {
    @Test func `From a token to a bill`() async throws {
        let provider = try OpenIDProvider(
            clients: [
                "ci": #"{"search": ["read", "administer"]}"#, "viewer": #"{"search": ["read"]}"#,
                "stranger": #"{"ads": ["read", "administer"]}"#,
                "bursar": #"{"*": ["read", "administer"]}"#,
            ])
        let site = try GatewayBinarySite(provider)
        let proxy = try CallbackLiteLLM(
            to: "\(site.url)/webhooks/litellm/\(GatewayBinarySite.webhookToken)")
        try await proxy.call(
            "/model/new",
            #"{"model_name": "search--gpt-4o", "litellm_params": {"model": "openai/gpt-4o", "#
                + #""api_key": "sk-byo-canary", "mock_response": "own"}}"#)
        try await proxy.call(
            "/team/new",
            #"{"team_id": "search", "models": ["gf-chat-default", "search--gpt-4o"], "max_budget": 5}"#
        )
        let result = try await site.serve(proxy.place) {
            try await walk(Walker(site: site, proxy: proxy, provider: provider))
            try await keep(try GroundfloorSite(site, provider, proxy.place))
        }
        #expect(result.status == 0, "\(result.all)")
        for secret in ["canary", GatewayBinarySite.webhookToken, proxy.masterKey, "eyJ"] {
            #expect(!result.all.contains(secret), "\(result.all)")
        }
        try await sweeps(site, proxy)
    }

    private func walk(_ walker: Walker) async throws {
        let home = "/v1/workspaces/search"
        let ci = try await walker.bearer("ci")
        let minted = try await walker.ask(.post, home + "/llm/virtual-key", ci)
        let key = SecretValue(try #require(minted.json["virtual_key"]?.string))
        for (client, status) in [("viewer", 403), ("stranger", 403)] {
            let answer = try await walker.ask(
                .post, home + "/llm/virtual-key", try await walker.bearer(client))
            #expect(answer.status == status, "\(client)")
        }
        let put = try await walker.ask(
            .put, home + "/secrets/OPENAI_API_KEY", ci,
            #"{"value": "canary-of-a-provider", "description": "by hand"}"#)
        #expect(put.status == 201)
        let viewer = try await walker.bearer("viewer")
        let secret = try await walker.ask(.get, home + "/secrets/OPENAI_API_KEY", viewer)
        #expect(secret.json["description"]?.string == "by hand")
        let models = try await walker.ask(.get, home + "/llm/models", viewer).json["models"]?.array
        #expect(models?.compactMap { $0["id"]?.string } == ["gf-chat-default", "gpt-4o"])
        #expect(models?.last?["upstream"]?.string == "openai/gpt-4o")
        #expect(try await walker.chat(key) == 200)
        let usage = try await walker.usage(viewer, completions: 1)
        let completion = try #require(usage["completions"]?.array?.first)
        #expect(completion["model"]?.string == "gf-chat-default")
        #expect(completion["input_tokens"]?.int == 8)
        #expect(completion["output_tokens"]?.int == 20)
        #expect(completion["cost_usd"] == .number("0.0048"))
        #expect(completion["compute_units"] == .number("0.48"))
        let next = try await walker.ask(.post, home + "/llm/virtual-key", ci)
        let second = SecretValue(try #require(next.json["virtual_key"]?.string))
        // Both, while the overlap lasts.
        for key in [key, second] { #expect(try await walker.chat(key) == 200) }
        #expect(
            try await walker.usage(viewer, completions: 3)["totals"]?["compute_units"]
                == .number("1.44"))
        let bill = try await walker.ask(.get, "/v1/accounts/acme/billing/summary", viewer)
        #expect(bill.json["totals"]?["cost_usd"] == .number("0.0144"))
        let row = bill.json["workspaces"]?.array?.first
        #expect(row?["models"]?.array?.first?["compute_units"] == .number("1.44"))
    }

    /// The same workspace from now on by a manifest, its keys minted by the gateway.
    private func keep(_ site: GroundfloorSite) async throws {
        let byHand = try await site.keys()
        #expect(byHand.keys.sorted() == ["search/gateway@g1", "search/gateway@g2"])
        try site.configure("issuer: groundfloor\nsecrets: {directory: {path: ./secrets}}")
        try site.manifest("  adopt: {team: true}\n")
        let plan = try await site.bursar("plan")
        #expect(plan.status == 0, "\(plan.all)")
        let summary = "Plan: adopt 1 workspace, mint and publish 1 key"
        #expect(plan.output.contains(summary), "\(plan.all)")
        let applied = try await site.bursar("apply", "--yes")
        #expect(applied.status == 0, "\(applied.all)")
        let first = try #require(site.directory.text("secrets/search/LITELLM_API_KEY"))
        let rotated = try await site.bursar("rotate", "search", "--yes", "--overlap", "2h")
        #expect(rotated.status == 0, "\(rotated.all)")
        let second = try #require(site.directory.text("secrets/search/LITELLM_API_KEY"))
        #expect(first != second)
        // Both, while the overlap lasts.
        for key in [first, second] {
            let models = try await site.call("/v1/models", bearer: key)
            #expect(models.status == 200)
        }
        let keys = try await site.keys()
        #expect(keys["search/LITELLM_API_KEY@g1"]?["expires"]?.string != nil)
        #expect(keys["search/LITELLM_API_KEY"]?["expires"] == .null)
        let mark = keys["search/LITELLM_API_KEY"]?["metadata"]?["bursar"]
        #expect(mark?["controlPlane"]?.string == "keeps")
        for (alias, key) in byHand {
            #expect(keys[alias]?["metadata"] == key["metadata"], "\(alias)")
        }
        let empty = try await site.bursar("plan", "--detailed-exitcode")
        #expect(empty.status == 0, "\(empty.all)")
        #expect(empty.all.contains("2 keys in the team minted elsewhere, through the gateway"))
        for result in [plan, applied, rotated, empty] {
            for text in ["sk-", "password-of", "eyJ"] { #expect(!result.all.contains(text)) }
        }
    }

    /// Into the gateway's database, where all is known, and into an empty one.
    private func sweeps(_ site: GatewayBinarySite, _ proxy: CallbackLiteLLM) async throws {
        for (database, counts) in [
            ("gateway.sqlite", "0 recorded, 3 known"), ("empty.sqlite", "3 recorded, 0 known"),
        ] {
            let result = try await site.run(
                "gateway", "reconcile-usage", "--since", "1h", before: proxy.place,
                database: database)
            #expect(result.status == 0, "\(result.all)")
            #expect(result.output.contains(counts), "\(result.all)")
            #expect(
                result.output.contains("search: LiteLLM says $0.0144 since"), "\(result.all)")
            #expect(result.output.contains("all of it recorded"), "\(result.all)")
        }
    }
}

/// Who walks, and what is asked on the way.
private struct Walker: Sendable {
    let site: GatewayBinarySite
    let proxy: CallbackLiteLLM
    let provider: OpenIDProvider
    private let transport = CurlTransport()

    init(site: GatewayBinarySite, proxy: CallbackLiteLLM, provider: OpenIDProvider) {
        self.site = site
        self.proxy = proxy
        self.provider = provider
    }

    func bearer(_ client: String) async throws -> SecretValue {
        SecretValue(try await provider.token(client, .es256))
    }

    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ bearer: SecretValue, _ body: String? = nil
    ) async throws -> (status: Int, json: JSONValue) {
        let answer = try await transport.send(
            HTTPRequest(
                method, site.url + path, headers: [.bearer(bearer)],
                body: body.map { Array($0.utf8) }))
        return (answer.status, JSONValue(parsing: answer.body) ?? .null)
    }

    func chat(_ key: SecretValue) async throws -> Int {
        let body = #"{"model": "gf-chat-default", "messages": [{"role": "user", "content": "hi"}]}"#
        return try await transport.send(
            HTTPRequest(
                .post, proxy.url + "/v1/chat/completions", headers: [.bearer(key)],
                body: Array(body.utf8))
        ).status
    }

    /// Once LiteLLM's callback brought so many: it sends every five seconds. LiteLLM's own sums come by
    /// then, too.
    func usage(_ bearer: SecretValue, completions: Int) async throws -> JSONValue {
        let end = Date.now.addingTimeInterval(60)
        while true {
            let usage = try await ask(.get, "/v1/workspaces/search/llm/usage", bearer).json
            let spend = try await proxy.call("/team/info?team_id=search")["team_info"]?["spend"]
            let isThere = usage["totals"]?["completions"]?.int ?? 0 >= completions
            let isCounted = spend.flatMap { spend -> Bool? in
                guard case .number(let text) = spend, let spend = Money(nearest: text) else {
                    return nil
                }
                return spend.picos >= Int128(completions) * 4_800_000_000
            }
            if isThere && isCounted == true || Date.now > end { return usage }
        }
    }
}
