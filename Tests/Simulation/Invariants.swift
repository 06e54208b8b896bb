import BursarCore
import BursarSandbox

/// The tables of LiteLLM and of the store at one instant.
struct Snapshot: Sendable {
    let rows: Sandbox.Rows
    let store: [Lineage: StoredValue]
    let now: Instant
}

/// What must hold after every write of a bursar, whatever went wrong before.
struct Invariants {
    let owner: String
    let desired: [WorkspaceID: DesiredWorkspace]
    let foreign: Foreign
    /// Lineages somebody tampered with, or revoked, since they were last whole.
    let excused: Set<Lineage>
    let excusedTeams: Set<WorkspaceID>
    /// Every run has had the same keyring.
    let oneKeyring: Bool
    let keyCacheTTL: Span
    /// No second bursar is at work. Where one is, it may retire a key between the re-read and the
    /// publish of the other; then the key must live long enough for the next run.
    let isAlone: Bool
    /// `nil`: nobody prunes.
    let pruneAfter: Span?

    /// - Returns: what is broken, one sentence each; empty where nothing is.
    func broken(_ before: Snapshot, _ after: Snapshot) -> [String] {
        foreignMoved(before, after) + published(before, after) + keys(before, after)
            + generations(after) + budgets(before, after) + prunes(before, after)
            + adoptions(before, after)
    }

    /// I5.
    private func foreignMoved(_ before: Snapshot, _ after: Snapshot) -> [String] {
        foreign.keys.filter { before.rows.keys[$0] != after.rows.keys[$0] }.sorted().map {
            "I5: the foreign key \($0.fingerprint) was changed"
        }
            + foreign.teams.filter { before.rows.teams[$0] != after.rows.teams[$0] }.sorted().map {
                "I5: the foreign team \($0) was changed"
            }
            + foreign.secrets.filter { before.store[$0] != after.store[$0] }.sorted().map {
                "I5: the foreign secret \($0) was changed"
            }
    }

    /// I1: what the store names works, and has no end.
    private func published(_ before: Snapshot, _ after: Snapshot) -> [String] {
        after.store.keys.filter { !excused.contains($0) && !foreign.secrets.contains($0) }.sorted()
            .compactMap { lineage in
                let wanted = desired[lineage.workspace]?.keys.contains {
                    $0.secret == lineage.secret
                }
                guard wanted == true, let value = after.store[lineage] else { return nil }
                let team = before.rows.teams[lineage.workspace.text]
                // A resume that meets a leaked key blocks it while nothing works anyway.
                guard team?.blocked != true else { return nil }
                // What people put there is nobody's business until its key is taken over.
                let mark = before.rows.keys[value.hash]?.mark
                guard
                    value.description != World.byHand
                        || (mark?.owner == owner && mark?.secret == lineage.secret)
                else { return nil }
                let isNew = before.store[lineage] != value
                guard isNew || wasWhole(value, lineage, before) else { return nil }
                return whatEnds(value, lineage, after).map {
                    "I1: the published key of \(lineage) \($0)"
                }
            }
            + before.store.keys.filter { after.store[$0] == nil && !excused.contains($0) }.sorted()
            .compactMap { lineage in
                // It came back, no run has resumed it yet, and a late one prunes on.
                let team = before.rows.teams[lineage.workspace.text]
                if team?.blocked == true, team?.mark?.pruneSince != nil { return nil }
                return desired[lineage.workspace]?.keys.contains { $0.secret == lineage.secret }
                    == true
                    ? "I1: the secret of \(lineage) was removed" : nil
            }
    }

    private func wasWhole(
        _ value: StoredValue, _ lineage: Lineage, _ snapshot: Snapshot
    ) -> Bool {
        whatEnds(value, lineage, snapshot) == nil
    }

    private func whatEnds(
        _ value: StoredValue, _ lineage: Lineage, _ snapshot: Snapshot
    ) -> String? {
        guard let key = snapshot.rows.keys[value.hash] else { return "does not exist" }
        if key.blocked { return "is blocked" }
        if let mark = key.mark, let retiredAt = mark.retiredAt {
            let end = retiredAt + (mark.overlap ?? Span(seconds: 0))
            if isAlone || end < snapshot.now + Span(seconds: 1800) { return "is retired" }
        }
        if key.team != lineage.workspace.text { return "stands outside its team" }
        if let expires = key.expires, expires <= snapshot.now { return "has expired" }
        return nil
    }

    /// Old keys end when they were told to, and go only when nobody serves them any more.
    private func keys(_ before: Snapshot, _ after: Snapshot) -> [String] {
        var broken: [String] = []
        for (hash, key) in before.rows.keys where !foreign.keys.contains(hash) {
            guard let later = after.rows.keys[hash] else {
                let settled = (key.settingsUpdatedAt ?? before.now) + keyCacheTTL
                if !key.blocked || settled > before.now {
                    broken.append(
                        "revoke: \(hash.fingerprint) was deleted while a proxy may still serve it")
                }
                continue
            }
            if let first = key.mark?.retiredAt, let second = later.mark?.retiredAt, first < second {
                broken.append("revoke: the end of \(hash.fingerprint) was put off")
            }
            if key.mark?.owner == owner, key.mark?.retiredAt != nil, later.mark?.retiredAt == nil {
                broken.append("revoke: the end of \(hash.fingerprint) was forgotten")
            }
            if key.mark?.retiredAt != nil, key.blocked, !later.blocked {
                broken.append("revoke: the retired key \(hash.fingerprint) was unblocked")
            }
        }
        for (hash, key) in after.rows.keys where before.rows.keys[hash] == nil {
            guard let alias = key.alias.flatMap(LineageAlias.init) else { continue }
            if key.team != alias.lineage.workspace.text {
                broken.append("I3: \(hash.fingerprint) was minted outside its team")
            } else if key.team.flatMap({ after.rows.teams[$0] }) == nil {
                broken.append("I3: \(hash.fingerprint) was minted into a team that is not there")
            }
        }
        return broken.sorted()
    }

    /// I2 with a keyring.
    private func generations(_ after: Snapshot) -> [String] {
        guard oneKeyring else { return [] }
        var seen: [String: KeyHash] = [:]
        var broken: [String] = []
        for key in after.rows.keys.values.sorted(by: { $0.hash < $1.hash })
        where !foreign.keys.contains(key.hash) {
            // Named by its alias: people move keys between teams.
            guard let mark = key.mark, mark.owner == owner,
                let alias = key.alias.flatMap(LineageAlias.init)
            else { continue }
            let name = "\(alias.lineage) generation \(mark.generation)"
            if seen.updateValue(key.hash, forKey: name) != nil {
                broken.append("I2: there are two keys of \(name)")
            }
        }
        return broken
    }

    /// I3: only a new period of the manifest, or the calendar, starts the spending anew.
    private func budgets(_ before: Snapshot, _ after: Snapshot) -> [String] {
        before.rows.teams.values.sorted { $0.id < $1.id }.compactMap { team in
            guard let later = after.rows.teams[team.id], let id = WorkspaceID(team.id),
                !excusedTeams.contains(id), team.period == later.period
            else { return nil }
            if let reset = team.budgetResetAt {
                guard reset > after.now else { return nil }
                if later.budgetResetAt != reset {
                    return "I3: the budget period of \(team.id) was started anew"
                }
            }
            return later.spend < team.spend ? "I3: what \(team.id) spent was forgotten" : nil
        }
    }
}

/// What belongs to somebody else.
struct Foreign: Sendable {
    var keys: Set<KeyHash> = []
    var teams: Set<String> = []
    var secrets: Set<Lineage> = []
}

extension Sandbox.Key {
    var mark: KeyMark? { KeyMark(json: metadata["bursar"]) }
}
