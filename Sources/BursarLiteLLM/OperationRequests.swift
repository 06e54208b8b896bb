internal import BursarCore
internal import BursarEngine

/// The bodies of writes: only what is to change.
enum OperationRequests {
    static func create(_ team: TeamCreation) -> [String: JSONValue] {
        var body: [String: JSONValue] = [
            "team_id": .string(team.id.text), "team_alias": .string(team.alias),
            "models": models(of: team.models), "blocked": .bool(team.blocked),
            "metadata": .object(["bursar": team.mark.json]),
        ]
        // Left out rather than null: the proxy fills nulls from its own defaults either way.
        body["max_budget"] = team.cap.map { .number($0.description) }
        body["budget_duration"] = team.period.map { .string($0.description) }
        body["soft_budget"] = team.softBudget.map { .number($0.description) }
        body["rpm_limit"] = team.requestsPerMinute.map { .number($0) }
        body["tpm_limit"] = team.tokensPerMinute.map { .number($0) }
        if !team.aliases.isEmpty { body["model_aliases"] = texts(team.aliases) }
        return body
    }

    static func update(_ fields: [TeamField]) -> [String: JSONValue] {
        var body: [String: JSONValue] = [:]
        for field in fields {
            switch field {
            case .alias(let name): body["team_alias"] = .string(name)
            case .cap(let cap): body["max_budget"] = cap.map { .number($0.description) } ?? .null
            case .period(let period):
                body["budget_duration"] = period.map { .string($0.description) } ?? .null
            case .softBudget(let amount):
                body["soft_budget"] = amount.map { .number($0.description) } ?? .null
            case .models(let access): body["models"] = models(of: access)
            case .aliases(let aliases): body["model_aliases"] = texts(aliases)
            case .requestsPerMinute(let limit): body["rpm_limit"] = number(limit)
            case .tokensPerMinute(let limit): body["tpm_limit"] = number(limit)
            case .blocked(let flag): body["blocked"] = .bool(flag)
            case .mark(let mark): body["metadata"] = .object(["bursar": mergePatch(mark)])
            }
        }
        return body
    }

    /// - Parameter mark: `nil`: the mint's own.
    static func mint(_ mint: Mint, mark: KeyMark? = nil) -> [String: JSONValue] {
        var body: [String: JSONValue] = [
            "key_alias": .string(mint.alias),
            "team_id": .string(mint.lineage.workspace.text), "key_type": .string("llm_api"),
            "models": models(ofKey: mint.models), "max_budget": .null,
            "metadata": .object([
                "bursar": (mark ?? mint.mark).json, "spend_logs_metadata": texts(mint.spendLogs),
            ]),
        ]
        body["rpm_limit"] = mint.requestsPerMinute.map { .number($0) }
        body["tpm_limit"] = mint.tokensPerMinute.map { .number($0) }
        body["max_parallel_requests"] = mint.parallelRequests.map { .number($0) }
        return body
    }

    /// Without the values. The id goes along: a patch without one writes a drawn one into the row.
    static func model(_ row: ModelRow) -> [String: JSONValue] {
        let model = row.model
        var params = model.params
        params["model"] = .string(model.upstream)
        params["api_base"] = model.apiBase.map { .string($0) }
        params["api_version"] = model.apiVersion.map { .string($0) }
        for name in blanks(of: model) { params[name] = .string("") }
        return [
            "model_name": .string(model.name), "litellm_params": .object(params),
            "model_info": .object(["id": .string(model.id), "bursar": row.mark.json]),
        ]
    }

    /// Where these are absent LiteLLM reads the proxy's environment, and calls on a token that it
    /// finds there rather than on the row's credentials; an empty one it takes for none.
    private static func blanks(of model: BroughtModel) -> [String] {
        switch model.upstream.prefix(while: { $0 != "/" }) {
        case "bedrock":
            model.credentials["api_key"] == nil ? ["api_key", "aws_session_token"] : []
        case "sagemaker", "sagemaker_chat", "sagemaker_nova": ["aws_session_token"]
        case "azure", "azure_ai": ["azure_username"]
        default: []
        }
    }

    static func update(_ key: ObservedKey, _ fields: [KeyField]) -> [String: JSONValue] {
        var body: [String: JSONValue] = ["key": .string(key.hash.hex)]
        var metadata: [String: JSONValue]?
        for field in fields {
            switch field {
            case .alias(let name): body["key_alias"] = .string(name)
            case .team(let id): body["team_id"] = .string(id.text)
            case .models(let names): body["models"] = models(ofKey: names)
            case .noCap:
                for name in ["max_budget", "budget_duration", "budget_id"] { body[name] = .null }
            case .requestsPerMinute(let limit): body["rpm_limit"] = number(limit)
            case .tokensPerMinute(let limit): body["tpm_limit"] = number(limit)
            case .parallelRequests(let limit): body["max_parallel_requests"] = number(limit)
            case .expiresIn(let span):
                body["duration"] = span.map { .string("\($0.seconds)s") } ?? .null
            case .noUser: body["user_id"] = .null
            case .blocked(let flag): body["blocked"] = .bool(flag)
            case .routes(let routes): body["allowed_routes"] = .array(routes.map { .string($0) })
            // LiteLLM replaces a key's metadata whole, what is foreign in it too.
            case .mark(let mark):
                metadata = metadata ?? key.metadata
                metadata?["bursar"] = mark.json
            case .spendLogs(let texts):
                metadata = metadata ?? key.metadata
                let foreign = key.metadata["spend_logs_metadata"]?.object ?? [:]
                metadata?["spend_logs_metadata"] = .object(
                    foreign.merging(texts.mapValues { .string($0) }) { $1 })
            }
        }
        if let metadata { body["metadata"] = .object(metadata) }
        return body
    }

    /// The mark as a merge patch (RFC 7386) after which it reads back equal: what it does not have
    /// is null. Generations are only ever added.
    static func mergePatch(_ mark: TeamMark) -> JSONValue {
        var members = mark.json.object ?? [:]
        for name in ["source", "prune", "applied"] where members[name] == nil {
            members[name] = .null
        }
        if var prune = members["prune"]?.object {
            for name in ["never", "since"] where prune[name] == nil { prune[name] = .null }
            members["prune"] = .object(prune)
        }
        return .object(members)
    }

    private static func models(of access: ModelAccess) -> JSONValue {
        guard case .only(let names) = access else {
            preconditionFailure("a team is never opened to every model")
        }
        return list(names)
    }

    private static func models(ofKey names: Set<String>?) -> JSONValue {
        names.map(list) ?? .array([.string(ModelWord.team)])
    }

    /// None has a word of its own: an empty list opens everything.
    private static func list(_ names: Set<String>) -> JSONValue {
        .array((names.isEmpty ? [ModelWord.nothing] : names.sorted()).map { .string($0) })
    }

    private static func texts(_ texts: [String: String]) -> JSONValue {
        .object(texts.mapValues { .string($0) })
    }

    private static func number(_ value: Int?) -> JSONValue { value.map { .number($0) } ?? .null }
}
