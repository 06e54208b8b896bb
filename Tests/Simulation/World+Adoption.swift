import BursarCore
import BursarSandbox

/// A key that was there before bursar.
struct HandMade: Sendable {
    let hash: KeyHash
    let value: SecretValue
    let alias: String?

    var isNamedBy: KeyReference { alias.map { .alias($0) } ?? .hash(hash) }
}

/// Teams and keys that somebody made before bursar came, and the manifests that take them over.
extension World {
    /// A bursar that was at work here before.
    static let oldOwner = "old"
    /// What the store says of a value that people put there.
    static let byHand = "by hand"

    func plantHandMade() {
        for id in Self.ids where roll({ $0.chance(70) }) {
            let isOld = roll { $0.chance(40) }
            plantTeam(id.text, isOld: isOld)
            for _ in 0..<roll({ $0.number(4) }) { plantHandMadeKey(id.text, isOld: isOld) }
        }
        plantTeam("legacy", isOld: true)
        plantHandMadeKey("legacy", isOld: true)
        plantHandMadeKey(nil, isOld: false)
    }

    private func plantTeam(_ id: String, isOld: Bool) {
        var body: [String: JSONValue] = [
            "team_id": .string(id), "team_alias": .string(pick([id, "Team \(id)"])),
            "models": .array(
                pick([["gf-chat-default"], ["gf-chat-default", "gf-chat-pro"]]).map {
                    .string($0)
                }),
        ]
        var metadata: [String: JSONValue] = ["cost": .string("42")]
        if isOld {
            metadata["bursar"] =
                TeamMark(
                    owner: Self.oldOwner, source: "77",
                    generations: Self.secrets.first.map { [$0: Self.oldGeneration] } ?? [:],
                    applied: [:]
                ).json
        }
        body["metadata"] = .object(metadata)
        if roll({ $0.chance(50) }) {
            body["max_budget"] = .number(5)
            body["budget_duration"] = .string(pick(["10d", "1d"]))
        }
        if roll({ $0.chance(10) }) { body["blocked"] = .bool(true) }
        guard admin("POST", "/team/new", .object(body)).status == 200 else { return }
        with { $0.foreign.teams = $0.foreign.teams.union([id]) }
        note("by hand: a team \(id)\(isOld ? " of the old bursar" : "")")
    }

    private static let oldGeneration = Generation(4) ?? .first

    private func plantHandMadeKey(_ team: String?, isOld: Bool) {
        let count = with { $0.handMade.count }
        let value = SecretValue("sk-hand-\(count)-\(roll { $0.next() })")
        var body = roll { dice in Self.handMadeBody(team, &dice) }
        var alias = pick([nil, "app-\(count)"])
        var metadata: [String: JSONValue] = [
            "of": .string("an app"), "spend_logs_metadata": .object(["cc": .string("7")]),
        ]
        if isOld, let team, let secret = Self.secrets.first {
            let isRetired = roll { $0.chance(25) }
            alias = "\(team)/\(secret)\(isRetired ? "@g3" : "")"
            metadata["bursar"] =
                KeyMark(
                    owner: Self.oldOwner, secret: secret,
                    generation: Self.oldGeneration, mintedAt: now - .days(3),
                    retiredAt: isRetired ? now - .hours(1) : nil, applied: [:]
                ).json
        }
        body["key"] = value.withExposed { .string($0) }
        body["key_alias"] = alias.map { .string($0) }
        body["team_id"] = team.map { .string($0) }
        body["metadata"] = .object(metadata)
        guard admin("POST", "/key/generate", .object(body)).status == 200 else { return }
        let key = HandMade(hash: KeyHash(of: value), value: value, alias: alias)
        with { state in
            state.foreign.keys.insert(key.hash)
            state.handMade.append(key)
            state.values[key.hash] = value
        }
        note("by hand: a key \(key.hash.fingerprint), \(alias ?? "no alias"), \(team ?? "no team")")
        // A manifest may name its alias already.
        for workspace in workspaces { permit(workspace) }
    }

    private static func handMadeBody(
        _ team: String?, _ dice: inout Dice
    ) -> [String: JSONValue] {
        let models = dice.pick(
            [["gf-chat-default"], []] + (team == nil ? [["gf-chat-pro"]] : [["all-team-models"]]))
        var body: [String: JSONValue] = ["models": .array(models.map { .string($0) })]
        if dice.chance(30) { body["max_budget"] = .number(2) }
        if dice.chance(20) { body["duration"] = .string(dice.pick(["60d", "5d"])) }
        if dice.chance(20) { body["rpm_limit"] = .number(50) }
        if team == nil, dice.chance(30) { body["user_id"] = .string("alice") }
        return body
    }
}

// MARK: - Manifests

extension World {
    /// One more key by hand, which the manifest of a workspace names for a secret that has none yet.
    func nameOneMore() {
        let id = pick(Self.ids)
        guard var workspace = with({ $0.desired[id] }) else { return writeManifest(id) }
        let team = roll { dice in dice.pick([nil, id.text, "legacy"]) }
        plantHandMadeKey(team, isOld: team == "legacy")
        let free = (Self.secrets + Self.more).filter { secret in
            isFresh(Lineage(workspace: id, secret: secret))
        }
        guard let secret = free.first else { return }
        if !workspace.keys.contains(where: { $0.secret == secret }) {
            workspace.keys.append(DesiredKey(secret: secret, rotation: roll { rotation(&$0) }))
        }
        nameHandMade(in: &workspace)
        commit(workspace)
    }

    private static let more = ["LEGACY_KEY", "SECOND_KEY", "THIRD_KEY"].compactMap {
        SecretName($0)
    }

    /// Bursar has not begun to keep it.
    private func isFresh(_ lineage: Lineage) -> Bool {
        let team = sandbox.rows.teams[lineage.workspace.text]
        let isOurs = team?.mark?.owner == Self.owner.name
        return !isOurs || team?.mark?.generations[lineage.secret] == nil
    }

    private func isOurs(_ id: WorkspaceID, _ rows: Sandbox.Rows) -> Bool {
        rows.teams[id.text]?.mark?.owner == Self.owner.name
    }

    /// What a manifest says of what is there; people get it wrong now and then.
    func nameHandMade(in workspace: inout DesiredWorkspace) {
        let rows = sandbox.rows
        let taken = with { Set($0.byHand.values.map(\.hash)) }
        var free = with { $0.handMade }.filter { key in
            guard let row = rows.keys[key.hash], !taken.contains(key.hash) else { return false }
            return row.mark?.owner != Self.owner.name && !row.blocked
        }
        var keys = workspace.adoption?.keys ?? [:]
        for key in workspace.keys
        where keys[key.secret] == nil
            && isFresh(Lineage(workspace: workspace.id, secret: key.secret))
        {
            let home = free.filter { rows.keys[$0.hash]?.team == workspace.id.text }
            guard !free.isEmpty, roll({ $0.chance(75) }) else { continue }
            let named = pick(home.isEmpty ? free : home)
            free.removeAll { $0.hash == named.hash }
            keys[key.secret] = roll { $0.chance(30) } ? .hash(named.hash) : named.isNamedBy
        }
        workspace.adoption = adoption(workspace.id, keys, rows)
        if roll({ $0.chance(25) }) { mistake(&workspace) }
        permit(workspace)
    }

    private func adoption(
        _ id: WorkspaceID, _ keys: [SecretName: KeyReference], _ rows: Sandbox.Rows
    ) -> Adoption? {
        let takesTeam = rows.teams[id.text] != nil && !isOurs(id, rows)
        guard takesTeam || !keys.isEmpty else { return nil }
        let rowsOf = keys.values.compactMap { row($0, rows) }
        let owners =
            [takesTeam ? rows.teams[id.text]?.mark?.owner : nil]
            + rowsOf.map { $0.mark?.owner }
            + rowsOf.map { $0.team.flatMap { rows.teams[$0]?.mark?.owner } }
        return Adoption(
            team: takesTeam, keys: keys,
            from: owners.contains(Self.oldOwner) ? Self.oldOwner : nil)
    }

    private func row(_ reference: KeyReference, _ rows: Sandbox.Rows) -> Sandbox.Key? {
        named(reference, rows).first
    }

    /// LiteLLM lets two keys have one alias.
    private func named(_ reference: KeyReference, _ rows: Sandbox.Rows) -> [Sandbox.Key] {
        switch reference {
        case .hash(let hash): [rows.keys[hash]].compactMap(\.self)
        case .alias(let alias):
            rows.keys.values.filter { $0.alias == alias }.sorted { $0.hash < $1.hash }
        }
    }

    private func mistake(_ workspace: inout DesiredWorkspace) {
        let others = with { $0.desired }.values.filter { $0.id != workspace.id }
            .compactMap { $0.adoption?.keys.values.map(\.description).min() }.sorted()
        switch roll({ $0.number(5) }) {
        case 0: workspace.adoption = nil
        case 1: workspace.adoption?.from = nil
        case 2: workspace.adoption?.from = "older"
        case 3: workspace.adoption?.team.toggle()
        default:
            guard let secret = workspace.adoption?.keys.keys.min() else { return }
            workspace.adoption?.keys[secret] = KeyReference(others.first ?? "nowhere")
        }
    }

    /// What this manifest names, and may, is nobody's secret any more.
    private func permit(_ workspace: DesiredWorkspace) {
        guard let adoption = workspace.adoption else {
            return note("git: \(workspace.id) adopts nothing")
        }
        note("git: \(workspace.id) adopts \(adoption)")
        let rows = sandbox.rows
        func may(_ owner: String?) -> Bool {
            owner == nil || owner == Self.owner.name || owner == adoption.from
        }
        let team = workspace.id.text
        if adoption.team, may(rows.teams[team]?.mark?.owner) {
            with { $0.foreign.teams = $0.foreign.teams.subtracting([team]) }
        }
        for (secret, reference) in adoption.keys.sorted(by: { $0.key < $1.key }) {
            let lineage = Lineage(workspace: workspace.id, secret: secret)
            let found = named(reference, rows).filter { row in
                may(row.mark?.owner) && !row.blocked && row.mark?.owner != Self.owner.name
                    && may(row.team.flatMap { rows.teams[$0]?.mark?.owner })
            }.map(\.hash)
            guard let first = found.first else { continue }
            let value = StoredValue(hash: first, description: Self.byHand)
            let isStored = roll { $0.chance(30) }
            with { state in
                state.foreign.keys.subtract(found)
                state.byHand[lineage] = value
                if isStored, state.store[lineage] == nil { state.store[lineage] = value }
            }
        }
    }

    /// An edit mends it, leaves it, or takes it out where it has done its work.
    func editAdoption(of workspace: inout DesiredWorkspace) {
        switch roll({ $0.number(3) }) {
        case 0: correct(&workspace)
        case 1 where isOurs(workspace.id, sandbox.rows):
            workspace.adoption = nil
        default: return
        }
    }

    /// What people do once they read what the plan says.
    func correctManifests() {
        for var workspace in workspaces {
            correct(&workspace)
            commit(workspace)
            renameLookalikes(in: workspace)
            clearStore(of: workspace)
        }
    }

    private func correct(_ workspace: inout DesiredWorkspace) {
        let rows = sandbox.rows
        let others = with { $0.desired }.values.filter { $0.id != workspace.id }
            .flatMap { $0.adoption?.keys.values.compactMap { row($0, rows)?.hash } ?? [] }
        let id = workspace.id
        let wanted = Set(workspace.keys.map(\.secret))
        let keys = (workspace.adoption?.keys ?? [:]).filter { secret, reference in
            guard wanted.contains(secret), let row = row(reference, rows),
                !others.contains(row.hash), !row.blocked,
                row.expires.map({ $0 > now + .hours(2) }) ?? true
            else { return false }
            let lineage = Lineage(workspace: id, secret: secret)
            let isHome = row.alias.flatMap(LineageAlias.init)?.lineage == lineage
            return row.mark?.owner != Self.owner.name || isHome
        }
        // By hash: aliases may be those of several, or change.
        var once: [SecretName: KeyReference] = [:]
        for (secret, reference) in keys.sorted(by: { $0.key < $1.key }) {
            guard let hash = row(reference, rows)?.hash, !once.values.contains(.hash(hash)) else {
                continue
            }
            once[secret] = .hash(hash)
        }
        workspace.adoption = adoption(id, once, rows)
        permit(workspace)
    }

    /// Where a plan says that they would be taken for bursar's own.
    private func renameLookalikes(in workspace: DesiredWorkspace) {
        let rows = sandbox.rows
        let id = workspace.id
        var claims: [String: KeyHash] = [:]
        for (secret, reference) in workspace.adoption?.keys ?? [:] {
            claims[Lineage(workspace: id, secret: secret).plainAlias] = row(reference, rows)?.hash
        }
        for key in rows.keys.values.sorted(by: { $0.hash < $1.hash })
        where key.alias.flatMap(LineageAlias.init)?.lineage.workspace == id
            && key.mark?.owner != Self.owner.name
        {
            let claimant = key.alias.flatMap { claims[$0] }
            let isNamed = claims.values.contains(key.hash)
            guard claimant.map({ $0 != key.hash }) ?? (key.mark == nil && !isNamed) else {
                continue
            }
            let alias = "was-\(key.hash.fingerprint)"
            _ = admin(
                "POST", "/key/update",
                .object(["key": .string(key.hash.hex), "key_alias": .string(alias)]))
            note("by hand: \(key.alias ?? "") is renamed to \(alias)")
        }
    }

    /// A value that is not bursar's, under a name that bursar is to fill.
    private func clearStore(of workspace: DesiredWorkspace) {
        let snapshot = snapshot()
        for key in workspace.keys {
            let lineage = Lineage(workspace: workspace.id, secret: key.secret)
            let named = workspace.adoption?.keys[key.secret].flatMap { row($0, snapshot.rows) }
            // Where a key of ours is left, none is taken over.
            let hasOurs = snapshot.rows.keys.values.contains {
                $0.mark?.owner == Self.owner.name
                    && $0.alias.flatMap(LineageAlias.init)?.lineage == lineage
            }
            guard named == nil || hasOurs, adoptedKey(of: lineage, snapshot) == nil else {
                continue
            }
            with { state in
                guard state.store[lineage]?.description == Self.byHand else { return }
                state.store[lineage] = nil
                state.excused.insert(lineage)
            }
        }
    }
}
