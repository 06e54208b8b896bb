import BursarCore
import BursarSandbox

/// Apps that call, strangers who have keys of their own, and people who edit things by hand.
extension World {
    func plantStrangers() {
        _ = admin(
            "POST", "/team/new",
            .object([
                "team_id": .string("stranger"), "team_alias": .string("stranger"),
                "models": .array([.string("gf-chat-pro")]),
            ]))
        plantKey(["team_id": .string("stranger")])
        plantKey([:])
        with { state in
            state.foreign.teams.insert("stranger")
            let id = state.desired.keys.min()
            if let id, let name = SecretName("OPENAI_API_KEY") {
                let lineage = Lineage(workspace: id, secret: name)
                state.foreign.secrets.insert(lineage)
                state.store[lineage] = StoredValue(
                    hash: KeyHash(of: SecretValue("not bursar's")), description: "by hand")
            }
        }
    }

    /// A key of somebody else's in a team of ours.
    func plantKeyInTeam() {
        guard let id = workspaces.first?.id, sandbox.rows.teams[id.text] != nil else { return }
        plantKey(["team_id": .string(id.text), "key_alias": .string("guest-\(now.milliseconds)")])
    }

    private func plantKey(_ fields: [String: JSONValue]) {
        let value = SecretValue("sk-stranger-\(roll { $0.next() })")
        var body = fields
        body["key"] = value.withExposed { .string($0) }
        body["metadata"] = .object(["of": .string("somebody else")])
        guard admin("POST", "/key/generate", .object(body)).status == 200 else { return }
        let hash = KeyHash(of: value)
        with { $0.foreign.keys = $0.foreign.keys.union([hash]) }
        note("by hand: a key of somebody else's, \(hash.fingerprint)")
    }

    /// Every app calls once; it reads the secret again only when it held it for some time.
    func callModels() {
        let lineages = workspaces.flatMap { workspace in
            workspace.keys.map { Lineage(workspace: workspace.id, secret: $0.secret) }
        }
        for lineage in lineages { call(lineage) }
    }

    private func call(_ lineage: Lineage) {
        let patience = roll { Span(seconds: Int64($0.number(86_400))) }
        let held: StoredValue? = with { state in
            guard let stored = state.store[lineage] ?? state.byHand[lineage] else { return nil }
            if let held = state.held[lineage],
                state.now.seconds(since: held.since)
                    < patience.seconds
            {
                return held.value
            }
            state.held[lineage] = (stored, state.now)
            return stored
        }
        guard let held, let value = with({ $0.values[held.hash] }) else { return }
        let model = "gf-chat-default"
        let rows = sandbox.rows
        // What was made by hand may not be in its team yet.
        let isHome = rows.keys[held.hash]?.team == lineage.workspace.text
        let before = isHome ? rows.teams[lineage.workspace.text] : nil
        let answer = ask(
            "POST", "/v1/chat/completions", value,
            .object([
                "model": .string(model),
                "messages": .array([
                    .object(["role": .string("user"), "content": .string("hi")])
                ]),
            ]))
        judge(answer, held, lineage)
        // At its reset the period begins anew.
        let resets = before?.budgetResetAt.map { $0 <= now } ?? false
        if answer.status == 200, !resets, let cap = before?.cap, let spend = before?.spend,
            spend > cap
        {
            fail("I3: \(lineage) was served beyond the cap of its workspace")
        }
    }

    /// A request that was refused although the key it was made with should work.
    private func judge(_ answer: SandboxResponse, _ held: StoredValue, _ lineage: Lineage) {
        guard answer.status == 401 else { return }
        let reason = String(decoding: answer.body.prefix(200), as: UTF8.self)
        let rows = sandbox.rows
        let key = rows.keys[held.hash]
        let blocked = rows.teams[lineage.workspace.text]?.blocked == true
        let excused = with { $0.excused.contains(lineage) }
        guard !blocked, !excused, !with({ $0.blockedByHand.contains(held.hash) }) else { return }
        if let mark = key?.mark, let retiredAt = mark.retiredAt, let overlap = mark.overlap {
            // The mark says until when; LiteLLM's clock and bursar's are two.
            guard now + PlanPolicy.expiryTolerance < retiredAt + overlap else { return }
            fail("I1: \(lineage) was refused within its overlap: \(reason)")
        } else if held.description != Self.byHand, with({ $0.store[lineage] == held }) {
            fail("I1: \(lineage) was refused with the published key: \(reason)")
        } else if let key, shouldWork(key, for: lineage) {
            fail("I1: \(lineage) was refused with the key that was taken over: \(reason)")
        }
    }

    /// Somebody edits LiteLLM or the store by hand.
    func tamper() {
        let rows = sandbox.rows
        let ours = rows.keys.values.filter { $0.mark?.owner == Self.owner.name }
            .sorted { $0.hash < $1.hash }
        guard !ours.isEmpty else { return }
        let key = pick(ours)
        guard let lineage = key.alias.flatMap(LineageAlias.init)?.lineage else { return }
        let target = JSONValue.string(key.hash.hex)
        switch roll({ $0.number(9) }) {
        case 0:
            with { $0.blockedByHand = $0.blockedByHand.union([key.hash]) }
            write("blocks", lineage, "/key/update", ["key": target, "blocked": .bool(true)])
        case 1: write("ends", lineage, "/key/update", ["key": target, "duration": .string("2h")])
        case 2:
            write(
                "erases the mark of", lineage, "/key/update",
                ["key": target, "metadata": .object(["note": .string("mine")])])
        case 3:
            write("caps", lineage, "/key/update", ["key": target, "max_budget": .number(1)])
        case 4: eraseTeamMark(lineage)
        case 5:
            write(
                "raises the budget of the team of", lineage, "/team/update",
                [
                    "team_id": .string(lineage.workspace.text), "max_budget": .number(9),
                    "metadata": .object(rows.teams[lineage.workspace.text]?.metadata ?? [:]),
                ])
        case 6: write("deletes", lineage, "/key/delete", ["keys": .array([target])])
        case 7: loseSecret(lineage)
        default:
            write(
                "moves", lineage, "/key/update",
                ["key": target, "team_id": .string("stranger")])
        }
    }

    private func write(
        _ what: String, _ lineage: Lineage, _ path: String, _ body: [String: JSONValue]
    ) {
        let status = admin("POST", path, .object(body)).status
        excuse(lineage)
        note("by hand: somebody \(what) \(lineage) → \(status)")
    }

    private func eraseTeamMark(_ lineage: Lineage) {
        write(
            "erases the mark of the team of", lineage, "/team/update",
            [
                "team_id": .string(lineage.workspace.text),
                "metadata": .object(["note": .string("mine")]),
            ])
    }

    private func loseSecret(_ lineage: Lineage) {
        excuse(lineage)
        with { $0.store[lineage] = nil }
        note("by hand: the store loses \(lineage)")
    }

    func excuse(_ lineage: Lineage) {
        with { state in
            state.excused.insert(lineage)
            state.excusedTeams.insert(lineage.workspace)
        }
    }
}
