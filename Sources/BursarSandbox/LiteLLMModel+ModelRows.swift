internal import BursarCore

/// A row of the models' table.
struct StoredModel: Sendable {
    let id: String
    var params: [String: JSONValue]
    var info: [String: JSONValue]
}

extension LiteLLMModel {
    mutating func newModel(_ request: SandboxRequest) throws(Refusal) -> SandboxResponse {
        let body = try RequestBody(
            request.body,
            [
                ("model_name", .string), ("litellm_params", .dictionary),
                ("model_info", .dictionary),
            ], required: ["model_name", "litellm_params"])
        let info = body.object("model_info") ?? [:]
        let id = info["id"]?.string ?? generator.uuid()
        guard !models.contains(where: { $0.stored?.id == id }) else {
            throw .raised(
                500, "Failed to add model to db. Check your server logs for more details.",
                in: .models)
        }
        let row = StoredModel(id: id, params: body.object("litellm_params") ?? [:], info: info)
        models.append(ServedModel(name: body.string("model_name") ?? "", stored: row))
        return written(models[models.count - 1], showing: id)
    }

    /// Merges: a null clears no parameter. An id that the body does not name is shown as another one.
    mutating func patchModel(
        _ id: String, _ request: SandboxRequest
    ) throws(Refusal) -> SandboxResponse {
        let body = try RequestBody(
            request.body,
            [
                ("model_name", .string), ("litellm_params", .dictionary),
                ("model_info", .dictionary),
            ])
        guard let index = models.firstIndex(where: { $0.stored?.id == id }) else {
            throw .proxy(
                404, "Model \(id) not found on proxy.", type: "not_found_error", param: .null)
        }
        let params = (body.object("litellm_params") ?? [:]).filter { !$0.value.isNull }
        let info = body.object("model_info") ?? [:]
        models[index].stored?.params.merge(params) { $1 }
        models[index].stored?.info.merge(info.filter { $0.key != "id" }) { $1 }
        if let name = body.string("model_name") { models[index].name = name }
        return written(models[index], showing: info["id"]?.string ?? generator.uuid())
    }

    mutating func deleteModel(_ request: SandboxRequest) throws(Refusal) -> SandboxResponse {
        let body = try RequestBody(request.body, [("id", .string)], required: ["id"])
        let id = body.string("id") ?? ""
        guard let index = models.firstIndex(where: { $0.stored?.id == id }) else {
            throw .raised(400, "Model with id=\(id) not found in db", in: .models)
        }
        models.remove(at: index)
        return .json(.object(["message": .string("Model: \(id) deleted successfully")]))
    }

    /// Texts are shown encrypted.
    private func written(_ model: ServedModel, showing id: String) -> SandboxResponse {
        let params = (model.stored?.params ?? [:]).mapValues { value in
            value.string.map { .string("encrypted-\(Hex.sha256($0).prefix(16))") } ?? value
        }
        var info = model.stored?.info ?? [:]
        info["id"] = .string(id)
        info["db_model"] = .bool(false)
        return .json(
            .object([
                "model_id": .string(model.identifier), "model_name": .string(model.name),
                "litellm_params": .object(params), "model_info": .object(info),
                "blocked": .bool(false),
            ]))
    }

    /// A call that leaves the proxy. Without a key in the row LiteLLM takes the operator's.
    mutating func send(to model: ServedModel) {
        guard let stored = model.stored else { return }
        upstream.append(
            UpstreamCall(
                model: stored.params["model"]?.string ?? "",
                base: stored.params["api_base"]?.string,
                key: stored.params["api_key"]?.string.map(SecretValue.init)))
    }
}

extension StoredModel {
    /// What LiteLLM shows of the parameters: some never, others masked by their name.
    var shown: [String: JSONValue] {
        var shown: [String: JSONValue] = [
            "use_in_pass_through": .bool(false), "use_litellm_proxy": .bool(false),
        ]
        for (name, value) in params where !Self.hidden.contains(name) {
            shown[name] = Self.isMasked(name) ? .string("***") : value
        }
        return shown
    }

    private static let hidden: Set<String> = [
        "api_key", "client_secret", "vertex_credentials", "vertex_ai_credentials",
        "aws_access_key_id", "aws_secret_access_key",
    ]

    private static func isMasked(_ name: String) -> Bool {
        let words = name.split(separator: "_")
        return ["password", "secret", "key", "token", "credential"].contains {
            words.contains(Substring($0))
        }
    }
}
