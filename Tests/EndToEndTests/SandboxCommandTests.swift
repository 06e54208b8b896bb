import BursarCore
import BursarEngine
import BursarHTTP
import Foundation
import TestSupport
import Testing

/// `bursar sandbox --gateway`: the Control Plane on one machine, without a proxy or a provider.
struct SandboxCommandTests {
    private struct Site {
        let url: String
        let gateway: String
        let transport = CurlTransport()

        func ask(
            _ method: HTTPRequest.Method, _ url: String, _ bearer: SecretValue?,
            _ body: String? = nil
        ) async throws -> (status: Int, json: JSONValue) {
            let headers = bearer.map { bearer in
                [bearer.withExposed { HTTPRequest.Header("Authorization", "Bearer \($0)") }]
            }
            let answer = try await transport.send(
                HTTPRequest(method, url, headers: headers ?? [], body: body.map { Array($0.utf8) }))
            return (answer.status, JSONValue(parsing: answer.body) ?? .null)
        }

        func token(_ secret: String) async throws -> (status: Int, value: SecretValue?) {
            let answer = try await ask(
                .post, "\(url)/realms/sandbox/protocol/openid-connect/token", nil,
                "grant_type=client_credentials&client_id=bursar&client_secret=\(secret)")
            return (
                answer.status, answer.json["access_token"]?.string.map { SecretValue($0) }
            )
        }
    }

    /// Runs the sandbox while `body` does, and ends it then.
    private static func open(
        in directory: TemporaryDirectory, _ body: (Site) async throws -> Void
    ) async throws -> BuiltBinary.Result {
        let (started, seen) = AsyncStream.makeStream(of: Int32.self)
        let scratch = directory.url.appending(path: "tmp").path
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        async let ended = BuiltBinary.run(
            ["sandbox", "--port", "0", "--gateway", "0", "--ready-file", "ready", "--log"],
            environment: ["TMPDIR": scratch], in: directory.url
        ) { process in
            while directory.text("ready") == nil, process.isRunning {}
            seen.yield(process.processIdentifier)
            seen.finish()
        }
        let pid = try #require(await started.first { _ in true })
        let urls = (directory.text("ready") ?? "").split(separator: "\n").map(String.init)
        do {
            try #require(urls.count == 2)
            try await body(Site(url: urls[0], gateway: urls[1]))
        } catch {
            kill(pid, SIGTERM)
            Issue.record("\(try await ended.all)")
            throw error
        }
        kill(pid, SIGTERM)
        return try await ended
    }

    @Test func `From a token to a bill, on one machine`() async throws {
        let directory = try TemporaryDirectory()
        let result = try await Self.open(in: directory) { site in
            try await Self.walk(site)
        }
        #expect(result.status == 0, "\(result.all)")
        #expect(result.errors.contains("gateway at http://127.0.0.1:"))
        #expect(!result.all.contains("canary"))
        #expect(!result.all.contains("eyJ"))
        // The database went with it.
        let left = try FileManager.default.contentsOfDirectory(atPath: directory.path + "/tmp")
        #expect(left.isEmpty, "\(left)")
    }

    private static func walk(_ site: Site) async throws {
        #expect(try await site.token("canary").status == 401)
        let token = try #require(try await site.token("sandbox").value)
        let home = "\(site.gateway)/v1/workspaces/search"
        #expect(try await site.ask(.get, "\(home)/llm/models", nil).status == 401)
        let made = try await site.ask(
            .post, "\(site.url)/team/new", SecretValue("sk-sandbox"),
            #"{"team_id": "search", "models": ["gf-chat-default"], "max_budget": 5}"#)
        try #require(made.status == 200)
        let minted = try await site.ask(.post, "\(home)/llm/virtual-key", token)
        let key = SecretValue(try #require(minted.json["virtual_key"]?.string))
        let put = try await site.ask(
            .put, "\(home)/secrets/OPENAI_API_KEY", token, #"{"value": "canary"}"#)
        #expect(put.status == 201)
        let models = try await site.ask(.get, "\(home)/llm/models", token)
        #expect(
            models.json["models"]?.array?.compactMap { $0["id"]?.string } == ["gf-chat-default"])
        let chat = try await site.ask(
            .post, "\(site.url)/v1/chat/completions", key,
            #"{"model": "gf-chat-default", "messages": [{"role": "user", "content": "hi"}]}"#)
        #expect(chat.status == 200)
        var usage = JSONValue.null
        for _ in 0..<1_000 where usage["totals"]?["completions"]?.int != 1 {
            usage = try await site.ask(.get, "\(home)/llm/usage", token).json
        }
        #expect(usage["totals"]?["compute_units"] == .number("0.48"))
        let bill = try await site.ask(
            .get, "\(site.gateway)/v1/accounts/acme/billing/summary", token)
        #expect(bill.json["totals"]?["cost_usd"] == .number("0.0048"))
    }

    @Test func `A Control Plane in LiteLLM's place is told as what it is not`() async throws {
        let directory = try TemporaryDirectory()
        _ = try await Self.open(in: directory) { site in
            try FileManager.default.createDirectory(
                atPath: directory.path + "/source", withIntermediateDirectories: true)
            try directory.write(
                "apiVersion: bursar/v1\nkind: Configuration\nmetadata: {name: lost}\n",
                to: "source/bursar.yaml")
            try directory.write(
                "apiVersion: bursar/v1\nkind: Workspace\nmetadata: {name: search}\n"
                    + "spec: {budget: unlimited, models: [gf-chat-default]}\n",
                to: "source/search.yaml")
            let plan = try await BuiltBinary.run(
                ["plan", "\(directory.path)/source"],
                environment: ["LITELLM_URL": site.gateway, "LITELLM_MASTER_KEY": "sk-sandbox"])
            #expect(plan.status == 1)
            #expect(plan.errors.contains("What answers there is not LiteLLM"), "\(plan.errors)")
        }
    }

    @Test func `A port of the gateway's that is taken or none is told`() async throws {
        try await SandboxSite.open { site in
            for (port, told) in [
                (site.port, "the gateway cannot listen on port \(site.port)"),
                (70_000, "70000 is no port"),
            ] {
                let result = try await BuiltBinary.run([
                    "sandbox", "--port", "0", "--gateway", "\(port)",
                ])
                #expect(result.status == 1)
                #expect(result.errors.contains(told), "\(result.errors)")
            }
        }
    }
}
