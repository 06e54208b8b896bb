import BursarCore
import Testing

/// A fleet for the goldens of a plan: what is wanted, and what is there.
struct Scene {
    static let now = Instant(milliseconds: 1_795_514_400_000)  // 2026-11-24T10:00:00Z
    static let owner = Owner(name: "prod", source: "5f0e")

    var desired: [DesiredWorkspace] = []
    var teams: [ObservedTeam] = []
    var keys: [ObservedKey] = []
    var brought: [ObservedModel] = []
    var secrets: [WorkspaceID: [ObservedSecret]] = [:]
    var unreadable: [WorkspaceID: String] = [:]
    var history = ChangeHistory()
    var policy = PlanPolicy(owner: Scene.owner, keyCacheTTL: Span(seconds: 60))
    var limits = LimitSettings()

    static let models: Set<String> = ["gf-chat-default", "gf-chat-pro", "gf-embed-default"]

    var plan: Plan { plan(of: desired) }

    private func plan(of desired: [DesiredWorkspace]) -> Plan {
        BursarCore.plan(
            desired: DesiredState(workspaces: desired, isWhole: true),
            observed: ObservedState(
                issuer: ObservedIssuer(
                    teams: teams, keys: keys, models: Self.models, brought: brought,
                    version: nil, licensed: nil),
                secrets: secrets, unreadable: unreadable),
            policy: policy, now: Self.now)
    }

    var breaches: [LimitBreach] {
        if case .refused(let breaches) = ApprovedPlan.judge(plan, by: limits) {
            breaches
        } else {
            []
        }
    }

    var report: PlanReport { PlanReport(plan, breaches: breaches, history: history) }

    /// A workspace as its manifest `workspaces/<name>.yaml` has it.
    static func workspace(
        _ name: String, dollars: Int64, _ period: BudgetPeriod? = .days(30),
        models: Set<String> = ["gf-chat-default"], every: Span? = nil,
        secrets: [String] = ["LITELLM_API_KEY"]
    ) throws -> DesiredWorkspace {
        var places = Places()
        func place(_ path: String, _ line: Int32) {
            places.add(
                path,
                at: Extent(
                    file: 0, start: Mark(line: line, column: 3), end: Mark(line: line, column: 9)))
        }
        place("spec", 5)
        place("spec.budget.limit", 6)
        place("spec.models", 7)
        for (index, secret) in secrets.enumerated() {
            place("spec.keys.\(secret)", Int32(9 + index))
        }
        let limit = try #require(MicroUSD(micros: dollars * 1_000_000))
        return DesiredWorkspace(
            id: try #require(WorkspaceID(name)), name: name,
            budget: .capped(limit: limit, period: period), models: .only(models),
            keys: try secrets.map {
                DesiredKey(
                    secret: try #require(SecretName($0)),
                    rotation: every.map { RotationSpec(trigger: .every($0)) })
            },
            places: places.naming(["workspaces/\(name).yaml"]))
    }

    /// Wants it, and has it as a first apply left it.
    ///
    /// - Parameter days: since that apply.
    mutating func add(
        _ workspace: DesiredWorkspace, spent: String = "0", days: Int64 = 60
    ) throws {
        var alone = self
        alone.policy.pruning = nil
        let fresh = try #require(alone.plan(of: [workspace]).workspaces.first)
        let then = Self.now - .days(days)
        for operation in fresh.steps.flatMap(\.operations) {
            switch operation {
            case .createTeam(let made):
                teams.append(
                    ObservedTeam(
                        id: made.id, alias: made.alias, mark: made.mark, cap: made.cap?.money,
                        period: made.period?.description, softBudget: made.softBudget,
                        models: made.models, blocked: made.blocked,
                        spend: try #require(Money(decimal: spent)), createdAt: then,
                        budgetResetAt: made.period == nil
                            ? nil : Instant("2026-12-01T00:00:00Z")))
            case .mint(let order): try mint(order, at: then)
            default: continue
            }
        }
        desired.append(workspace)
    }

    private mutating func mint(_ order: MintOrder, at then: Instant) throws {
        let id = order.lineage.workspace
        let digits = String(keys.count + 1, radix: 16)
        let hex = digits + String(repeating: "a", count: 64 - digits.count)
        let hash = try #require(KeyHash(hex: hex))
        keys.append(
            ObservedKey(
                hash: hash, alias: order.lineage.plainAlias, team: id.text,
                mark: KeyMark(
                    owner: Self.owner.name, secret: order.lineage.secret,
                    generation: order.generation, mintedAt: then, applied: order.applied),
                metadata: [:], models: .team, routes: ["llm_api_routes"], createdAt: then,
                spendLogs: order.spendLogs))
        secrets[id, default: []].append(
            ObservedSecret(
                name: order.lineage.secret,
                marker: SecretMarker(
                    owner: Self.owner.name, generation: order.generation,
                    fingerprint: hash.fingerprint)))
    }

    mutating func editManifest(
        _ name: String, _ edit: (inout DesiredWorkspace) throws -> Void
    ) throws {
        let index = try #require(desired.firstIndex { $0.name == name })
        try edit(&desired[index])
    }

    /// As somebody else does, at the proxy.
    mutating func editTeam(_ name: String, _ edit: (inout ObservedTeam) throws -> Void) throws {
        let index = try #require(teams.firstIndex { $0.id.text == name })
        try edit(&teams[index])
    }

    mutating func editKey(_ name: String, _ edit: (inout ObservedKey) throws -> Void) throws {
        let index = try #require(keys.firstIndex { $0.team == name })
        try edit(&keys[index])
    }

    mutating func committed(_ name: String, line: Int, _ origin: ChangeHistory.Origin) {
        history[SourceLocation(file: "workspaces/\(name).yaml", line: line, column: 1)] = origin
    }
}
