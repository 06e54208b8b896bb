import BursarCore
import BursarEngine
import FoundationEssentials
import Testing

@testable import BursarLiteLLM

/// Rows for workspaces' own models: what is sent, and what is asked before a write counts as failed.
struct RegistryTests {
    private static let value = "sk-tenant-canary-9031"
    private static let taken = answer(
        500, #"{"error":{"message":"{'error': 'Failed to add model to db.'}"}}"#)

    private func row() throws -> ModelRow {
        let secret = try #require(SecretName("OPENAI_API_KEY"))
        let model = BroughtModel(
            DesiredModel(
                name: "gpt", upstream: "openai/gpt", apiBase: "https://a.example",
                params: ["rpm": .number(5)]),
            of: secret, in: try #require(WorkspaceID("search")))
        return ModelRow(
            model: model, values: ["api_key": SecretValue(Self.value)],
            mark: ModelMark(
                owner: "prod", workspace: "search", hmacs: [secret: "0a"], applied: ["x": "1f"]))
    }

    private func failure(
        _ proxy: ScriptedTransport, _ body: (LiteLLMIssuer) async throws(IssuerError) -> Void
    ) async -> IssuerError? {
        do throws(IssuerError) {
            try await body(issuer(over: proxy))
            return nil
        } catch { return error }
    }

    @Test func `a row has its fields, its mark and its key`() async throws {
        let row = try row()
        let proxy = ScriptedTransport { _, _ throws(TransportError) in
            answer(200, "{\"model_id\":\"\(row.model.id)\"}")
        }
        try await issuer(over: proxy).register(row)
        try await issuer(over: proxy).update(
            ModelRow(model: row.model, values: [:], mark: row.mark))
        #expect(
            proxy.sent.map(\.line) == ["POST /model/new", "PATCH /model/\(row.model.id)/update"])
        for (sent, key) in zip(proxy.sent, [JSONValue.string(Self.value), nil]) {
            #expect(sent.body?["model_name"] == .string("search--gpt"))
            #expect(sent.body?["model_info"]?["id"] == .string(row.model.id))
            #expect(ModelMark(json: sent.body?["model_info"]?["bursar"]) == row.mark)
            let params = sent.body?["litellm_params"]
            #expect(params?["model"] == .string("openai/gpt"))
            #expect(params?["api_base"] == .string("https://a.example"))
            #expect(params?["rpm"] == .number(5))
            #expect(params?["api_key"] == key)
        }
    }

    @Test(arguments: [
        ("bedrock/x", ["aws_access_key_id"], "api_key", true),
        ("bedrock/x", ["aws_access_key_id", "api_key"], "api_key", false),
        ("azure/x", ["api_key"], "azure_username", true),
        ("openai/x", ["api_key"], "azure_username", false),
    ])
    func `a row leaves no room for a token of the proxy's environment`(
        upstream: String, credentials: [String], parameter: String, isBlank: Bool
    ) async throws {
        let secret = try #require(SecretName("KEY"))
        let model = BroughtModel(
            DesiredModel(
                name: "gpt", upstream: upstream,
                credentials: Dictionary(uniqueKeysWithValues: credentials.map { ($0, secret) })),
            of: secret, in: try #require(WorkspaceID("search")))
        // As for an update that reads no value: a key that is in the row stays.
        let row = ModelRow(model: model, values: [:], mark: try self.row().mark)
        let params = OperationRequests.model(row)["litellm_params"]
        #expect(params?[parameter] == (isBlank ? .string("") : nil))
    }

    @Test(arguments: [true, false])
    func `a taken id is done if and only if the mark is equal`(equal: Bool) async throws {
        let row = try row()
        var mark = row.mark
        if !equal { mark.hmacs = [:] }
        let text = String(decoding: try JSONEncoder().encode(mark.json), as: UTF8.self)
        let proxy = ScriptedTransport { sent, _ throws(TransportError) in
            sent.line.hasPrefix("POST")
                ? Self.taken
                : answer(
                    200,
                    """
                    {"data":[{"model_name":"search--gpt","litellm_params":{},\
                    "model_info":{"id":"\(row.model.id)","bursar":\(text)}}]}
                    """)
        }
        let failure = await failure(proxy) { (issuer) throws(IssuerError) in
            try await issuer.register(row)
        }
        #expect(failure?.label == (equal ? nil : "conflict"))
    }

    @Test func `a refusal that repeats the key does not say it`() async throws {
        let row = try row()
        let proxy = ScriptedTransport { sent, _ throws(TransportError) in
            sent.line.hasPrefix("POST")
                ? answer(400, "{\"detail\":\"bad input \(Self.value)\"}")
                : answer(200, #"{"data":[]}"#)
        }
        let failure = await failure(proxy) { (issuer) throws(IssuerError) in
            try await issuer.register(row)
        }
        #expect(failure?.label == "rejected")
        #expect(!"\(try #require(failure))".contains("canary"))
    }

    @Test func `removing what is not there is done, another refusal is none`() async throws {
        let id = try row().model.id
        for (status, text, label) in [
            (400, "{'error': 'Model with id=\(id) not found in db'}", nil),
            (400, "{'error': 'no'}", "rejected"),
        ] as [(Int, String, String?)] {
            let proxy = ScriptedTransport { _, _ throws(TransportError) in
                answer(status, "{\"error\":{\"message\":\"\(text)\"}}")
            }
            let failure = await failure(proxy) { (issuer) throws(IssuerError) in
                try await issuer.removeModel(id)
            }
            #expect(failure?.label == label)
        }
    }
}
