import BursarCore
import BursarSandbox

/// What must hold of workspaces that leave the source, after every write of a bursar.
extension Invariants {
    func prunes(_ before: Snapshot, _ after: Snapshot) -> [String] {
        suspensions(before, after) + ends(before, after) + tombstones(before, after)
    }

    private func isFar(_ id: WorkspaceID) -> Bool {
        desired[id] == nil && !excusedTeams.contains(id)
    }

    /// Two clocks may differ by that.
    private static let tolerance = Span(seconds: 300)

    /// Whether the keys of a workspace that left may end now.
    private func isOver(_ team: Sandbox.Team?, _ now: Instant) -> Bool {
        guard let pruneAfter, let since = team?.mark?.pruneSince else { return false }
        return since + pruneAfter <= now + Self.tolerance
    }

    private func suspensions(_ before: Snapshot, _ after: Snapshot) -> [String] {
        before.rows.teams.values.sorted { $0.id < $1.id }.compactMap { team in
            guard let id = WorkspaceID(team.id), let later = after.rows.teams[team.id],
                !team.blocked, later.blocked
            else { return nil }
            if desired[id]?.suspended == false { return "prune: \(id) is named, and was suspended" }
            guard isFar(id) else { return nil }
            if pruneAfter == nil { return "prune: nobody asked for it, and \(id) was suspended" }
            return team.mark?.pruneNever == true
                ? "prune: \(id) said never, and was suspended" : nil
        }
    }

    /// The keys and secrets of what left end when the time is over, and not before.
    private func ends(_ before: Snapshot, _ after: Snapshot) -> [String] {
        let keys = before.rows.keys.values.sorted { $0.hash < $1.hash }.compactMap {
            key -> String? in
            guard let mark = key.mark, mark.owner == owner,
                let lineage = key.alias.flatMap(LineageAlias.init)?.lineage,
                isFar(lineage.workspace), !excused.contains(lineage),
                !isOver(before.rows.teams[lineage.workspace.text], before.now)
            else { return nil }
            let later = after.rows.keys[key.hash]
            let ended = (later?.blocked ?? true) && !key.blocked
            let retired = later?.mark?.retiredAt != mark.retiredAt
            return ended || later == nil || retired
                ? "prune: the key \(key.hash.fingerprint) of \(lineage) ended too early" : nil
        }
        let secrets = before.store.keys.filter { after.store[$0] == nil }.sorted().compactMap {
            lineage -> String? in
            guard isFar(lineage.workspace), !excused.contains(lineage),
                !isOver(before.rows.teams[lineage.workspace.text], before.now)
            else { return nil }
            return "prune: the secret of \(lineage) was removed too early"
        }
        return keys + secrets
    }

    /// I3: a team goes only when nothing is known of it that a new one would not know.
    private func tombstones(_ before: Snapshot, _ after: Snapshot) -> [String] {
        before.rows.teams.values.sorted { $0.id < $1.id }.compactMap { team in
            guard after.rows.teams[team.id] == nil, let id = WorkspaceID(team.id) else {
                return nil
            }
            if desired[id] != nil { return "prune: the team of \(id) is named, and was deleted" }
            if before.rows.keys.values.contains(where: { $0.team == team.id }) {
                return "prune: keys went with the team \(id)"
            }
            if team.spend != .zero { return "I3: what \(id) spent went with its team" }
            guard isOver(team, before.now), let since = team.mark?.pruneSince,
                let period = team.period.flatMap(BudgetPeriod.init),
                since + .hours(Int64(period.hours)) <= before.now + Self.tolerance
            else { return "prune: the team of \(id) was deleted too early" }
            return nil
        }
    }
}

extension World {
    /// What left and is to be pruned has come as far as its time says.
    func checkPruned(_ snapshot: Snapshot) {
        guard let pruneAfter else { return }
        for team in snapshot.rows.teams.values.sorted(by: { $0.id < $1.id }) {
            guard let id = WorkspaceID(team.id), let mark = team.mark,
                mark.owner == Self.owner.name,
                mark.source == Self.owner.source, !mark.pruneNever,
                with({ $0.desired[id] == nil })
            else { continue }
            guard team.blocked, let since = mark.pruneSince else {
                fail("I4: \(id) left the source and is not suspended")
                continue
            }
            guard since + pruneAfter < snapshot.now - .hours(1) else { continue }
            let alive = snapshot.rows.keys.values.filter {
                $0.mark?.owner == Self.owner.name && !$0.blocked
                    && $0.alias.flatMap(LineageAlias.init)?.lineage.workspace == id
            }
            if !alive.isEmpty { fail("I4: keys of \(id) outlived it") }
            let secrets = snapshot.store.filter {
                $0.key.workspace == id && $0.value.description.contains("owner=\(Self.owner.name) ")
            }
            if !secrets.isEmpty { fail("I4: secrets of \(id) outlived it") }
        }
    }
}

extension Sandbox.Team {
    var mark: TeamMark? { TeamMark(json: metadata["bursar"]) }
}
