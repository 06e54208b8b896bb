internal import BursarCore

/// A team in `/v2/team/list` and `/team/info`, as far as bursar reads it.
struct WireTeam: Decodable {
    let team_id: String
    let team_alias: String?
    let metadata: JSONValue?
    let max_budget: WireMoney?
    let budget_duration: String?
    let soft_budget: WireMoney?
    let models: [String]?
    let rpm_limit: Int?
    let tpm_limit: Int?
    let blocked: Bool?
    let spend: WireMoney?
    let created_at: WireInstant?
    let budget_reset_at: WireInstant?

    /// `nil` for a team whose id can be no workspace's.
    var observed: ObservedTeam? {
        guard let id = WorkspaceID(team_id) else { return nil }
        return ObservedTeam(
            id: id, alias: team_alias, mark: TeamMark(json: metadata?["bursar"]),
            cap: max_budget?.money, period: budget_duration, softBudget: soft_budget?.money,
            models: ModelAccess(wire: models ?? []), requestsPerMinute: rpm_limit,
            tokensPerMinute: tpm_limit, blocked: blocked ?? false, spend: spend?.money ?? .zero,
            createdAt: created_at?.instant, budgetResetAt: budget_reset_at?.instant)
    }
}

struct WireTeamPage: Decodable {
    let teams: [WireTeam]
    let total: Int
}

struct WireTeamInfo: Decodable {
    let team_info: WireTeam
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
