/// What a plan may do without being asked twice.
package enum Limit: String, Hashable, Sendable, CaseIterable {
    case removals, changes, lostSecrets, emptySource
}

/// The limits in force. `nil`: without bound.
package struct LimitSettings: Hashable, Sendable {
    /// `nil`: `max(1, min(3, 10 % of our workspaces, rounded down))`.
    package var removals: Int?
    package var changes: Int?
    package var lostSecrets: Int
    /// `--allow LIMIT=COUNT`.
    package var allowed: [Limit: Int]

    package init(
        removals: Int? = nil, changes: Int? = nil, lostSecrets: Int = 0, allowed: [Limit: Int] = [:]
    ) {
        self.removals = removals
        self.changes = changes
        self.lostSecrets = lostSecrets
        self.allowed = allowed
    }

    package func bound(_ limit: Limit, of plan: Plan) -> Int? {
        if let allowed = allowed[limit] { return allowed }
        switch limit {
        case .removals: return removals ?? max(1, min(3, plan.owned / 10))
        case .changes: return changes
        case .lostSecrets: return lostSecrets
        case .emptySource: return 0
        }
    }
}

/// A limit that a plan is beyond.
package struct LimitBreach: Hashable, Sendable, CustomStringConvertible {
    package let limit: Limit
    package let count: Int
    package let bound: Int
    package let workspaces: [WorkspaceID]

    package var description: String {
        "\(summary). If this is meant: --allow \(limit.rawValue)=\(count)"
    }

    /// What is beyond it, without what to do.
    package var summary: String {
        let what =
            switch limit {
            case .removals:
                "\(counted(count, "workspace or key", "workspaces or keys")) left the manifests"
            case .changes: "\(counted(count, "workspace")) would change"
            case .lostSecrets:
                "\(counted(count, "published key")) would be replaced, since the store lost them"
            case .emptySource: "the source names no workspace, and \(count) are ours"
            }
        let shown = workspaces.prefix(10).map(\.text).joined(separator: ", ")
        let more = workspaces.count > 10 ? " and \(workspaces.count - 10) more" : ""
        return "limit \(limit.rawValue): \(what); at most \(bound) without being asked "
            + "(\(shown)\(more))"
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
            let (count, workspaces) = Self.count(limit, in: plan)
            guard let bound = settings.bound(limit, of: plan), count > bound else { return nil }
            return LimitBreach(limit: limit, count: count, bound: bound, workspaces: workspaces)
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

    private static func count(_ limit: Limit, in plan: Plan) -> (Int, [WorkspaceID]) {
        let active = plan.workspaces.filter { $0.paused == nil }
        func sum(_ part: (WorkspacePlan) -> Int) -> (Int, [WorkspaceID]) {
            let hit = active.filter { part($0) > 0 }
            return (hit.reduce(0) { $0 + part($1) }, hit.map(\.id))
        }
        switch limit {
        case .removals: return sum(\.removals)
        case .lostSecrets: return sum(\.lostSecrets)
        case .changes:
            return sum { plan in plan.changes.contains { !$0.broughtByTime } ? 1 : 0 }
        case .emptySource:
            guard plan.emptySource else { return (0, []) }
            let leaving = plan.workspaces.filter { $0.leaves && $0.removals > 0 }.map(\.id)
            let all = (plan.unclaimed + leaving).sorted()
            return (all.count, all)
        }
    }
}
