internal import BursarCore

/// A team in `/v2/team/list` and `/team/info`, as far as bursar reads it.
struct WireTeam: WireDecodable {
    private(set) var team_id = ""
    private(set) var team_alias: String?
    private(set) var metadata: JSONValue?
    private(set) var max_budget: Money?
    private(set) var budget_duration: String?
    private(set) var soft_budget: Money?
    private(set) var models: [String]?
    private(set) var aliases: [String: String] = [:]
    private(set) var rpm_limit: Int?
    private(set) var tpm_limit: Int?
    private(set) var blocked: Bool?
    private(set) var spend: Money?
    private(set) var created_at: Instant?
    private(set) var budget_reset_at: Instant?

    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        var team_id: String?
        try json.members { (name, json) throws(JSONReader.Fault) in
            switch name {
            case "team_id": team_id = try json.string()
            case "team_alias": team_alias = try json.string()
            case "metadata": metadata = try json.value()
            case "max_budget": max_budget = try json.money()
            case "budget_duration": budget_duration = try json.string()
            case "soft_budget": soft_budget = try json.money()
            case "models": models = try json.strings()
            case "litellm_model_table":
                aliases = try json.value()["model_aliases"]?.strings ?? [:]
            case "rpm_limit": rpm_limit = try json.int()
            case "tpm_limit": tpm_limit = try json.int()
            case "blocked": blocked = try json.bool()
            case "spend": spend = try json.money()
            case "created_at": created_at = try json.instant()
            case "budget_reset_at": budget_reset_at = try json.instant()
            default: break
            }
        }
        self.team_id = try JSONReader.required(team_id, "team_id")
    }

    /// `nil` for a team whose id can be no workspace's.
    var observed: ObservedTeam? {
        guard let id = WorkspaceID(team_id) else { return nil }
        return ObservedTeam(
            id: id, alias: team_alias, mark: TeamMark(json: metadata?["bursar"]),
            cap: max_budget, period: budget_duration, softBudget: soft_budget,
            models: ModelAccess(wire: models ?? []), aliases: aliases,
            requestsPerMinute: rpm_limit, tokensPerMinute: tpm_limit, blocked: blocked ?? false,
            spend: spend ?? .zero,
            createdAt: created_at, budgetResetAt: budget_reset_at)
    }

    private var foreign: ForeignTeam {
        ForeignTeam(
            id: team_id, alias: team_alias, models: ModelAccess(wire: models ?? []),
            aliases: aliases, blocked: blocked ?? false)
    }
}

/// What a team counts as. Made while its page is decoded: then it does not wait for the last one.
enum TeamRow: Sendable {
    case observed(ObservedTeam)
    case foreign(ForeignTeam)
}

extension WireTeam {
    var row: TeamRow { observed.map { .observed($0) } ?? .foreign(foreign) }
}

struct WireTeamPage: WireDecodable {
    let teams: [WireTeam]
    let total: Int

    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        var teams: [WireTeam]?
        var total: Int?
        try json.members { (name, json) throws(JSONReader.Fault) in
            switch name {
            case "teams": teams = try json.list(of: WireTeam.self)
            case "total": total = try json.int()
            default: break
            }
        }
        self.teams = try JSONReader.required(teams, "teams")
        self.total = try JSONReader.required(total, "total")
    }
}

struct WireTeamInfo: WireDecodable {
    let team_info: WireTeam

    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        var team: WireTeam?
        try json.members { (name, json) throws(JSONReader.Fault) in
            if "team_info" ~= name { team = try WireTeam(&json) }
        }
        team_info = try JSONReader.required(team, "team_info")
    }
}

/// LiteLLM's words among the names of models.
enum ModelWord {
    static let everything: Set<String> = ["*", "all-proxy-models"]
    static let nothing = "no-default-models"
    static let team = "all-team-models"
}

extension ModelAccess {
    /// An empty list opens every model, so it is never read as none.
    init(wire names: [String]) {
        let names = Set(names)
        if names.isEmpty || !names.isDisjoint(with: ModelWord.everything) {
            self = .all
        } else {
            self = .only(names.subtracting([ModelWord.nothing]))
        }
    }
}
