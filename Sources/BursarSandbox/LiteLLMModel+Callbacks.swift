internal import BursarCore

extension LiteLLMModel {
    /// The part of a `generic_api` callback's payload that counts (LiteLLM 1.106.2 sends some sixty
    /// fields more).
    func callback(
        _ usage: Usage, _ cost: Money, _ model: ServedModel, _ caller: Caller, call: String,
        now: Instant
    ) -> JSONValue {
        let time = JSONValue.number(
            "\(now.milliseconds / 1000).\(String(now.milliseconds % 1000 + 1000).dropFirst())")
        var metadata: [String: JSONValue] = ["user_api_key_team_id": .null]
        if case .key(let row, _) = caller {
            metadata = [
                "user_api_key_hash": .string(row.token),
                "user_api_key_alias": row.alias.map { .string($0) } ?? .null,
                "user_api_key_team_id": row.teamID.map { .string($0) } ?? .null,
            ]
        }
        return .object([
            "id": .string("chatcmpl-\(call)"), "litellm_call_id": .string(call),
            "status": .string("success"), "startTime": time, "endTime": time,
            "model": .string("openai/\(model.name)"), "model_group": .string(model.name),
            "prompt_tokens": .number(usage.prompt), "completion_tokens": .number(usage.completion),
            "total_tokens": .number(usage.prompt + usage.completion),
            "response_cost": .number(PythonText.float(cost)), "metadata": .object(metadata),
        ])
    }
}
