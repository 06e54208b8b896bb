internal import BursarCore

/// A row of LiteLLM's team table, and what one proxy process remembers of it.
struct TeamRow: Sendable {
    let id: String
    var alias: String?
    var models: [String]
    var metadata: [String: JSONValue]
    var maxBudget: Money?
    var softBudget: Money?
    var spend = Money.zero
    var rpmLimit: Int?
    var tpmLimit: Int?
    var budgetDuration: String?
    var budgetResetAt: Instant?
    var blocked: Bool
    var modelAliases: [String: String]?
    /// The row of the aliases' own table.
    var modelID: Int?
    /// The user who made the team: LiteLLM enters it as a member, unasked.
    let creator: String
    let createdAt: Instant
    var updatedAt: Instant
    let sequence: Int

    /// What calls are judged by; up to 60 s old.
    var seenAliases: Remembered<[String: String]>?
    var seenBlocked: Remembered<Bool>?

    /// `/team/new`, PATCH, and the list.
    var json: [String: JSONValue] {
        var members = common
        members["litellm_model_table"] = modelTable
        return members
    }

    /// `/team/update`'s `data`, `/team/block` and `/team/unblock`: the row itself. The aliases are
    /// not joined to it.
    var row: JSONValue {
        var members = common
        members["litellm_organization_table"] = JSONValue.null
        members["projects"] = JSONValue.null
        members["litellm_model_table"] = JSONValue.null
        return .object(members)
    }

    private var modelTable: JSONValue {
        guard let modelID else { return .null }
        return .object([
            "id": .number(modelID),
            "model_aliases": .object((modelAliases ?? [:]).mapValues { .string($0) }),
            "created_by": .string(creator), "updated_by": .string(creator), "team": .null,
        ])
    }

    private var common: [String: JSONValue] {
        var members = Self.unset
        members["team_id"] = .string(id)
        members["team_alias"] = .optional(alias)
        members["models"] = .strings(models)
        members["metadata"] = .object(metadata)
        members["max_budget"] = .optional(maxBudget)
        members["soft_budget"] = .optional(softBudget)
        members["spend"] = .money(spend)
        members["rpm_limit"] = .optional(rpmLimit)
        members["tpm_limit"] = .optional(tpmLimit)
        members["budget_duration"] = .optional(budgetDuration)
        members["budget_reset_at"] = TimeSpelling.zulu.json(budgetResetAt)
        members["blocked"] = .bool(blocked)
        members["model_id"] = .optional(modelID)
        members["created_at"] = TimeSpelling.zulu.json(createdAt)
        members["updated_at"] = TimeSpelling.zulu.json(updatedAt)
        members["members_with_roles"] = .array([
            .object([
                "user_id": .string(creator), "user_email": .null, "role": .string("admin"),
            ])
        ])
        return members
    }

    private static let unset: [String: JSONValue] = JSONValue.nulls(
        "organization_id tpd_limit budget_limits max_parallel_requests object_permission "
            + "object_permission_id"
    )
    .merging(
        JSONValue.constant(
            .array([]),
            "admins members team_member_permissions access_group_ids default_team_member_models "
                + "policies")
    ) { a, _ in a }
    .merging(
        JSONValue.constant(.object([:]), "router_settings model_spend model_max_budget")
    ) { a, _ in a }
    .merging(["allow_team_guardrail_config": .bool(false)]) { a, _ in a }
}

/// A value a proxy process keeps in memory, and since when.
struct Remembered<Value: Sendable>: Sendable {
    let value: Value
    let since: Instant

    static var seconds: Int64 { 60 }

    /// The remembered value while it is fresh, else the current one, remembered from now on.
    static func look(_ memory: inout Remembered?, current: Value, now: Instant) -> Value {
        if let memory, now.seconds(since: memory.since) < seconds { return memory.value }
        memory = Remembered(value: current, since: now)
        return current
    }
}
