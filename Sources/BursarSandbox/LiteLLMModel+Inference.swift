internal import BursarCore

/// How many calls of a key or a team in the running minute.
struct RateWindow: Sendable {
    var start: Instant
    var count: Int
}

extension LiteLLMModel {
    mutating func complete(
        _ request: SandboxRequest, by caller: Caller, now: Instant
    ) throws(Refusal) -> SandboxResponse {
        guard let body = JSONValue(parsing: request.body)?.object, body["messages"]?.array != nil
        else {
            throw .proxy(
                400, "/chat/completions: Missing required parameter: 'messages'.",
                type: "invalid_request_error", param: .string("messages"))
        }
        let model = try serve(body["model"]?.string, "/chat/completions", caller, now: now)
        send(to: model)
        let prompt = hasCap(caller) ? Self.tokens(body) : 10
        let usage = Usage(prompt: prompt, completion: 20)
        let cost = book(usage, model, caller, now: now)
        let answer: JSONValue = .object([
            "id": .string("chatcmpl-\(generator.uuid())"),
            "created": .number(Int(now.milliseconds / 1000)), "model": .string(model.name),
            "object": .string("chat.completion"),
            "choices": .array([
                .object([
                    "finish_reason": .string("stop"), "index": .number(0),
                    "message": .object([
                        "content": .string("mock answer from \(model.name)"),
                        "role": .string("assistant"),
                    ]),
                ])
            ]),
            "usage": usage.json(total: usage.prompt + usage.completion),
        ])
        return served(answer, model, cost, caller)
    }

    mutating func embed(
        _ request: SandboxRequest, by caller: Caller, now: Instant
    ) throws(Refusal) -> SandboxResponse {
        let body = JSONValue(parsing: request.body)?.object ?? [:]
        let model = try serve(body["model"]?.string, "/embeddings", caller, now: now)
        send(to: model)
        let usage = Usage(prompt: 10, completion: 0)
        let cost = book(usage, model, caller, now: now)
        let vector: JSONValue = .array(["0.1", "0.2", "0.3", "0.4"].map { .number($0) })
        let answer: JSONValue = .object([
            "model": .string(model.name), "object": .string("list"),
            "data": .array([
                .object([
                    "embedding": vector, "index": .number(0), "object": .string("embedding"),
                ])
            ]),
            "usage": usage.json(total: 0),
        ])
        return served(answer, model, cost, caller)
    }

    /// The checks before a call, in LiteLLM's order; the model that serves it.
    private mutating func serve(
        _ requested: String?, _ route: String, _ caller: Caller, now: Instant
    ) throws(Refusal) -> ServedModel {
        let name = requested ?? "None"
        var served = name
        if case .key(let row, _) = caller {
            keys[row.token]?.lastActive = now
            keys[row.token]?.updatedAt = now
            served = try admit(model: name, named: requested != nil, for: row, now: now)
            try holdCaps(row)
            try holdRates(row, now: now)
        }
        guard let model = models.first(where: { $0.name == served }) else {
            let message =
                "\(route): Invalid model name passed in model=\(name). Call `/v1/models` to view "
                + "available models for your key."
            throw .proxy(
                400, message, type: "invalid_request_error", param: .null,
                extra: ["provider_specific_fields": .object(["error": .string(message)])])
        }
        return model
    }

    /// The key's list first, then its team's; what the team has an alias for passes both.
    private mutating func admit(
        model name: String, named: Bool, for row: KeyRow, now: Instant
    ) throws(Refusal) -> String {
        guard named else { return name }
        if let id = row.teamID, let aliased = aliases(of: id, now: now)[name] { return aliased }
        if !row.models.contains("all-team-models"), !Access(row.models).admits(name) {
            throw .modelDenied(name, type: "key_model_access_denied")
        }
        guard let id = row.teamID, let team = teams[id] else { return name }
        guard Access(team.models).admits(name) else {
            throw .modelDenied(name, type: "team_model_access_denied")
        }
        return name
    }

    /// `spend > cap`: one call goes beyond. A key capped at 0 is closed, a team capped at 0 is not.
    private func holdCaps(_ row: KeyRow) throws(Refusal) {
        try holdCap(row)
        if let id = row.teamID, let cap = teams[id]?.maxBudget {
            let spent = max(teamSpend[id] ?? .zero, teams[id]?.spend ?? .zero)
            if spent > cap { throw .budgetExceeded("Team=\(id)", cost: spent, cap: cap) }
        }
    }

    func holdCap(_ row: KeyRow) throws(Refusal) {
        guard let cap = row.maxBudget, row.spend > cap || cap == .zero else { return }
        throw .budgetExceeded(
            "Key=\(row.alias ?? "key") (\(row.keyName))", cost: row.spend, cap: cap)
    }

    private mutating func holdRates(_ row: KeyRow, now: Instant) throws(Refusal) {
        if let limit = row.rpmLimit {
            try count("api_key: \(row.token)", limit: limit, now: now)
        }
        if let id = row.teamID, let limit = teams[id]?.rpmLimit {
            try count("team: \(id)", limit: limit, now: now)
        }
    }

    private mutating func count(
        _ whose: String, limit: Int, now: Instant
    ) throws(Refusal) {
        var window = rates[whose] ?? RateWindow(start: now, count: 0)
        if now.seconds(since: window.start) >= 60 { window = RateWindow(start: now, count: 0) }
        window.count += 1
        rates[whose] = window
        guard window.count > limit else { return }
        let end = window.start + Span(seconds: 60)
        let shown = end.description.prefix(19).replacing("T", with: " ")
        var refusal = Refusal.proxy(
            429,
            "Rate limit exceeded for \(whose). Limit type: requests. Current limit: \(limit), "
                + "Remaining: 0. Limit resets at: \(shown) UTC",
            type: "throttling_error", param: .null)
        refusal.headers["retry-after"] = String(max(1, end.seconds(since: now)))
        throw refusal
    }

    private mutating func book(
        _ usage: Usage, _ model: ServedModel, _ caller: Caller, now: Instant
    ) -> Money {
        let cost = Money(
            picos: Int128(usage.prompt) * model.inputPerToken.picos
                + Int128(usage.completion) * model.outputPerToken.picos)
        if options.sendsCallbacks {
            callBack(callback(usage, cost, model, caller, call: generator.uuid(), now: now))
        }
        guard case .key(let row, _) = caller, var key = keys[row.token] else { return cost }
        key.spend = key.spend + cost
        key.totalSpend = key.totalSpend + cost
        keys[row.token] = key
        if let id = row.teamID, var team = teams[id] {
            team.spend = team.spend + cost
            team.updatedAt = now
            teams[id] = team
            teamSpend[id] = (teamSpend[id] ?? .zero) + cost
        }
        return cost
    }

    private func served(
        _ answer: JSONValue, _ model: ServedModel, _ cost: Money, _ caller: Caller
    ) -> SandboxResponse {
        var response = SandboxResponse.json(answer)
        response.headers["x-litellm-response-cost"] = PythonText.float(cost)
        response.headers["x-litellm-model-id"] = model.identifier
        response.headers["x-litellm-model-group"] = model.name
        response.headers["x-litellm-version"] = options.version
        if case .key(let row, _) = caller, let key = keys[row.token] {
            response.headers["x-litellm-key-spend"] = PythonText.float(key.spend)
        }
        return response
    }

    /// Under a cap LiteLLM counts the prompt itself; its mock says 10 otherwise.
    private func hasCap(_ caller: Caller) -> Bool {
        guard case .key(let row, _) = caller else { return false }
        return row.maxBudget != nil || row.teamID.flatMap { teams[$0]?.maxBudget } != nil
    }

    /// About four characters a token, and 7 around them: 8 for `hi`, as LiteLLM counts.
    private static func tokens(_ body: [String: JSONValue]) -> Int {
        let texts = (body["messages"]?.array ?? []).compactMap { $0["content"]?.string }
        return texts.reduce(7) { $0 + max(1, ($1.utf8.count + 3) / 4) }
    }
}

struct Usage: Sendable {
    let prompt: Int
    let completion: Int

    func json(total: Int) -> JSONValue {
        .object([
            "prompt_tokens": .number(prompt), "completion_tokens": .number(completion),
            "total_tokens": .number(total),
        ])
    }
}
