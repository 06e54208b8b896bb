internal import BursarCore

/// A row of LiteLLM's key table.
struct KeyRow: Equatable, Sendable {
    /// The SHA-256 of the key; the key itself is nowhere.
    let token: String
    let keyName: String
    var alias: String?
    var models: [String]
    var spend: Money
    var totalSpend = Money.zero
    var maxBudget: Money?
    var expires: Instant?
    var teamID: String?
    var userID: String?
    var metadata: [String: JSONValue]
    var rpmLimit: Int?
    var tpmLimit: Int?
    var maxParallelRequests: Int?
    var budgetDuration: String?
    var budgetResetAt: Instant?
    var allowedRoutes: [String]
    let keyType: String
    var blocked: Bool?
    let createdBy: String
    let updatedBy: String
    let createdAt: Instant
    var updatedAt: Instant
    /// Moves with every admin's write, never with a booking of spend.
    var settingsUpdatedAt: Instant?
    /// Also of refused calls.
    var lastActive: Instant?
    /// Order of creation, for keys of one millisecond.
    let sequence: Int

    func status(at now: Instant) -> String {
        if blocked == true { return "revoked" }
        if let expires, expires < now { return "expired" }
        return "active"
    }

    /// What every reading of a key has.
    private func common(_ spelling: TimeSpelling) -> [String: JSONValue] {
        var members = Self.unset
        members["key_name"] = .string(keyName)
        members["key_alias"] = .optional(alias)
        members["spend"] = .money(spend)
        members["total_spend"] = .money(totalSpend)
        members["max_budget"] = .optional(maxBudget)
        members["expires"] = spelling.json(expires)
        members["models"] = .strings(models)
        members["team_id"] = .optional(teamID)
        members["user_id"] = .optional(userID)
        members["metadata"] = .object(metadata)
        members["rpm_limit"] = .optional(rpmLimit)
        members["tpm_limit"] = .optional(tpmLimit)
        members["max_parallel_requests"] = .optional(maxParallelRequests)
        members["budget_duration"] = .optional(budgetDuration)
        members["budget_reset_at"] = spelling.json(budgetResetAt)
        members["allowed_routes"] = .strings(allowedRoutes)
        members["key_type"] = .string(keyType)
        members["blocked"] = .optional(blocked)
        members["created_by"] = .string(createdBy)
        members["updated_by"] = .string(updatedBy)
        members["created_at"] = spelling.json(createdAt)
        members["updated_at"] = spelling.json(updatedAt)
        members["settings_updated_at"] = spelling.json(settingsUpdatedAt)
        members["last_active"] = spelling.json(lastActive)
        return members
    }

    /// `/key/block` and the rows of the deleted.
    func brief(_ spelling: TimeSpelling) -> [String: JSONValue] {
        var members = common(spelling)
        members["token"] = .string(token)
        members["org_id"] = .null
        return members
    }

    /// The rows of `/key/list`, full.
    var listed: JSONValue {
        .object(brief(.zulu).merging(Self.joined) { own, _ in own })
    }

    /// `/key/info`'s `info`, the rows of `/team/info`, and what `/key/update` answers.
    func detailed(_ spelling: TimeSpelling) -> [String: JSONValue] {
        common(spelling).merging(Self.related) { own, _ in own }
    }

    private static let unset: [String: JSONValue] =
        JSONValue.constant(
            .object([:]),
            "aliases config permissions model_spend model_max_budget budget_fallbacks "
                + "router_settings"
        )
        .merging(
            JSONValue.constant(.array([]), "allowed_cache_controls access_group_ids")
        ) { a, _ in a }
        .merging(
            JSONValue.nulls(
                "agent_id project_id tpd_limit budget_id object_permission_id object_permission "
                    + "litellm_budget_table rotation_interval last_rotation_at key_rotation_at "
                    + "budget_limits")
        ) { a, _ in a }
        .merging([
            "soft_budget_cooldown": .bool(false), "auto_rotate": .bool(false),
            "rotation_count": .number(0),
        ]) { a, _ in a }

    private static let related: [String: JSONValue] = JSONValue.nulls(
        "organization_id litellm_organization_table litellm_project_table jwt_key_mappings"
    ).merging(["policies": .array([])]) { a, _ in a }

    /// What the list's view joins to the row; LiteLLM fills none of it in for the master key.
    private static let joined: [String: JSONValue] = JSONValue.nulls(
        "team_spend team_alias team_tpm_limit team_rpm_limit team_tpd_limit team_max_budget "
            + "team_soft_budget team_model_max_budget soft_budget team_model_aliases team_member "
            + "team_metadata team_object_permission_id team_member_spend end_user_id "
            + "organization_alias project_alias last_refreshed_at api_key user_role user_email "
            + "user_spend user_max_budget request_route user created_by_user"
    ).merging([
        "team_models": .array([]), "team_blocked": .bool(false), "is_session_token": .bool(false),
    ]) { a, _ in a }
}

/// A key that was deleted: LiteLLM moves its row to a table of its own.
struct DeletedKey: Sendable {
    let row: KeyRow
    let id: String
    let deletedAt: Instant
    let deletedBy: String

    func json(_ spelling: TimeSpelling) -> [String: JSONValue] {
        var members = row.brief(spelling)
        members["id"] = .string(id)
        members["organization_id"] = .null
        members["deleted_at"] = spelling.json(deletedAt)
        members["deleted_by"] = .string(deletedBy)
        members["deleted_by_api_key"] = .string("litellm_proxy_master_key")
        members["litellm_changed_by"] = .null
        return members
    }
}
