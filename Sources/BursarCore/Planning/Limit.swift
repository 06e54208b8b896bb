/// What a plan may do without being asked twice.
package enum Limit: String, Hashable, Sendable, CaseIterable {
    case removals, changes, lostSecrets, emptySource
    /// Teams and keys of others that could spend what a workspace's own provider key pays for.
    case openTeams
    /// Counted in whole dollars a 30-day month, rounded up.
    case capIncrease
}

/// An exception to a limit that stands in git, with its end: `spec.apply.allow`.
package struct Allowance: Hashable, Sendable, CustomStringConvertible {
    package let limit: Limit
    package let count: Int
    package let until: Instant

    package init(limit: Limit, count: Int, until: Instant) {
        self.limit = limit
        self.count = count
        self.until = until
    }

    package var description: String { "\(limit.rawValue)=\(count) until \(until)" }

    package func isOver(_ now: Instant) -> Bool { until <= now }
}

/// The limits in force. `nil`: without bound.
package struct LimitSettings: Hashable, Sendable {
    /// `nil`: `max(1, min(3, 10 % of our workspaces, rounded down))`.
    package var removals: Int?
    package var changes: Int?
    package var lostSecrets: Int
    package var openTeams: Int
    /// A 30-day month.
    package var capIncrease: Money?
    /// `--allow LIMIT=COUNT`, or in git and not over. They only ever raise a limit.
    package var allowed: [Limit: Int]

    package init(
        removals: Int? = nil, changes: Int? = nil, lostSecrets: Int = 0, openTeams: Int = 0,
        capIncrease: Money? = nil, allowed: [Limit: Int] = [:]
    ) {
        self.removals = removals
        self.changes = changes
        self.lostSecrets = lostSecrets
        self.openTeams = openTeams
        self.capIncrease = capIncrease
        self.allowed = allowed
    }

    /// - Parameter allowed: on the command line; of several for a limit the highest counts.
    package init(_ apply: Configuration.Apply, allowed: [Limit: Int] = [:], now: Instant) {
        let limits = apply.limits
        let inGit = apply.allow.filter { !$0.isOver(now) }.map { ($0.limit, $0.count) }
        self.init(
            removals: limits.removals, changes: limits.changes, lostSecrets: limits.lostSecrets,
            openTeams: limits.openTeams, capIncrease: limits.capIncrease,
            allowed: allowed.merging(inGit, uniquingKeysWith: max))
    }

    /// `nil`: without bound.
    fileprivate func bound(_ limit: Limit, of plan: Plan) -> LimitAmount? {
        let own: LimitAmount? =
            switch limit {
            case .removals: .count(removals ?? max(1, min(3, plan.owned / 10)))
            case .changes: changes.map { .count($0) }
            case .lostSecrets: .count(lostSecrets)
            case .emptySource: .count(0)
            case .openTeams: .count(openTeams)
            case .capIncrease: capIncrease.map { .dollars($0) }
            }
        guard let own, let count = allowed[limit] else { return own }
        return max(own, own.same(count))
    }
}

/// How much of what a limit is about; two that are compared are of one kind.
package enum LimitAmount: Hashable, Comparable, Sendable {
    case count(Int)
    case dollars(Money)

    /// As `--allow` and JSON have it: a whole number that is not below.
    package var whole: Int {
        switch self {
        case .count(let count): count
        case .dollars(let money): Int(clamping: (money.picos + Money.dollar - 1) / Money.dollar)
        }
    }

    fileprivate func same(_ whole: Int) -> LimitAmount {
        switch self {
        case .count: .count(whole)
        case .dollars: .dollars(Money(picos: Int128(whole) * Money.dollar))
        }
    }

    fileprivate var isNothing: Bool { self == same(0) }

    fileprivate var text: String {
        switch self {
        case .count(let count): "\(count)"
        case .dollars(let money): money.dollars
        }
    }
}

extension Money {
    fileprivate static let dollar: Int128 = 1_000_000_000_000
}

/// A limit that a plan is beyond.
package struct LimitBreach: Hashable, Sendable, CustomStringConvertible {
    package let limit: Limit
    package let amount: LimitAmount
    package let most: LimitAmount
    package let workspaces: [WorkspaceID]
    /// What the limit counts where that is no workspace.
    package var others: [String] = []

    package var count: Int { amount.whole }
    package var bound: Int { most.whole }

    package var description: String {
        "\(summary). If this is meant: --allow \(limit.rawValue)=\(count) for one run, or \(inGit)"
    }

    /// What an exception looks like in bursar.yaml.
    package var inGit: String {
        "spec.apply.allow: [{limit: \(limit.rawValue), count: \(count), until: INSTANT}] in bursar.yaml"
    }

    /// What is beyond it, without what to do.
    package var summary: String {
        let what =
            switch limit {
            case .removals:
                "\(counted(count, "workspace or part of one", "workspaces or parts of one")) left the manifests"
            case .changes: "\(counted(count, "workspace")) would change"
            case .lostSecrets:
                "\(counted(count, "published key")) would be replaced, since the store lost "
                    + "them (or is it another store than before?)"
            case .openTeams:
                "models of their own would be registered for \(counted(workspaces.count, "workspace")), "
                    + "and \(counted(count, "team or key", "teams or keys")) of others could call them "
                    + "and spend on their provider keys: \(Self.list(others))"
            case .emptySource: "the source names no workspace, and \(count) are ours"
            case .capIncrease:
                "the caps of \(counted(workspaces.count, "workspace")) would rise by "
                    + "\(amount.text) in 30 days"
            }
        return "limit \(limit.rawValue): \(what); at most \(most.text) without being asked "
            + "(\(Self.list(workspaces.map(\.text))))"
    }

    private static func list(_ names: [String]) -> String {
        let more = names.count > 10 ? " and \(names.count - 10) more" : ""
        return names.prefix(10).joined(separator: ", ") + more
    }
}

/// A plan within the limits: the only kind that can be executed.
package struct ApprovedPlan: Sendable {
    package let plan: Plan

    private init(_ plan: Plan) { self.plan = plan }

    package enum Verdict: Sendable {
        case approved(ApprovedPlan)
        /// In the order of `Limit.allCases`; nothing may be done.
        case refused([LimitBreach])
    }

    package static func judge(_ plan: Plan, by settings: LimitSettings) -> Verdict {
        let breaches = Limit.allCases.compactMap { limit -> LimitBreach? in
            guard let most = settings.bound(limit, of: plan) else { return nil }
            let (amount, workspaces) = Self.amount(limit, in: plan)
            guard amount > most, !amount.isNothing else { return nil }
            return LimitBreach(
                limit: limit, amount: amount, most: most, workspaces: workspaces,
                others: limit == .openTeams ? plan.open.map(\.description) : [])
        }
        return breaches.isEmpty ? .approved(ApprovedPlan(plan)) : .refused(breaches)
    }

    /// What the controller may do: a limit that is tripped holds the class of change it is about, and
    /// no other. Held is left out of a plan that is made again, never cut out of one: steps rest on
    /// one another.
    ///
    /// - Parameters:
    ///   - leavingOut: workspaces that count for the limits and are not executed.
    ///   - plan: the plan without these classes of change; asked once more where a limit is tripped.
    /// - Returns: the limits that hold something, in the order of `Limit.allCases`.
    package static func holding(
        by settings: LimitSettings, leavingOut: Set<WorkspaceID> = [],
        _ plan: (Set<Limit>) -> Plan
    ) -> (approved: ApprovedPlan, held: [LimitBreach]) {
        func approve(_ plan: Plan) -> ApprovedPlan {
            ApprovedPlan(plan.leavingOut { leavingOut.contains($0.id) })
        }
        let whole = plan([])
        guard case .refused(let held) = judge(whole, by: settings) else {
            return (approve(whole), [])
        }
        let rest = plan(Set(held.map(\.limit)))
        // An empty source has nothing to do in any case; beyond another limit nothing is done.
        if case .refused(let still) = judge(rest, by: settings),
            still.contains(where: { $0.limit != .emptySource })
        {
            return (ApprovedPlan(rest.leavingOut { _ in true }), held)
        }
        return (approve(rest), held)
    }

    private static func amount(
        _ limit: Limit, in plan: Plan
    ) -> (LimitAmount, [WorkspaceID]) {
        let active = plan.workspaces.filter { $0.paused == nil }
        func sum(_ part: (WorkspacePlan) -> Int) -> (LimitAmount, [WorkspaceID]) {
            let hit = active.filter { part($0) > 0 }
            return (.count(hit.reduce(0) { $0 + part($1) }), hit.map(\.id))
        }
        switch limit {
        case .removals: return sum(\.removals)
        case .lostSecrets: return sum(\.lostSecrets)
        case .changes:
            return sum { plan in plan.changes.contains { !$0.broughtByTime } ? 1 : 0 }
        case .emptySource:
            guard plan.emptySource else { return (.count(0), []) }
            let leaving = plan.workspaces.filter { $0.leaves && $0.removals > 0 }.map(\.id)
            let all = (plan.unclaimed + leaving).sorted()
            return (.count(all.count), all)
        case .openTeams:
            let registering = sum(\.registrations).1
            return (.count(registering.isEmpty ? 0 : plan.open.count), registering)
        case .capIncrease:
            let rising = active.filter { $0.errors.isEmpty && $0.capRise > .zero }
            return (
                .dollars(rising.reduce(.zero) { $0 + $1.capRise }), rising.map(\.id)
            )
        }
    }
}
