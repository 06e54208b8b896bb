import BursarCore
import Testing

/// A workspace, its team and its keys, as small as a test of the planner needs them.
struct World {
    static let now = Instant(milliseconds: 1_795_514_400_000)
    static let owner = Owner(name: "prod", source: "5f0e")

    var desired: DesiredWorkspace
    var team: ObservedTeam?
    var keys: [ObservedKey] = []
    var secrets: [ObservedSecret] = []
    var models: Set<String> = ["chat", "embed"]
    var listsAliases = true
    var modelGroups: [String: Set<String>] = [:]
    var brought: [ObservedModel] = []
    /// Beside its own.
    var otherTeams: [ObservedTeam] = []
    var foreignTeams: [ForeignTeam] = []
    var now = World.now
    var derivable: [KeyHash: String] = [:]
    var sources: [SecretName: SourceReading] = [:]
    var policy = PlanPolicy(owner: World.owner, keyCacheTTL: Span(seconds: 60))

    init() throws {
        desired = DesiredWorkspace(
            id: try #require(WorkspaceID("search")), name: "search",
            budget: .capped(limit: try #require(MicroUSD(micros: 250_000_000)), period: .days(30)),
            models: .only(["chat"]), keys: [DesiredKey(secret: try Self.secret())])
    }

    static func secret(_ name: String = "LITELLM_API_KEY") throws -> SecretName {
        try #require(SecretName(name))
    }

    static func hash(_ digit: Character) throws -> KeyHash {
        try #require(KeyHash(hex: String(repeating: digit, count: 64)))
    }

    static func generation(_ number: Int) throws -> Generation {
        try #require(Generation(number))
    }

    var lineage: Lineage {
        get throws { Lineage(workspace: desired.id, secret: try Self.secret()) }
    }

    /// The team as a first apply leaves it.
    mutating func addTeam(generation: Int = 1) throws {
        guard case .createTeam(let made)? = try freshPlan().steps.first?.operations.first else {
            Issue.record("a fresh workspace begins with its team")
            return
        }
        var mark = made.mark
        mark.generations[try Self.secret()] = try Self.generation(generation)
        team = ObservedTeam(
            id: made.id, alias: made.alias, mark: mark, cap: made.cap?.money,
            period: made.period?.description, models: made.models, spend: .zero)
    }

    private func freshPlan() throws -> WorkspacePlan {
        var copy = self
        copy.team = nil
        copy.keys = []
        copy.secrets = []
        return try copy.plan()
    }

    func key(
        _ digit: Character, generation: Int = 1, alias: String? = nil, retiredAt: Instant? = nil
    ) throws -> ObservedKey {
        let mark = KeyMark(
            owner: Self.owner.name, secret: try Self.secret(),
            generation: try Self.generation(generation), mintedAt: Self.now - .days(1),
            retiredAt: retiredAt, overlap: retiredAt == nil ? nil : .hours(24),
            overlapBy: retiredAt == nil ? nil : .rule, applied: [:])
        return ObservedKey(
            hash: try Self.hash(digit), alias: try alias ?? lineage.plainAlias, team: "search",
            mark: mark, metadata: [:], models: .team,
            expires: retiredAt.map { $0 + .hours(24) }, routes: ["llm_api_routes"],
            spendLogs: ["workspace": "search", "generation": "\(generation)"])
    }

    mutating func publish(_ digit: Character, generation: Int = 1) throws {
        secrets = [
            ObservedSecret(
                name: try Self.secret(),
                marker: SecretMarker(
                    owner: Self.owner.name, generation: try Self.generation(generation),
                    fingerprint: try Self.hash(digit).fingerprint))
        ]
    }

    /// Team, published key and secret: nothing to do.
    static func converged() throws -> World {
        var world = try World()
        try world.addTeam()
        world.keys = [try world.key("a")]
        try world.publish("a")
        return world
    }

    func wholePlan(whole: Bool = true) -> Plan { plan(of: [desired], whole: whole) }

    /// The source names nothing.
    func emptyPlan() -> Plan { plan(of: [], whole: true) }

    func plan(of workspaces: [DesiredWorkspace], whole: Bool) -> Plan {
        plan(of: DesiredState(workspaces: workspaces, isWhole: whole))
    }

    func plan(of desired: DesiredState) -> Plan {
        var observed = ObservedState(
            issuer: ObservedIssuer(
                teams: [team].compactMap(\.self) + otherTeams, foreignTeams: foreignTeams,
                keys: keys, models: models, modelGroups: modelGroups, brought: brought,
                version: nil, licensed: nil, listsAliases: listsAliases),
            secrets: [self.desired.id: secrets], derivable: derivable)
        observed.sources = [self.desired.id: sources]
        return BursarCore.plan(desired: desired, observed: observed, policy: policy, now: now)
    }

    func plan() throws -> WorkspacePlan { try #require(wholePlan().workspaces.first) }

    func actions() throws -> [Action] { try plan().changes.map(\.action) }
}
