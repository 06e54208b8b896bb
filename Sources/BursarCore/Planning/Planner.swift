/// Compares what is wanted with what is there. Pure: the same arguments, the same plan.
package func plan(
    desired: DesiredState, observed: ObservedState, policy: PlanPolicy, now: Instant
) -> Plan {
    let index = Index(observed, desired, owner: policy.owner)
    let planners = planners(desired, observed, index, policy, now)
    let due = onEveryCore(planners.indices) { part in
        planners[part].filter { !policy.leftOut.contains($0.desired.id) && !$0.isHeld }
            .flatMap(\.dueRotations)
    }
    let deferred = deferred(among: due.flatMap(\.self), pace: policy.rotations)
    let pruned = pruned(desired, observed, index, policy, now)
    let planned =
        onEveryCore(planners.indices) { part in
            planners[part].map { $0.plan(deferring: deferred) }
        }.flatMap(\.self) + pruned
    let named = Set(planned.map(\.id))
    let unclaimed = desired.isWhole ? index.owned.filter { !named.contains($0) }.sorted() : []
    let errors = index.conflict(with: policy.owner, desired).map { [$0] } ?? []
    let open = policy.command == nil ? openAccess(desired, observed, planned, now) : []
    var plan = Plan(
        owner: policy.owner,
        workspaces: planned.sorted { $0.id < $1.id },
        unclaimed: unclaimed,
        owned: index.owned.count,
        emptySource: desired.isWhole && desired.workspaces.isEmpty,
        warnings: notPruned(desired, unclaimed, index, policy) + OpenAccess.warning(of: open),
        errors: errors
    )
    plan.prunes = policy.pruning != nil
    plan.suspendedByPrune = Set(
        unclaimed.filter { index.teams[$0]?.mark?.pruneSince != nil })
    plan.isCommanded = policy.command != nil
    plan.open = open
    // Whose is what cannot be told, so nothing is touched.
    return errors.isEmpty ? plan : plan.leavingOut { _ in true }
}

/// Of the workspaces of ours that left the source, where that is asked for.
private func pruned(
    _ desired: DesiredState, _ observed: ObservedState, _ index: Index, _ policy: PlanPolicy,
    _ now: Instant
) -> [WorkspacePlan] {
    guard let pruning = policy.pruning, policy.command == nil else { return [] }
    return pruning.teams(notIn: desired, observed.issuer, owner: policy.owner).compactMap { team in
        guard let mark = team.mark else { return nil }
        let planner = planner(
            of: DesiredWorkspace(nothingOf: team), observed, index, [:], policy, now)
        return PrunePlanner(team, mark, pruning, planner).plan()
    } + orphans(desired, index, pruning, policy.owner)
}

/// Who else could call what workspaces bring along; only asked where one does.
private func openAccess(
    _ desired: DesiredState, _ observed: ObservedState, _ planned: [WorkspacePlan], _ now: Instant
) -> [OpenAccess] {
    let names = desired.workspaces.flatMap { $0.broughtModels.map(\.name) }
    guard !names.isEmpty else { return [] }
    // What is paused, invalid or no longer in the source stays as it is.
    let written = planned.filter { $0.paused == nil && $0.errors.isEmpty && !$0.leaves }.map(\.id)
    return OpenAccess.all(to: names, observed.issuer, written: Set(written), now: now)
}

/// Rows of ours whose workspace is neither in the source nor at the proxy: nobody calls them, and they
/// hold a provider's key.
private func orphans(
    _ desired: DesiredState, _ index: Index, _ pruning: Pruning, _ owner: Owner
) -> [WorkspacePlan] {
    guard desired.isWhole, owner.source != nil, pruning.only == nil else { return [] }
    let named = Set(desired.workspaces.map(\.id))
    return index.brought.filter { index.teams[$0.key] == nil && !named.contains($0.key) }
        .compactMap { id, rows in
            // A copy by hand bears another name, or an id that is not the name's.
            let ours = rows.filter { row in
                row.id == BroughtModel.id(of: row.name)
                    && row.name.hasPrefix(BroughtModel.prefix(id))
                    && row.mark?.owner == owner.name && row.mark?.workspace == id.text
            }
            guard !ours.isEmpty else { return nil }
            var plan = WorkspacePlan(id: id, name: id.text)
            plan.leaves = true
            plan.removals = 1
            plan.steps = ours.sorted { $0.name < $1.name }.map {
                BroughtModelSteps.removal(of: $0, id, .prune, "its workspace is gone")
            }
            return plan
        }
}

/// Why workspaces that left the source stay although they are to be pruned.
private func notPruned(
    _ desired: DesiredState, _ unclaimed: [WorkspaceID], _ index: Index, _ policy: PlanPolicy
) -> [String] {
    guard let pruning = policy.pruning, pruning.only == nil else { return [] }
    guard desired.isWhole else {
        return ["nothing is pruned: only a part of the source was asked for, or a file is invalid"]
    }
    guard policy.owner.source != nil else {
        return [
            "nothing is pruned: bursar.yaml has no spec.source.id, so that another source of the same "
                + "name could be pruned by mistake"
        ]
    }
    func list(_ why: String, _ ids: [WorkspaceID]) -> String? {
        ids.isEmpty ? nil : "\(why): \(ids.prefix(10).map(\.text).joined(separator: ", "))"
    }
    let lost = unclaimed.filter { index.teams[$0]?.mark == nil }
    let unnamed = unclaimed.filter { id in
        index.teams[id]?.mark.map { $0.source == nil && !$0.pruneNever } ?? false
    }
    return [
        list(
            "not pruned, since bursar's mark is lost, which may have said prune: false; "
                + "put the manifest back for one apply", lost),
        list(
            "not pruned, since the mark names no source; put the manifest back for one apply",
            unnamed),
    ].compactMap(\.self)
}

/// One for each workspace, for what is asked of its lineages without a plan.
func planners(
    desired: DesiredState, observed: ObservedState, policy: PlanPolicy, now: Instant
) -> [WorkspacePlanner] {
    planners(desired, observed, Index(observed, desired, owner: policy.owner), policy, now)
}

private func planners(
    _ desired: DesiredState, _ observed: ObservedState, _ index: Index, _ policy: PlanPolicy,
    _ now: Instant
) -> [WorkspacePlanner] {
    let named = NamedKeys(desired, observed.issuer)
    return onEveryCore(desired.workspaces.indices) { part in
        desired.workspaces[part].map {
            planner(of: $0, observed, index, named.of($0), policy, now)
        }
    }.flatMap(\.self)
}

private func planner(
    of workspace: DesiredWorkspace, _ observed: ObservedState, _ index: Index,
    _ named: [SecretName: [NamedKey]], _ policy: PlanPolicy, _ now: Instant
) -> WorkspacePlanner {
    WorkspacePlanner(
        desired: workspace,
        team: index.teams[workspace.id],
        keys: index.keys[workspace.id] ?? [],
        secrets: observed.secrets[workspace.id] ?? [],
        unreadable: observed.unreadable[workspace.id],
        proxyModels: observed.issuer.models, proxyPatterns: index.proxyPatterns,
        modelGroups: observed.issuer.modelGroups,
        brought: index.brought[workspace.id] ?? [], broughtNames: index.broughtNames,
        derivable: observed.derivable,
        outside: index.outside[workspace.id] ?? [],
        named: named,
        sources: observed.sources[workspace.id] ?? [:], endsReplaced: index.endsReplaced,
        listsAliases: observed.issuer.listsAliases,
        policy: policy, now: now
    )
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
    /// By the mark's workspace, and by the name's.
    var brought: [WorkspaceID: [ObservedModel]] = [:]
    /// See `WorkspacePlanner.proxyPatterns`.
    let proxyPatterns: [String]
    /// What workspaces brought along or will, sorted.
    var broughtNames: [String] = []
    /// What the last mint of the Control Plane found out, of those that could find out anything.
    var endsReplaced = false

    init(_ observed: ObservedState, _ desired: DesiredState, owner: Owner) {
        proxyPatterns = observed.issuer.models.filter(WorkspacePlanner.isPattern).sorted()
        teams.reserveCapacity(observed.issuer.teams.count)
        keys.reserveCapacity(observed.issuer.teams.count)
        for team in observed.issuer.teams { teams[team.id] = team }
        var found: KeyMark?
        for key in observed.issuer.keys {
            if let mark = key.mark, mark.tells(of: owner.name),
                found.map({ $0.mintedAt < mark.mintedAt }) ?? true
            {
                found = mark
            }
            let home = key.team.flatMap(WorkspaceID.init)
            if let home { keys[home, default: []].append(key) }
            guard let named = key.alias.flatMap(LineageAlias.init)?.lineage.workspace, named != home
            else { continue }
            outside[named, default: []].append(key)
            // A key of ours that was moved out of its team is found by its alias.
            if key.mark?.owner == owner.name { keys[named, default: []].append(key) }
        }
        let names = observed.issuer.brought.filter(\.isBrought).map(\.name)
        broughtNames = Set(names).union(
            desired.workspaces.flatMap { $0.broughtModels.map(\.name) }
        ).sorted()
        for row in observed.issuer.brought {
            let marked = row.mark.flatMap { WorkspaceID($0.workspace) }
            for id in Set([marked, BroughtModel.workspace(of: row.name)].compactMap(\.self)) {
                brought[id, default: []].append(row)
            }
        }
        endsReplaced = found?.controlPlane == .ends
        owned = teams.values.compactMap { team in
            let ownership = TeamOwnership(
                of: team, keys: keys[team.id] ?? [], secrets: observed.secrets[team.id] ?? [],
                owner: owner)
            return ownership == .ours || ownership == .lostMark ? team.id : nil
        }
    }

    /// Two sources under one owner's name: each would take the other's workspaces for its own. What is
    /// taken over from the other one is none.
    func conflict(with owner: Owner, _ desired: DesiredState) -> String? {
        guard let ours = owner.source else { return nil }
        let theirs = teams.values.filter { team in
            guard let mark = team.mark, mark.owner == owner.name else { return false }
            return mark.source.map { $0 != ours && desired.adopting[team.id] != owner.name }
                ?? false
        }.sorted { $0.id < $1.id }
        guard let source = theirs.first?.mark?.source else { return nil }
        let more = theirs.count > 3 ? " and \(theirs.count - 3) more" : ""
        let ids = theirs.prefix(3).map(\.id.text).joined(separator: ", ") + more
        return
            "two sources have the owner \(owner.name): this one (\(ours)) and \(source), which made "
            + "\(ids). Nothing is done: give one of them another metadata.name in its bursar.yaml, or "
            + "this one its old spec.source.id back; if the other one is gone, take its teams over with "
            + "spec.adopt: {team: true, from: \(owner.name)}"
    }
}

extension KeyMark {
    /// Whether the Control Plane ends keys when it mints the next.
    fileprivate func tells(of owner: String) -> Bool {
        self.owner == owner && via == nil && controlPlane != nil && controlPlane != .unknown
    }
}
