internal import BursarCore

extension LiteLLMModel {
    /// Creates, or answers as if it had: a key value that exists is left untouched while the body
    /// echoes the request.
    mutating func generateKey(
        _ request: SandboxRequest, by caller: Caller, now: Instant
    ) throws(Refusal) -> SandboxResponse {
        var body = try RequestBody(request.body, Self.keyFields)
        if body.string("key_type") == "llm_api", !body.has("allowed_routes") {
            body["allowed_routes"] = .strings(["llm_api_routes"])
        }
        try refuseUnlicensed(body, in: .generate)
        try refuseBadCap(body, in: .generate)
        layDefaults(under: &body)
        if let period = body.string("budget_duration") {
            _ = try budgetReset(period, now: now, in: .generate)
        }
        var expires: Instant?
        if let duration = body.string("duration") {
            guard let at = BudgetCalendar.expiry(duration, from: now) else {
                throw .exception("Invalid duration format", in: .generate)
            }
            expires = at
        }
        let key = try keyValue(body)
        let alias = body.string("key_alias")
        if !sharesItsInstant(alias, now) { try refuseTaken(alias, except: nil) }
        let hash = KeyHash(of: SecretValue(key)).hex
        let row = newRow(body, key: key, hash: hash, expires: expires, by: caller, now: now)
        if keys[hash] == nil {
            store(row)
            if let alias { aliases[alias, default: []].append(hash) }
            expectReset(row.budgetResetAt)
        }
        return .json(.object(minted(body, row, key: key)))
    }

    private mutating func keyValue(_ body: RequestBody) throws(Refusal) -> String {
        guard let chosen = body.string("key") else { return "sk-" + generator.text(22) }
        guard !options.forbidsBroughtKeys else {
            throw .detailError(
                403,
                "Custom API key values are disabled by your administrator. "
                    + "Keys must be auto-generated.")
        }
        guard chosen.hasPrefix("sk-") else {
            throw .raised(
                400,
                "Invalid key format. LiteLLM Virtual Key must start with 'sk-'. Received: ****",
                in: .generate)
        }
        guard chosen.utf8.count >= 16 else {
            throw .raised(
                400, "Invalid key format. LiteLLM Virtual Key must be at least 16 characters long.",
                in: .generate)
        }
        return chosen
    }

    private mutating func newRow(
        _ body: RequestBody, key: String, hash: String, expires: Instant?, by caller: Caller,
        now: Instant
    ) -> KeyRow {
        KeyRow(
            token: hash, keyName: "sk-...\(key.suffix(4))", alias: body.string("key_alias"),
            models: body.strings("models") ?? [], spend: body.money("spend") ?? .zero,
            maxBudget: body.money("max_budget"), expires: expires, teamID: body.string("team_id"),
            userID: body.string("user_id"), metadata: Self.metadata(body, over: [:]),
            rpmLimit: body.int("rpm_limit"), tpmLimit: body.int("tpm_limit"),
            maxParallelRequests: body.int("max_parallel_requests"),
            budgetDuration: body.string("budget_duration"),
            budgetResetAt: body.string("budget_duration").flatMap {
                BudgetCalendar.reset($0, from: now)
            },
            allowedRoutes: body.strings("allowed_routes") ?? [],
            keyType: body.string("key_type") ?? "default", blocked: body.bool("blocked"),
            createdBy: caller.userID, updatedBy: caller.userID, createdAt: now, updatedAt: now,
            settingsUpdatedAt: nil, lastActive: nil, sequence: nextSequence())
    }

    /// The one answer that holds the key.
    private func minted(_ body: RequestBody, _ row: KeyRow, key: String) -> [String: JSONValue] {
        var members = Self.mintedUnset
        for (name, value) in body.fields where name != "duration" { members[name] = value }
        for (name, value) in row.detailed(.zulu) where Self.mintedNames.contains(name) {
            members[name] = value
        }
        members["metadata"] = .object(body.object("metadata") ?? [:])
        members["key"] = .string(key)
        members["token"] = .string(row.token)
        members["token_id"] = .string(row.token)
        return members
    }

    mutating func updateKey(
        _ request: SandboxRequest, now: Instant
    ) throws(Refusal) -> SandboxResponse {
        let body = try RequestBody(request.body, Self.keyFields)
        guard let named = body.string("key") ?? body.string("key_alias") else {
            throw .invalid([
                FieldFault(
                    "value_error", [.string("body")],
                    "Value error, either key or key_alias must be provided")
            ])
        }
        let byAlias = body.string("key") == nil
        guard let hash = byAlias ? aliases[named]?.first : Self.hash(named), var row = keys[hash]
        else {
            throw byAlias
                ? .notFoundKey(
                    "Key not found. No key with key_alias='\(named)'.", param: "key_alias")
                : .notFoundKey()
        }
        try refuseUnlicensed(body, in: .update)
        try refuseBadCap(body, in: .update)
        try checkMove(row, to: body.string("team_id"))
        try refuseNulls(
            body, "models metadata aliases permissions config allowed_routes",
            table: "LiteLLM_VerificationToken", in: .update)
        let renames = !byAlias && body.has("key_alias")
        if renames { try refuseTaken(body.string("key_alias"), except: hash) }
        try change(&row, to: body, now: now)
        if renames {
            release(row)
            row.alias = body.string("key_alias")
            if let new = row.alias { aliases[new, default: []].append(hash) }
        }
        stamp(&row, now: now)
        store(row)
        var answer = row.detailed(.offset)
        answer["key"] = .string(named)
        answer["token"] = .string(hash)
        return .json(.object(answer))
    }

    /// Fields that were not sent stay; null clears.
    private mutating func change(
        _ row: inout KeyRow, to body: RequestBody, now: Instant
    ) throws(Refusal) {
        if body.has("duration") {
            if let duration = body.string("duration"), duration != "-1" {
                guard let expires = BudgetCalendar.expiry(duration, from: now) else {
                    throw .exception("Invalid duration format", in: .update)
                }
                row.expires = expires
            } else {
                row.expires = nil
            }
        }
        if body.has("budget_duration") {
            row.budgetDuration = body.string("budget_duration")
            row.budgetResetAt = try row.budgetDuration.map { period throws(Refusal) in
                try budgetReset(period, now: now, in: .update)
            }
            expectReset(row.budgetResetAt)
        }
        if let models = body.strings("models") { row.models = models }
        if let routes = body.strings("allowed_routes") { row.allowedRoutes = routes }
        if let spend = body.money("spend") { row.spend = spend }
        if body.has("max_budget") { row.maxBudget = body.money("max_budget") }
        if body.has("rpm_limit") { row.rpmLimit = body.int("rpm_limit") }
        if body.has("tpm_limit") { row.tpmLimit = body.int("tpm_limit") }
        if body.has("max_parallel_requests") {
            row.maxParallelRequests = body.int("max_parallel_requests")
        }
        if body.has("team_id") { row.teamID = body.string("team_id") }
        if body.has("user_id") { row.userID = body.string("user_id") }
        if body.has("blocked") { row.blocked = body.bool("blocked") }
        row.metadata = Self.metadata(body, over: row.metadata)
    }

    /// `metadata` replaces the whole; limits by model live inside it.
    private static func metadata(
        _ body: RequestBody, over current: [String: JSONValue]
    ) -> [String: JSONValue] {
        var metadata = body.object("metadata") ?? current
        for name in ["model_rpm_limit", "model_tpm_limit"] {
            if let limits = body.object(name) { metadata[name] = .object(limits) }
        }
        return metadata
    }

    /// `updated_by` stays: LiteLLM writes it at the mint alone.
    private func stamp(_ row: inout KeyRow, now: Instant) {
        row.updatedAt = now
        row.settingsUpdatedAt = now
    }

    mutating func blockKey(
        _ request: SandboxRequest, blocked: Bool, now: Instant
    ) throws(Refusal) -> SandboxResponse {
        let body = try RequestBody(request.body, [("key", .string)], required: ["key"])
        let hash = Self.hash(body.string("key") ?? "")
        guard var row = keys[hash] else { throw .notFoundKey() }
        row.blocked = blocked
        stamp(&row, now: now)
        keys[hash] = row
        guard !blocked else { return .json(.object(row.brief(.zulu))) }
        var answer = row.detailed(.zulu)
        answer["token"] = .string(hash)
        return .json(.object(answer))
    }

    /// Echoes the request, unknown keys too; refuses only where none is known.
    mutating func deleteKeys(
        _ request: SandboxRequest, by caller: Caller, now: Instant
    ) throws(Refusal) -> SandboxResponse {
        let body = try RequestBody(
            request.body, [("keys", .strings), ("key_aliases", .strings)])
        let named = body.strings("keys") ?? []
        let aliased = body.strings("key_aliases") ?? []
        guard !named.isEmpty || !aliased.isEmpty else {
            throw .invalid([
                FieldFault(
                    "value_error", [.string("body")],
                    "Value error, At least one of 'keys' or 'key_aliases' must be provided.")
            ])
        }
        let hashes = named.map { Self.hash($0) } + aliased.flatMap { aliases[$0] ?? [] }
        guard hashes.contains(where: { keys[$0] != nil }) else {
            throw .raised(404, "No keys found", in: .generate)
        }
        for hash in hashes { removeKey(hash, by: caller, now: now) }
        return .json(.object(["deleted_keys": .strings(named.isEmpty ? aliased : named)]))
    }

    mutating func removeKey(_ hash: String, by caller: Caller, now: Instant) {
        guard let row = keys.removeValue(forKey: hash) else { return }
        if let team = row.teamID { teamKeys[team]?.remove(hash) }
        release(row)
        deletedKeys[hash] = DeletedKey(
            row: row, id: generator.uuid(), deletedAt: now, deletedBy: caller.userID)
    }

    private mutating func release(_ row: KeyRow) {
        guard let alias = row.alias else { return }
        let others = (aliases[alias] ?? []).filter { $0 != row.token }
        aliases[alias] = others.isEmpty ? nil : others
    }

    /// Neither mint saw the other's row.
    private func sharesItsInstant(_ alias: String?, _ now: Instant) -> Bool {
        guard options.mintsRace, let alias, let holders = aliases[alias] else { return false }
        return holders.allSatisfy { keys[$0]?.createdAt == now }
    }

    private mutating func store(_ row: KeyRow) {
        if let old = keys[row.token]?.teamID { teamKeys[old]?.remove(row.token) }
        if let new = row.teamID { teamKeys[new, default: []].insert(row.token) }
        keys[row.token] = row
    }

    /// The keys of a team, the oldest first.
    func rows(ofTeam id: String) -> [KeyRow] {
        (teamKeys[id] ?? []).compactMap { keys[$0] }.sorted { $0.sequence < $1.sequence }
    }

    /// Every key endpoint takes the key or its hash.
    static func hash(_ named: String) -> String {
        named.hasPrefix("sk-") ? KeyHash(of: SecretValue(named)).hex : named
    }

    static let keyFields: [(String, RequestBody.FieldType)] = [
        ("key", .string), ("key_alias", .string), ("duration", .string), ("models", .strings),
        ("spend", .float), ("max_budget", .float), ("user_id", .string), ("team_id", .string),
        ("max_parallel_requests", .int), ("metadata", .dictionary), ("tpm_limit", .int),
        ("rpm_limit", .int), ("budget_duration", .string), ("allowed_routes", .strings),
        ("key_type", .string), ("blocked", .bool), ("aliases", .dictionary),
        ("permissions", .dictionary), ("config", .dictionary), ("tags", .strings),
        ("guardrails", .strings), ("policies", .strings), ("prompts", .strings),
        ("allowed_passthrough_routes", .strings), ("model_max_budget", .dictionary),
        ("model_rpm_limit", .dictionary), ("model_tpm_limit", .dictionary),
    ]

    private static let mintedNames: Set<String> = [
        "key_name", "key_type", "expires", "allowed_routes", "models", "spend", "max_budget",
        "team_id", "user_id", "created_at", "created_by", "updated_at", "updated_by",
        "budget_duration",
    ]

    private static let mintedUnset: [String: JSONValue] = JSONValue.nulls(
        "key_alias duration max_budget user_id team_id agent_id max_parallel_requests tpm_limit "
            + "rpm_limit budget_duration budget_limits model_rpm_limit model_tpm_limit guardrails "
            + "policies prompts blocked object_permission tpd_limit budget_id tags enforced_params "
            + "allowed_passthrough_routes organization_id project_id litellm_budget_table expires"
    ).merging(
        JSONValue.constant(
            .object([:]), "config permissions model_max_budget budget_fallbacks aliases")
    ) { a, _ in a }
    .merging(JSONValue.constant(.array([]), "allowed_cache_controls access_group_ids models")) {
        a, _ in a
    }
}
