import BursarCore
import BursarEngine
import BursarLiteLLM
import BursarSandbox

/// What one run of a bursar is up against.
struct RunOptions: Sendable {
    var name = "A"
    var deathAt: Int?
    var death = Process.Death.before
    var skew = Span(seconds: 0)
    var command: RotationCommand?
    var allowLost = false
    var only: WorkspaceID?
}

extension World {
    /// A run with a process of its own; its plan may be made long before it is applied.
    struct Bursar: Sendable {
        let process: Process
        let reconciler: Reconciler
        let executor: Executor
        let desired: DesiredState
        let limits: LimitSettings
        let texts: Texts
    }

    func bursar(_ options: RunOptions) -> Bursar {
        let process = Process(options.name, deathAt: options.deathAt, options.death)
        let time = WorldTime(world: self, skew: options.skew)
        let keyring = keyringOfRun()
        let transport = WatchedTransport(
            inner: ModelTransport(sandbox, timekeeper: RealTime(world: self)), world: self,
            process: process)
        var issuer: any Issuer = LiteLLMIssuer(
            transport: transport, url: "http://proxy", masterKey: Self.master, time: time)
        var store: any SecretStore = WatchedStore(world: self, process: process)
        if let mutation {
            let belief = Belief()
            issuer = MutatedIssuer(inner: issuer, mutation: mutation, belief: belief)
            store = MutatedStore(inner: store, mutation: mutation, belief: belief)
        }
        let policy = PlanPolicy(
            owner: Self.owner, keyCacheTTL: Self.keyCacheTTL, keyring: keyring?.current.name,
            rotations: 3, command: options.command,
            pruning: options.only == nil ? pruneAfter.map { Pruning(after: $0) } : nil)
        let mutation = mutation
        let planner: Reconciler.Planner = { desired, observed, policy, now in
            let plan =
                mutation?.plan(desired, observed, policy, now)
                ?? BursarCore.plan(
                    desired: desired, observed: observed, policy: policy, now: now)
            self.checkWindows(plan, desired, now)
            return plan
        }
        let texts = Texts()
        let executor = Executor(
            issuer: issuer, store: store, time: time, owner: Self.owner.name, concurrency: 2,
            values: KeyValues(keyring: keyring, draw: draw)
        ) { texts.add("\($0)") }
        return Bursar(
            process: process,
            reconciler: Reconciler(
                issuer: issuer, store: store, time: time, policy: policy, keyring: keyring,
                planner: planner),
            executor: executor, desired: wanted(options.only),
            limits: LimitSettings(removals: 99, lostSecrets: options.allowLost ? 99 : 0),
            texts: texts)
    }

    /// Somebody forgets to give it to a run, or takes it away.
    private func keyringOfRun() -> Keyring? {
        if keyrings.isEmpty || traits.mixesKeyrings && roll({ $0.chance(40) }) { return nil }
        return pick(keyrings)
    }

    private func wanted(_ only: WorkspaceID?) -> DesiredState {
        with { state in
            DesiredState(
                workspaces: state.desired.values.filter { only == nil || $0.id == only },
                isWhole: only == nil)
        }
    }

    private func draw() -> SecretValue {
        let words = roll { dice in (0..<4).map { _ in String(dice.next(), radix: 36) } }
        return SecretValue("sk-" + words.joined())
    }

    /// - Returns: `nil` where the plan could not be made.
    func plan(_ bursar: Bursar) async -> Plan? {
        do throws(IssuerError) {
            let plan = try await bursar.reconciler.plan(bursar.desired)
            bursar.texts.add(PlanText(plan, color: false).text)
            // Dear, and made of the same values.
            if roll({ $0.chance(10) }) { bursar.texts.add(PlanJSON.text(plan, breaches: [])) }
            note("\(bursar.process.name): plan \(PlanText(plan, color: false).summary)")
            return plan
        } catch {
            bursar.texts.add("\(error)")
            note("\(bursar.process.name): no plan: \(error)")
            return nil
        }
    }

    /// - Returns: whether everything that was planned was done.
    @discardableResult
    func apply(_ plan: Plan, _ bursar: Bursar) async -> Bool {
        let report = await bursar.reconciler.apply(
            plan, of: bursar.desired, limits: bursar.limits, with: bursar.executor)
        for (id, outcome) in report.outcomes.sorted(by: { $0.key < $1.key }) {
            bursar.texts.add("\(outcome)")
            note("\(bursar.process.name): \(id) \(outcome)")
        }
        for breach in report.breaches { note("\(bursar.process.name): \(breach)") }
        if bursar.process.isDead { note("\(bursar.process.name): killed") }
        checkSecrecy(bursar.texts)
        return report.succeeded && !bursar.process.isDead
    }

    @discardableResult
    func run(_ options: RunOptions) async -> Bool {
        let bursar = bursar(options)
        guard let plan = await plan(bursar) else {
            checkSecrecy(bursar.texts)
            return false
        }
        return await apply(plan, bursar)
    }

    /// I6.
    private func checkSecrecy(_ texts: Texts) {
        let all = texts.all
        let known = with { $0.values.values.map { $0 } }
        let leaked = known.contains { value in
            value.withExposed { secret in all.contains { $0.contains(secret) } }
        }
        if leaked || all.contains(where: { $0.replacing("sk-•••", with: "").contains("sk-") }) {
            fail("I6: a secret value stands in an output")
        }
    }
}

/// The world's own clock, for LiteLLM.
struct RealTime: Timekeeper {
    let world: World

    func now() -> Instant { world.now }
    func sleep(milliseconds: Int64) async throws(CancellationError) {
        world.advance(milliseconds: max(0, milliseconds))
    }
    func random() -> UInt64 { 0 }
}
