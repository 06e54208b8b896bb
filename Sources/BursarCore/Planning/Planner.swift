/// Compares what is wanted with what is there. Pure: the same arguments, the same plan.
package func plan(
    desired: DesiredState, observed: ObservedState, policy: PlanPolicy, now: Instant
) -> Plan {
    let index = Index(observed, owner: policy.owner)
    let planned = desired.workspaces.map { workspace in
        WorkspacePlanner(
            desired: workspace,
            team: index.teams[workspace.id],
            keys: index.keys[workspace.id] ?? [],
            secrets: observed.secrets[workspace.id] ?? [],
            unreadable: observed.unreadable[workspace.id],
            proxyModels: observed.issuer.models,
            policy: policy,
            now: now
        ).plan()
    }
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

/// The observed state by workspace.
private struct Index {
    var teams: [WorkspaceID: ObservedTeam] = [:]
    var keys: [WorkspaceID: [ObservedKey]] = [:]
    var owned: [WorkspaceID] = []

    init(_ observed: ObservedState, owner: Owner) {
        for team in observed.issuer.teams { teams[team.id] = team }
        for key in observed.issuer.keys {
            // A key of ours that was moved out of its team is found by its alias.
            let home = key.team.flatMap(WorkspaceID.init)
            let named =
                key.mark?.owner == owner.name
                ? key.alias.flatMap(LineageAlias.init)?.lineage.workspace : nil
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
