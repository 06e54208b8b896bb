import BursarCore
import BursarEngine
import BursarSandbox

/// What happens, one thing after another, and what must be true in the end.
extension World {
    func live() async {
        if traits.adopts { plantHandMade() }
        writeManifests()
        plantStrangers()
        for _ in 0..<(25 + roll { $0.number(20) }) {
            await happen()
            if isBroken { return }
        }
        await settle()
    }

    private func happen() async {
        if traits.adopts, roll({ $0.chance(15) }) { return await takeOver() }
        switch roll({ $0.number(100) }) {
        case 0..<22: await pass()
        case 22..<37: callModels()
        case 37..<52: await orderlyRun()
        case 52..<66: await troubledRun()
        case 66..<74: await twoRuns()
        case 74..<79: await stalledRun()
        case 79..<88: editManifest()
        case 88..<93: tamper()
        case 93..<96: await command()
        case 96..<98: await killSwitch()
        case 98: plantKeyInTeam()
        default: await leave()
        }
    }

    /// Minutes to days. In a world of months many of them, with a run after each, as a cron job makes.
    private func pass() async {
        let (minutes, times) = roll { dice in
            dice.chance(50)
                ? (dice.number(90), 1) : (dice.number(3 * 24 * 60), 1 + dice.number(pace))
        }
        for time in 1...times {
            advance(milliseconds: Int64(minutes) * 60_000)
            note("\(minutes) minutes pass")
            if time < times { await orderlyRun(RunOptions(allowLost: roll { $0.chance(50) })) }
            if isBroken { return }
        }
    }

    /// Without trouble everything planned is done, and everything is whole again.
    private func orderlyRun(_ options: RunOptions = RunOptions()) async {
        calm()
        if await run(options) { forgive() }
    }

    private func calm() {
        sandbox.inject(.none)
        with { $0.storeFaults = 0 }
    }

    private func forgive() {
        with { state in
            // A lineage that waits for its limit is not whole yet, and one that nobody asks for will
            // not be.
            let whole = state.excused.filter { lineage in
                state.store[lineage] != nil
                    && state.desired[lineage.workspace]?.keys.contains {
                        $0.secret == lineage.secret
                    } == true
            }
            state.excused.subtract(whole)
            state.excusedTeams = state.excusedTeams.filter { state.desired[$0] == nil }
        }
    }

    private func troubledRun() async {
        var options = RunOptions()
        if roll({ $0.chance(60) }) {
            options.deathAt = roll { $0.number(45) }
            options.death = roll { $0.chance(50) } ? .before : .after
        }
        if roll({ $0.chance(60) }) { sandbox.inject(faults()) }
        if roll({ $0.chance(30) }) { with { $0.storeFaults = 30 } }
        if roll({ $0.chance(20) }) {
            options.skew = Span(seconds: roll { Int64($0.number(440)) - 220 })
        }
        note("trouble: \(options)")
        await run(options)
        calm()
    }

    private func faults() -> FaultPlan {
        let count = roll { 1 + $0.number(3) }
        let rules = (0..<count).map { _ in
            let fault: FaultPlan.Fault = roll { dice in
                dice.pick([
                    .latency(milliseconds: 5000), .latency(milliseconds: 40_000),
                    .status(429, retryAfter: 7), .status(503, retryAfter: nil),
                    .status(500, retryAfter: nil), .status(400, retryAfter: nil),
                    .status(403, retryAfter: nil), .reset, .truncated, .lostAnswer, .html,
                    .wrongJSON,
                ])
            }
            return FaultPlan.Rule(
                .index(roll { $0.number(50) }), fault, times: roll { 1 + $0.number(6) })
        }
        return FaultPlan(
            rules
                + (roll { $0.chance(20) }
                    ? [
                        .init(
                            .matching(
                                method: "POST",
                                pathPrefix: roll { $0.chance(70) } ? "/key" : "/team"),
                            pick([.lostAnswer, .status(400, retryAfter: nil)]),
                            times: roll { 1 + $0.number(8) })
                    ] : []))
    }

    /// Two bursars beside each other; either may die.
    private func twoRuns() async {
        var first = RunOptions()
        var second = RunOptions(name: "B")
        if roll({ $0.chance(40) }) { first.deathAt = roll { $0.number(45) } }
        if roll({ $0.chance(20) }) { second.deathAt = roll { $0.number(45) } }
        let (a, b) = (first, second)
        with { $0.isAlone = false }
        async let one = run(a)
        async let two = run(b)
        _ = await (one, two)
        with { $0.isAlone = true }
    }

    /// A plan that is applied late, while another bursar did its work.
    private func stalledRun() async {
        let stalled = bursar(RunOptions(name: "B"))
        guard let plan = await plan(stalled) else { return }
        note("B: stalls")
        // Of one that it is yet to suspend it could not know that it came back.
        let left = pruned
        if !left.isEmpty, roll({ $0.chance(60) }) {
            returnManifest(of: left)
            await run(RunOptions())
        }
        with { $0.isAlone = false }
        defer { with { $0.isAlone = true } }
        for _ in 0..<(1 + roll { $0.number(3) }) {
            switch roll({ $0.number(4) }) {
            case 0: advance(milliseconds: Int64(roll { $0.number(25) }) * 60_000)
            case 1: await command()
            case 2: await killSwitch()
            default: await run(RunOptions())
            }
        }
        await apply(plan, stalled)
    }

    /// A manifest names what was made by hand, and the run that is to take it over has no easy day.
    private func takeOver() async {
        nameOneMore()
        switch roll({ $0.number(4) }) {
        case 0: await orderlyRun()
        case 1: await twoRuns()
        case 2: await stalledRun()
        default: await troubledRun()
        }
    }

    /// A workspace leaves, and its keys are about to end when a bursar stalls.
    private func leave() async {
        guard let pruneAfter, removeManifest(of: pick(workspaces).id) else { return }
        await orderlyRun()
        advance(milliseconds: (pruneAfter.seconds + 60) * 1000)
        await stalledRun()
    }

    private var lineages: [Lineage] {
        workspaces.flatMap { workspace in
            workspace.keys.map { Lineage(workspace: workspace.id, secret: $0.secret) }
        }
    }

    /// `bursar rotate`.
    private func command() async {
        guard !lineages.isEmpty else { return }
        let lineage = pick(lineages)
        guard workspaces.first(where: { $0.id == lineage.workspace })?.suspended == false else {
            return
        }
        let overlap = pick([nil, Span.hours(1), Span(seconds: 0)])
        note("command: rotate \(lineage), overlap \(overlap.map(\.description) ?? "the rule's")")
        await run(
            RunOptions(
                name: "R",
                command: RotationCommand([lineage], before: now, overlap: overlap),
                only: lineage.workspace))
    }

    /// `bursar revoke`.
    private func killSwitch() async {
        let ours = sandbox.rows.keys.values.filter { $0.mark?.owner == Self.owner.name }
            .sorted { $0.hash < $1.hash }
        guard !ours.isEmpty else { return }
        let key = pick(ours)
        guard let mark = key.mark, let alias = key.alias.flatMap(LineageAlias.init) else { return }
        let lineage = Lineage(workspace: alias.lineage.workspace, secret: mark.secret)
        excuse(lineage)
        note("command: revoke \(lineage) generation \(mark.generation)")
        let bursar = bursar(RunOptions(name: "K"))
        do throws(IssuerError) {
            let planned = try await bursar.reconciler.planRevocation(
                of: lineage.workspace, secret: mark.secret, mark.generation)
            if case .success(let plan) = planned { await apply(plan, bursar) }
        } catch {
            note("K: \(error)")
        }
    }
}

extension World {
    /// I4: from here on nothing goes wrong; desired state must be reached, and then nothing written.
    fileprivate func settle() async {
        calm()
        if traits.adopts { correctManifests() }
        note("from here on nothing goes wrong")
        var rest: [String] = []
        for _ in 0..<10 {
            let bursar = bursar(RunOptions(allowLost: true))
            guard let plan = await plan(bursar) else { return fail("I4: no plan can be made") }
            let before = snapshot()
            await apply(plan, bursar)
            forgive()
            if isBroken { return }
            if plan.isEmpty { return checkSettled(since: before) }
            if plan.workspaces.contains(where: { !$0.errors.isEmpty && isUnprovable($0.id, before) }
            ) {
                return note("a team with nothing left that says whose it is: people must decide")
            }
            rest =
                plan.changes.map { "\($0.action) \($0.address): \($0.reason)" }
                + plan.workspaces.flatMap(\.errors)
            advance(milliseconds: 120_000)
        }
        fail("I4: not converged: \(rest.joined(separator: "; "))")
    }

    /// People erased the team's mark, the mark of each of its keys, and lost the secrets.
    private func isUnprovable(_ id: WorkspaceID, _ snapshot: Snapshot) -> Bool {
        snapshot.rows.teams[id.text]?.metadata["bursar"] == nil
            && !snapshot.rows.keys.values.contains { $0.team == id.text && $0.mark != nil }
            && !snapshot.store.contains { lineage, value in
                lineage.workspace == id && snapshot.rows.keys[value.hash]?.team == id.text
            }
    }

    private func checkSettled(since before: Snapshot) {
        let after = snapshot()
        if before.rows.keys != after.rows.keys || before.rows.teams != after.rows.teams
            || before.store != after.store
        {
            fail("I4: a run with an empty plan wrote something")
        }
        checkReached(after)
        checkPruned(after)
    }

    private func checkReached(_ snapshot: Snapshot) {
        for workspace in workspaces {
            guard let team = snapshot.rows.teams[workspace.id.text] else {
                fail("I4: \(workspace.id) has no team")
                continue
            }
            if team.blocked != workspace.suspended { fail("I4: \(workspace.id) is not as asked") }
            if case .capped(let limit, _) = workspace.budget, team.cap != limit.money {
                fail("I4: the cap of \(workspace.id) is not the manifest's")
            }
            if case .only(let models) = workspace.models, Set(team.models) != models {
                fail("I4: the models of \(workspace.id) are not the manifest's")
            }
            for key in workspace.keys where !workspace.suspended {
                let lineage = Lineage(workspace: workspace.id, secret: key.secret)
                checkPublished(lineage, snapshot)
                checkAge(of: key, lineage, snapshot)
            }
        }
    }

    private func checkPublished(_ lineage: Lineage, _ snapshot: Snapshot) {
        guard let key = adoptedKey(of: lineage, snapshot) ?? storedKey(of: lineage, snapshot) else {
            return fail("I4: \(lineage) is not published")
        }
        let isTaken = snapshot.rows.keys.values.contains {
            $0.hash != key.hash && $0.alias == lineage.plainAlias
        }
        let mayExpire = key.mark?.adopted == true
        if key.blocked || (key.expires != nil && !mayExpire)
            || (!isTaken && key.alias != lineage.plainAlias)
        {
            fail("I4: the published key of \(lineage) is not whole")
        }
        let others = snapshot.rows.keys.values.filter {
            $0.hash != key.hash && $0.alias.flatMap(LineageAlias.init)?.lineage == lineage
                && $0.team == lineage.workspace.text && $0.mark?.owner != Self.oldOwner
        }
        if others.contains(where: { $0.expires == nil && !$0.blocked }) {
            fail("I2: an unpublished key of \(lineage) has no end")
        }
    }
}
