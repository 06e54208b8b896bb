internal import BursarCore

extension LiteLLMModel {
    func refuseTaken(_ alias: String?, except hash: String?) throws(Refusal) {
        guard let alias, aliases[alias]?.contains(where: { $0 != hash }) == true else { return }
        throw .proxy(
            400,
            "Key with alias '\(alias)' already exists. Unique key aliases across all keys are "
                + "required.",
            type: "bad_request_error", param: .string("key_alias"))
    }

    func budgetReset(
        _ period: String, now: Instant, in wrapping: Refusal.Wrapping
    ) throws(Refusal) -> Instant {
        guard let at = BudgetCalendar.reset(period, from: now) else {
            throw .raised(
                400,
                "Invalid budget_duration '\(period)'. Use a format like '1h', '24h', '7d', or "
                    + "'30d'.",
                in: wrapping)
        }
        return at
    }

    func refuseBadCap(_ body: RequestBody, in wrapping: Refusal.Wrapping) throws(Refusal) {
        guard let cap = body.money("max_budget"), cap < .zero else { return }
        throw .raised(
            400,
            "max_budget must be a non-negative finite number. Received: \(PythonText.float(cap))",
            in: wrapping)
    }

    /// Lists and JSON columns cannot be null: 400 for keys, 500 for teams.
    func refuseNulls(
        _ body: RequestBody, _ names: String, table: String, in wrapping: Refusal.Wrapping
    ) throws(Refusal) {
        for name in names.split(separator: " ") where body.isNull(String(name)) {
            throw .exception(
                "A value is required but null was given: `\(table).\(name)`", in: wrapping)
        }
    }

    /// Fields that LiteLLM takes only with a licence.
    func refuseUnlicensed(_ body: RequestBody, in wrapping: Refusal.Wrapping) throws(Refusal) {
        if let budgets = body.object("model_max_budget"), !budgets.isEmpty {
            throw .exception(
                "Invalid model_max_budget: You must have an enterprise license to set "
                    + "model_max_budget. \(Refusal.licence). Example of valid model_max_budget: "
                    + "https://docs.litellm.ai/docs/proxy/users",
                in: wrapping)
        }
        for name in ["tags", "guardrails", "policies", "prompts", "allowed_passthrough_routes"] {
            guard let value = body.strings(name), !value.isEmpty else { continue }
            throw .raised(
                403,
                "This feature is only available for LiteLLM Enterprise users: \(name). "
                    + Refusal.licence,
                in: wrapping)
        }
    }

    func layDefaults(under body: inout RequestBody) {
        let defaults = options.defaultKey
        if body["duration"]?.string == nil, let duration = defaults.duration {
            body["duration"] = .string(duration)
        }
        if body.money("max_budget") == nil, let cap = defaults.maxBudget {
            body["max_budget"] = .money(cap)
        }
        if !body.has("budget_duration"), let period = defaults.budgetDuration {
            body["budget_duration"] = .string(period)
        }
    }

    /// A move into a team is judged by what the key holds now, not by what the same call sets. Of
    /// the limits LiteLLM looks at `rpm_limit` only where there is a `tpm_limit`
    /// (`validate_key_team_change`, 1.106.2).
    func checkMove(_ row: KeyRow, to id: String?) throws(Refusal) {
        guard let id else { return }
        guard let team = teams[id] else {
            throw .raised(
                404, "Team doesn't exist in db. Team=\(id). Create team via `/team/new` call.",
                in: .update)
        }
        guard row.teamID != id else { return }
        for model in row.models where model != "all-team-models" {
            guard Access(team.models).admits(model) else {
                throw .modelDenied(model, type: "team_model_access_denied")
            }
        }
        if let own = row.tpmLimit {
            try refuseAbove(team.tpmLimit, own, "tpm_limit", row)
            if let rpm = row.rpmLimit { try refuseAbove(team.rpmLimit, rpm, "rpm_limit", row) }
        }
        if let user = row.userID, user != team.creator {
            throw .proxy(
                403,
                "User=\(user) is not a member of the team=\(id). Check team members via "
                    + "`/team/info`.",
                type: "auth_error")
        }
    }

    private func refuseAbove(
        _ limit: Int?, _ own: Int, _ name: String, _ row: KeyRow
    ) throws(Refusal) {
        guard let limit, own > limit else { return }
        throw .proxy(
            403,
            "Key=\(row.token) has a \(name)=\(own) which is greater than the team's "
                + "\(name)=\(limit).",
            type: "auth_error")
    }
}

/// A list of models as LiteLLM reads it: empty means every model.
struct Access {
    let names: [String]

    init(_ names: [String]) { self.names = names }

    /// The last is a team's own word only in a key's list; in a team's it is every model.
    private static let everything: Set<String> = ["*", "all-proxy-models", "all-team-models"]

    func admits(_ model: String) -> Bool {
        names.isEmpty
            || names.contains { name in
                if name == model || Self.everything.contains(name) { return true }
                return name.hasSuffix("*") && model.hasPrefix(name.dropLast())
            }
    }
}
