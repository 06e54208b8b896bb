/// What a body makes of each number below a count, in their order.
package typealias Each = (Int, @Sendable (Int) -> WorkspacePlan) -> [WorkspacePlan]

/// Compares what is wanted with what is there. Pure: the same arguments, the same plan.
///
/// - Parameter each: may do several at once: workspaces say nothing about each other.
package func plan(
    desired: DesiredState, observed: ObservedState, policy: PlanPolicy, now: Instant,
    each: Each = { (0..<$0).map($1) }
) -> Plan {
    let index = Index(observed, owner: policy.owner)
    let planners = planners(desired, observed, index, policy, now)
    let running = planners.filter { !policy.leftOut.contains($0.desired.id) && !$0.isHeld }
    let deferred = deferred(among: running.flatMap(\.dueRotations), pace: policy.rotations)
    let planned = each(planners.count) { planners[$0].plan(deferring: deferred) }
    let wanted = Set(desired.workspaces.map(\.id))
    return Plan(
        owner: policy.owner,
        workspaces: planned.sorted { $0.id < $1.id },
        unclaimed: desired.isWhole ? index.owned.filter { !wanted.contains($0) }.sorted() : [],
        owned: index.owned.count,
        emptySource: desired.isWhole && desired.workspaces.isEmpty,
        warnings: []
    )
}

/// One for each workspace, for what is asked of its lineages without a plan.
func planners(
    desired: DesiredState, observed: ObservedState, policy: PlanPolicy, now: Instant
) -> [WorkspacePlanner] {
    planners(desired, observed, Index(observed, owner: policy.owner), policy, now)
}

private func planners(
    _ desired: DesiredState, _ observed: ObservedState, _ index: Index, _ policy: PlanPolicy,
    _ now: Instant
) -> [WorkspacePlanner] {
    let named = NamedKeys(desired, observed.issuer)
    return desired.workspaces.map { workspace in
        WorkspacePlanner(
            desired: workspace,
            team: index.teams[workspace.id],
            keys: index.keys[workspace.id] ?? [],
            secrets: observed.secrets[workspace.id] ?? [],
            unreadable: observed.unreadable[workspace.id],
            proxyModels: observed.issuer.models,
            derivable: observed.derivable,
            outside: index.outside[workspace.id] ?? [],
            named: named.of(workspace),
            policy: policy,
            now: now
        )
    }
}

/// All but the first `pace`: keys that must die soon first, then the oldest. A resume that meets a
/// leaked key is never deferred, since the key would work again.
private func deferred(
    among due: [(lineage: Lineage, due: DueRotation)], pace: Int
) -> Set<Lineage> {
    guard due.count > pace else { return [] }
    func rank(_ due: DueRotation) -> Int { due.overlapBy == .rule ? 1 : 0 }
    let sorted = due.sorted {
        (rank($0.due), $0.due.since, $0.lineage) < (rank($1.due), $1.due.since, $1.lineage)
    }
    return Set(sorted.dropFirst(pace).map(\.lineage))
}

/// The observed state by workspace.
private struct Index {
    var teams: [WorkspaceID: ObservedTeam] = [:]
    var keys: [WorkspaceID: [ObservedKey]] = [:]
    var owned: [WorkspaceID] = []
    /// See `WorkspacePlan.outside`.
    var outside: [WorkspaceID: [ObservedKey]] = [:]

    init(_ observed: ObservedState, owner: Owner) {
        for team in observed.issuer.teams { teams[team.id] = team }
        for key in observed.issuer.keys {
            // A key of ours that was moved out of its team is found by its alias.
            let home = key.team.flatMap(WorkspaceID.init)
            let named =
                key.mark?.owner == owner.name
                ? key.alias.flatMap(LineageAlias.init)?.lineage.workspace : nil
            if let alias = key.alias.flatMap(LineageAlias.init), alias.lineage.workspace != home {
                outside[alias.lineage.workspace, default: []].append(key)
            }
            for id in Set([home, named].compactMap(\.self)) { keys[id, default: []].append(key) }
        }
        owned = teams.values.compactMap { team in
            let ownership = TeamOwnership(
                of: team, keys: keys[team.id] ?? [], secrets: observed.secrets[team.id] ?? [],
                owner: owner)
            return ownership == .ours || ownership == .lostMark ? team.id : nil
        }
    }
}
