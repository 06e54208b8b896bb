internal import BursarCore

extension LiteLLMModel {
    /// Lists what a key's lists *say*, whether it exists or not; patterns are left out. Refused to
    /// a key over its own cap, not to one over its team's.
    mutating func listModels(
        by caller: Caller, now: Instant
    ) throws(Refusal) -> SandboxResponse {
        if case .key(let row, _) = caller { try holdCap(row) }
        let names = named(for: caller, now: now) ?? models.map(\.name)
        let data = names.filter { !$0.hasSuffix("*") }.map { name -> JSONValue in
            var entry: [String: JSONValue] = [
                "id": .string(name), "object": .string("model"),
                "created": .number(1_677_610_602), "owned_by": .string("openai"),
            ]
            if models.first(where: { $0.name == name })?.mode == .embedding {
                entry["mode"] = .string("embedding")
            }
            return .object(entry)
        }
        return .json(.object(["data": .array(data), "object": .string("list")]))
    }

    /// Lists only what exists.
    mutating func modelInfo(
        _ request: SandboxRequest, by caller: Caller, now: Instant
    ) throws(Refusal) -> SandboxResponse {
        if let id = request.query["litellm_model_id"] {
            guard let model = models.first(where: { $0.identifier == id }) else {
                throw .detailError(400, "Model id = \(id) not found on litellm proxy")
            }
            return .json(.object(["data": .array([model.json])]))
        }
        let allowed = named(for: caller, now: now)
        let shown = models.filter { model in
            allowed.map { Access($0).admits(model.name) && !$0.isEmpty } ?? true
        }
        return .json(.object(["data": .array(shown.map(\.json))]))
    }

    /// The names a key's list and its team's list come to; `nil` for every model.
    private mutating func named(for caller: Caller, now: Instant) -> [String]? {
        guard case .key(let row, _) = caller else { return nil }
        if row.models.contains("all-proxy-models") { return nil }
        if !row.models.isEmpty, !row.models.contains("all-team-models") {
            return row.models.filter { $0 != "no-default-models" }
        }
        guard let id = row.teamID, let team = teams[id] else { return nil }
        if team.models.isEmpty || team.models.contains("all-proxy-models") { return nil }
        let own = team.models.filter { $0 != "no-default-models" }
        let called = aliases(of: id, now: now).filter { own.contains($0.value) }.keys.sorted()
        return own + called.filter { !own.contains($0) }
    }

    /// A team's model aliases as calls see them: up to 60 s old.
    mutating func aliases(of id: String, now: Instant) -> [String: String] {
        guard var team = teams[id] else { return [:] }
        let seen = Remembered.look(&team.seenAliases, current: team.modelAliases ?? [:], now: now)
        teams[id] = team
        return seen
    }

    mutating func newUser(
        _ request: SandboxRequest, by caller: Caller, now: Instant
    ) throws(Refusal) -> SandboxResponse {
        let body = try RequestBody(
            request.body,
            [("user_id", .string), ("user_role", .string), ("auto_create_key", .bool)])
        let id = body.string("user_id") ?? generator.uuid()
        guard users[id] == nil else {
            throw .raised(409, "User with id \(id) already exists", in: .generate)
        }
        users[id] = body.string("user_role") ?? "internal_user"
        var answer: [String: JSONValue] = ["key": .string("")]
        if body.bool("auto_create_key") != false {
            let mint = SandboxRequest(
                method: "POST", path: "/key/generate", bearer: request.bearer,
                body: JSONValue.object(["user_id": .string(id)]).bytes)
            let minted = try generateKey(mint, by: caller, now: now)
            answer = JSONValue(parsing: minted.body)?.object ?? answer
        }
        answer["user_id"] = .string(id)
        answer["user_role"] = .optional(body.string("user_role"))
        return .json(.object(answer))
    }
}

extension ServedModel {
    /// Stands for the hash that LiteLLM makes of the configuration.
    var identifier: String { stored?.id ?? Hex.sha256("config/\(name)") }

    fileprivate var json: JSONValue {
        guard let stored else { return configured }
        return .object([
            "model_name": .string(name), "litellm_params": .object(stored.shown),
            "model_info": .object(
                stored.info.merging([
                    "id": .string(stored.id), "db_model": .bool(true), "blocked": .bool(false),
                    "mode": mode == .embedding ? .string("embedding") : .null,
                ]) { $1 }),
        ])
    }

    private var configured: JSONValue {
        let prices: [String: JSONValue] = [
            "input_cost_per_token": .money(inputPerToken),
            "output_cost_per_token": .money(outputPerToken),
        ]
        let parameters: [String: JSONValue] = [
            "model": .string("openai/\(name)"),
            "mock_response": .string("mock answer from \(name)"),
        ]
        let info: [String: JSONValue] = [
            "id": .string(identifier), "db_model": .bool(false), "blocked": .bool(false),
            "key": .string("openai/\(name)"), "litellm_provider": .string("openai"),
            "mode": mode == .embedding ? .string("embedding") : .null,
        ]
        return .object([
            "model_name": .string(name),
            "litellm_params": .object(parameters.merging(prices) { a, _ in a }),
            "model_info": .object(info.merging(prices) { a, _ in a }),
        ])
    }
}
