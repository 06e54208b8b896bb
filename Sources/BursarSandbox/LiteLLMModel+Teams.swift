internal import BursarCore

extension LiteLLMModel {
    static let teamFields: [(String, RequestBody.FieldType)] = [
        ("team_id", .string), ("team_alias", .string), ("models", .strings),
        ("metadata", .dictionary), ("max_budget", .float), ("soft_budget", .float),
        ("budget_duration", .string), ("tpm_limit", .int), ("rpm_limit", .int),
        ("blocked", .bool), ("model_aliases", .dictionary),
    ]

    mutating func newTeam(
        _ request: SandboxRequest, by caller: Caller, now: Instant
    ) throws(Refusal) -> SandboxResponse {
        var body = try RequestBody(request.body, Self.teamFields)
        try refuseBadCap(body, in: .team)
        layTeamDefaults(under: &body)
        try refuseSoftCap(body)
        let id = body.string("team_id") ?? generator.uuid()
        guard teams[id] == nil else {
            throw .raised(
                400, "Team id = \(id) already exists. Please use a different team id.", in: .team)
        }
        var team = TeamRow(
            id: id, alias: nil, models: [], metadata: [:], blocked: false, creator: caller.userID,
            createdAt: now, updatedAt: now, sequence: nextSequence())
        try change(&team, to: body, now: now)
        teams[id] = team
        return .json(.object(team.json))
    }

    private func layTeamDefaults(under body: inout RequestBody) {
        let defaults = options.defaultTeam
        if body.money("max_budget") == nil, let cap = defaults.maxBudget {
            body["max_budget"] = .money(cap)
        }
        if !body.has("budget_duration"), let period = defaults.budgetDuration {
            body["budget_duration"] = .string(period)
        }
        if body.int("rpm_limit") == nil, let limit = defaults.requestsPerMinute {
            body["rpm_limit"] = .number(limit)
        }
        if body.int("tpm_limit") == nil, let limit = defaults.tokensPerMinute {
            body["tpm_limit"] = .number(limit)
        }
    }

    private func refuseSoftCap(_ body: RequestBody) throws(Refusal) {
        guard let soft = body.money("soft_budget"), let hard = body.money("max_budget"),
            soft >= hard
        else { return }
        throw .raised(
            400,
            "soft_budget (\(PythonText.float(soft))) must be strictly lower than max_budget "
                + "(\(PythonText.float(hard)))",
            in: .team)
    }

    /// Replaces `metadata` whole.
    mutating func updateTeam(
        _ request: SandboxRequest, now: Instant
    ) throws(Refusal) -> SandboxResponse {
        let body = try RequestBody(request.body, Self.teamFields, required: ["team_id"])
        let id = body.string("team_id") ?? ""
        let team = try write(body, to: id, now: now)
        return .json(.object(["team_id": .string(id), "data": team.row]))
    }

    /// Merges `metadata` (RFC 7386).
    mutating func patchTeam(
        _ id: String, _ request: SandboxRequest, now: Instant
    ) throws(Refusal) -> SandboxResponse {
        var body = try RequestBody(request.body, Self.teamFields)
        if let patch = body.object("metadata"), let team = teams[id] {
            body["metadata"] = .object(Self.merged(patch, into: team.metadata))
        }
        return .json(.object(try write(body, to: id, now: now).json))
    }

    private mutating func write(
        _ body: RequestBody, to id: String, now: Instant
    ) throws(Refusal) -> TeamRow {
        guard var team = teams[id] else {
            throw .raised(404, "Team not found, passed team_id=\(id)", in: .team)
        }
        try refuseBadCap(body, in: .team)
        try refuseSoftCap(body)
        try refuseNulls(
            body, "models metadata blocked", table: "LiteLLM_TeamTable", in: .team)
        try change(&team, to: body, now: now)
        team.updatedAt = now
        team.seenBlocked = Remembered(value: team.blocked, since: now)
        teams[id] = team
        return team
    }

    private mutating func change(
        _ team: inout TeamRow, to body: RequestBody, now: Instant
    ) throws(Refusal) {
        if body.has("budget_duration") {
            team.budgetDuration = body.string("budget_duration")
            team.budgetResetAt = try team.budgetDuration.map { period throws(Refusal) in
                try budgetReset(period, now: now, in: .team)
            }
            expectReset(team.budgetResetAt)
        }
        if body.has("team_alias") { team.alias = body.string("team_alias") }
        if let models = body.strings("models") { team.models = models }
        if let metadata = body.object("metadata") { team.metadata = metadata }
        if body.has("max_budget") { team.maxBudget = body.money("max_budget") }
        if body.has("soft_budget") { team.softBudget = body.money("soft_budget") }
        if body.has("rpm_limit") { team.rpmLimit = body.int("rpm_limit") }
        if body.has("tpm_limit") { team.tpmLimit = body.int("tpm_limit") }
        if let blocked = body.bool("blocked") { team.blocked = blocked }
        if let names = body["model_aliases"]?.object {
            team.modelAliases = names.compactMapValues(\.string)
            if team.modelID == nil { team.modelID = nextSequence() }
        }
    }

    static func merged(
        _ patch: [String: JSONValue], into current: [String: JSONValue]
    ) -> [String: JSONValue] {
        var result = current
        for (name, value) in patch {
            switch value {
            case .null: result[name] = nil
            case .object(let inner):
                result[name] = .object(merged(inner, into: current[name]?.object ?? [:]))
            default: result[name] = value
            }
        }
        return result
    }

    /// Unlike an update of `blocked`, calls notice this up to 60 s later.
    mutating func blockTeam(
        _ request: SandboxRequest, blocked: Bool, now: Instant
    ) throws(Refusal) -> SandboxResponse {
        let body = try RequestBody(request.body, [("team_id", .string)], required: ["team_id"])
        let id = body.string("team_id") ?? ""
        guard var team = teams[id] else {
            throw .detailError(404, "Team not found, passed team_id=\(id)")
        }
        team.blocked = blocked
        team.updatedAt = now
        teams[id] = team
        return .json(team.row)
    }

    /// All or none; the teams' keys go with them.
    mutating func deleteTeams(
        _ request: SandboxRequest, by caller: Caller, now: Instant
    ) throws(Refusal) -> SandboxResponse {
        let body = try RequestBody(request.body, [("team_ids", .strings)], required: ["team_ids"])
        let ids = body.strings("team_ids") ?? []
        for id in ids where teams[id] == nil {
            throw .detailError(404, "Team not found, passed team_id=\(id)")
        }
        let hashes = ids.flatMap { rows(ofTeam: $0) }.map(\.token)
        for hash in hashes { removeKey(hash, by: caller, now: now) }
        for id in ids { teams[id] = nil }
        return .json(.object(["deleted_teams": .strings(ids)]))
    }

    func teamInfo(_ request: SandboxRequest, by caller: Caller) throws(Refusal) -> SandboxResponse {
        guard let id = request.query["team_id"] else {
            throw .proxy(
                422,
                PythonText.error("Malformed request. No team id passed in.", name: "message"),
                type: "auth_error")
        }
        guard let team = teams[id] else {
            throw .proxy(
                404, PythonText.error("Team not found, passed team id: \(id).", name: "message"),
                type: "auth_error")
        }
        if case .key(let row, _) = caller, !caller.readsAll, row.teamID != id {
            throw .proxy(
                403, "key not allowed to access this team's info. Key team_id=\(id)",
                type: "auth_error")
        }
        let shown = rows(ofTeam: id).map { row -> JSONValue in
            var members = row.detailed(.zulu)
            members["token"] = .string(row.token)
            return .object(members)
        }
        var info = team.json.merging(
            JSONValue.nulls("team_member_budget_table access_group_models organization_models")
        ) { own, _ in own }
        info["caller_edit_access"] = .object(["kind": .string("unrestricted")])
        return .json(
            .object([
                "team_id": .string(id), "team_info": .object(info), "keys": .array(shown),
                "team_memberships": .array([
                    .object([
                        "user_id": .string(team.creator), "team_id": .string(id),
                        "budget_id": .null, "spend": .money(.zero), "total_spend": .money(.zero),
                        "litellm_budget_table": .null, "budget_source": .string("none"),
                    ])
                ]),
            ]))
    }

    func listTeams(
        _ request: SandboxRequest, by caller: Caller
    ) throws(Refusal) -> SandboxResponse {
        let page = try Page(request.query, size: "page_size")
        guard caller.readsAll else {
            throw .detailError(
                401,
                "Only admin users can query all teams/other teams. Your user role=internal_user")
        }
        let found = teams.values.filter { team in
            if let id = request.query["team_id"], team.id != id { return false }
            guard let alias = request.query["team_alias"]?.lowercased() else { return true }
            return team.alias?.lowercased().contains(alias) ?? false
        }.sorted { ($0.createdAt, $0.sequence) > ($1.createdAt, $1.sequence) }
        let total = found.count
        let shown = page.slice(found).map { (team: $0, keys: teamKeys[$0.id]?.count ?? 0) }
        return SandboxResponse {
            .object([
                "teams": .array(
                    shown.map { team, keys in
                        var members = team.json
                        members["members_count"] = .number(1)
                        members["keys_count"] = .number(keys)
                        return .object(members)
                    }),
                "total": .number(total), "page": .number(page.number),
                "page_size": .number(page.size), "total_pages": .number(page.count(of: total)),
            ])
        }
    }
}
