/// One call of a model, as LiteLLM told it: what is billed.
package struct Completion: Hashable, Sendable {
    /// LiteLLM's `litellm_call_id`: one a call. `id` and `request_id` are the upstream's own where it gives
    /// one, and may come again.
    package let call: String
    /// When it ended.
    package let at: Instant
    /// `nil` where neither the team nor the key's metadata says.
    package let workspace: WorkspaceID?
    /// The name that the caller used.
    package let model: String
    package let inputTokens: Int
    package let outputTokens: Int
    package let totalTokens: Int
    package let cost: Money

    package init(
        call: String, at: Instant, workspace: WorkspaceID?, model: String, inputTokens: Int,
        outputTokens: Int, totalTokens: Int, cost: Money
    ) {
        self.call = call
        self.at = at
        self.workspace = workspace
        self.model = model
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.totalTokens = totalTokens
        self.cost = cost
    }
}

extension Completion {
    /// What LiteLLM says of a call, by the names in its callback; in a spend log some are others.
    package enum Reading: Hashable, Sendable {
        case completion(Completion)
        /// A call that failed and cost nothing.
        case failure
        /// Without an id, a time or a model, or with numbers that cannot be.
        case unreadable
    }

    /// The members of the callback's payload and of a row of `/spend/logs/v2` that say something here
    /// (LiteLLM 1.106.2); all others may be left out.
    package static let members: Set<String> = [
        "id", "request_id", "litellm_call_id", "endTime", "startTime", "model", "model_group",
        "status", "team_id", "prompt_tokens", "completion_tokens", "total_tokens",
        "response_cost", "spend", "metadata",
    ]

    package static func read(_ json: [String: JSONValue]) -> Reading {
        let metadata = json["metadata"]
        let status = json["status"]?.string ?? metadata?["status"]?.string
        guard let input = count(json["prompt_tokens"]),
            let output = count(json["completion_tokens"]),
            let total = count(json["total_tokens"]),
            let cost = cost(json["response_cost"] ?? json["spend"])
        else { return .unreadable }
        if status == "failure", cost == .zero, input + output == 0 { return .failure }
        guard let call = id(json, metadata),
            let at = time(json["endTime"]) ?? time(json["startTime"]),
            let model = text(json["model_group"]) ?? text(json["model"])
        else { return .unreadable }
        let workspace = workspace(json, metadata)
        return .completion(
            Completion(
                call: call, at: at, workspace: workspace,
                model: called(model, in: workspace), inputTokens: input, outputTokens: output,
                totalTokens: total, cost: cost))
    }

    private static func text(_ json: JSONValue?) -> String? {
        json?.string.flatMap { $0.isEmpty || $0.utf8.count > 512 ? nil : $0 }
    }

    private static func id(_ json: [String: JSONValue], _ metadata: JSONValue?) -> String? {
        if let call = text(json["litellm_call_id"]) ?? text(metadata?["litellm_call_id"]) {
            return call
        }
        // Before that field came; under another prefix no id of an upstream can be one of a call.
        return (text(json["request_id"]) ?? text(json["id"])).map { "request:\($0)" }
    }

    /// By the team, which stays through rotations; then by what stands on the key.
    private static func workspace(
        _ json: [String: JSONValue], _ metadata: JSONValue?
    ) -> WorkspaceID? {
        let key = metadata?["user_api_key_auth_metadata"]
        let named = [
            metadata?["user_api_key_team_id"], json["team_id"],
            metadata?["spend_logs_metadata"]?["workspace"],
            key?["spend_logs_metadata"]?["workspace"], key?["bursar"]?["workspace"],
        ]
        return named.lazy.compactMap { text($0) }.compactMap { WorkspaceID($0) }.first
    }

    /// A workspace's own model stands in LiteLLM under the workspace's name.
    private static func called(_ model: String, in workspace: WorkspaceID?) -> String {
        guard let workspace, model.hasPrefix("\(workspace)--") else { return model }
        return String(model.dropFirst(workspace.text.count + 2))
    }

    private static func count(_ json: JSONValue?) -> Int? {
        guard let json, json != .null else { return 0 }
        guard let count = json.int, (0...1_000_000_000_000).contains(count) else { return nil }
        return count
    }

    private static func cost(_ json: JSONValue?) -> Money? {
        guard let json, json != .null else { return .zero }
        guard case .number(let text) = json, let cost = Money(nearest: text), cost >= .zero,
            // A thousand million dollars: sums of any number of calls stay exact.
            cost.picos <= 1_000_000_000 * 1_000_000_000_000
        else { return nil }
        return cost
    }

    /// Seconds since 1970 in the callback, RFC 3339 in a log.
    private static func time(_ json: JSONValue?) -> Instant? {
        switch json {
        case .number(let text):
            guard let seconds = Money(decimal: text),
                let milliseconds = Int64(exactly: seconds.picos / 1_000_000_000),
                (0...(1 << 50)).contains(milliseconds)
            else { return nil }
            return Instant(milliseconds: milliseconds)
        case .string(let text): return Instant(text) ?? Instant(text + "Z")
        default: return nil
        }
    }
}
