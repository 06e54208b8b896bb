import BursarCore
import BursarEngine
import BursarLiteLLM
import BursarSandbox
import Foundation
import Synchronization

/// A value in the store, and what its description says.
struct StoredValue: Hashable, Sendable {
    let hash: KeyHash
    let description: String
}

/// What some worlds have and others have not. Drawn apart from everything else, so that what a seed
/// of a plain world brings does not hang on it.
struct Traits: Sendable {
    /// Teams and keys were there before bursar, and manifests take them over.
    let adopts: Bool
    /// Rotations may have a window.
    let windows: Bool
    /// Some of the runs have no keyring.
    let mixesKeyrings: Bool

    init(seed: UInt64) {
        var dice = Dice(seed ^ 0xA5A5_5A5A_0F0F_F0F0)
        adopts = dice.chance(25)
        windows = dice.chance(25)
        mixesKeyrings = dice.chance(15)
    }
}

/// One seed's world: a LiteLLM, a store, manifests, apps, people and bursars. Everything random in
/// it comes from the seed.
final class World: Sendable {
    struct State: Sendable {
        var now = Instant(milliseconds: 1_795_514_400_000)
        var dice: Dice
        var desired: [WorkspaceID: DesiredWorkspace] = [:]
        var store: [Lineage: StoredValue] = [:]
        var values: [KeyHash: SecretValue] = [:]
        var foreign = Foreign()
        var excused: Set<Lineage> = []
        var excusedTeams: Set<WorkspaceID> = []
        /// What each app holds, and since when.
        var held: [Lineage: (value: StoredValue, since: Instant)] = [:]
        var isAlone = true
        var blockedByHand: Set<KeyHash> = []
        /// Keys that were there before bursar, some of them another bursar's.
        var handMade: [HandMade] = []
        /// What the app of a lineage was given by hand, where a manifest names that key.
        var byHand: [Lineage: StoredValue] = [:]
        /// In percent, of the writes to the store.
        var storeFaults = 0
        var history: [String] = []
        var broken: [String] = []
    }

    enum StoreFault: Sendable { case before, after }

    static let owner = Owner(name: "sim", source: "5f0e")
    static let keyCacheTTL = Span(seconds: 60)
    static let master = SecretValue("sk-master-1234")

    let sandbox: Sandbox
    /// Oldest first; the newest of them is in use from some point on. Empty: no keyring.
    let keyrings: [Keyring]
    /// LiteLLM takes no keys from outside.
    let drawsKeys: Bool
    /// How much longer all takes than in a world of weeks.
    let pace: Int
    /// `nil`: nobody prunes.
    let pruneAfter: Span?
    let traits: Traits
    let mutation: Mutation?
    let records: Bool
    private let state: Mutex<State>

    init(seed: UInt64, mutation: Mutation? = nil, records: Bool = false) {
        var dice = Dice(seed)
        traits = Traits(seed: seed)
        self.mutation = mutation
        self.records = records
        var options = LiteLLMModel.Options(masterKey: Self.master)
        if dice.chance(25) { options.defaultKey.duration = "45d" }
        if dice.chance(15) { options.defaultKey.maxBudget = Money(picos: 1_000_000_000_000) }
        if dice.chance(15) { options.defaultTeam.requestsPerMinute = 50 }
        drawsKeys = dice.chance(10)
        options.forbidsBroughtKeys = drawsKeys
        options.mintsRace = dice.chance(30)
        pace = dice.chance(15) ? 12 : 1
        pruneAfter =
            dice.chance(50)
            ? dice.pick([Span(seconds: 0), .hours(1), .days(1), .days(3)]) : nil
        sandbox = Sandbox(LiteLLMModel(options: options, seed: dice.next()))
        keyrings = dice.chance(60) ? Keyring.simulated(&dice) : []
        state = Mutex(State(dice: dice))
    }

    // What everybody in the world asks for.

    func with<Result>(_ body: (inout sending State) -> sending Result) -> sending Result {
        state.withLock(body)
    }

    var now: Instant { state.withLock { $0.now } }
    var isBroken: Bool { state.withLock { !$0.broken.isEmpty } }
    var outcome: (broken: [String], history: [String]) {
        state.withLock { ($0.broken, $0.history) }
    }

    func roll<Result: Sendable>(_ body: (inout Dice) -> Result) -> Result {
        state.withLock { body(&$0.dice) }
    }

    func pick<Item: Sendable>(_ items: [Item]) -> Item {
        let count = items.count
        return items[roll { $0.number(count) }]
    }

    func advance(milliseconds: Int64) {
        state.withLock { $0.now = Instant(milliseconds: $0.now.milliseconds + milliseconds) }
    }

    /// Lets whoever else runs go first, now and then.
    func pause() async {
        for _ in 0..<roll({ $0.number(3) }) { await Task.yield() }
    }

    func note(_ line: @autoclosure () -> String) {
        guard records else { return }
        let line = line()
        state.withLock { $0.history.append("\($0.now)  \(line)") }
    }

    func fail(_ sentence: String) {
        note("BROKEN \(sentence)")
        state.withLock { $0.broken.append(sentence) }
    }

    // The checks.

    func snapshot() -> Snapshot {
        let rows = sandbox.rows
        return state.withLock { Snapshot(rows: rows, store: $0.store, now: $0.now) }
    }

    func check(since before: Snapshot, _ what: @autoclosure () -> String) {
        let after = snapshot()
        note(what())
        let invariants = state.withLock { state in
            Invariants(
                owner: Self.owner.name, desired: state.desired, foreign: state.foreign,
                excused: state.excused, excusedTeams: state.excusedTeams,
                oneKeyring: keyrings.count == 1 && !drawsKeys && !traits.mixesKeyrings,
                keyCacheTTL: Self.keyCacheTTL,
                isAlone: state.isAlone, pruneAfter: pruneAfter)
        }
        for sentence in invariants.broken(before, after) { fail("\(sentence), by \(what())") }
    }

    // The store.

    func stored(_ workspace: WorkspaceID) -> [StoredSecret] {
        state.withLock { state in
            state.store.filter { $0.key.workspace == workspace }.sorted { $0.key < $1.key }.map {
                StoredSecret(name: $0.key.secret, description: $0.value.description)
            }
        }
    }

    func put(_ secret: SecretWrite) {
        let hash = KeyHash(of: secret.value)
        state.withLock { state in
            state.values[hash] = secret.value
            state.store[Lineage(workspace: secret.workspace, secret: secret.name)] = StoredValue(
                hash: hash, description: secret.description)
        }
    }

    func remove(_ name: SecretName, _ workspace: WorkspaceID) {
        state.withLock { $0.store[Lineage(workspace: workspace, secret: name)] = nil }
    }

    func storeFault() -> StoreFault? {
        state.withLock { state in
            guard state.dice.chance(state.storeFaults) else { return nil }
            return state.dice.chance(50) ? .before : .after
        }
    }

    // LiteLLM by hand.

    func admin(_ method: String, _ target: String, _ body: JSONValue? = nil) -> SandboxResponse {
        ask(method, target, Self.master, body)
    }

    func ask(
        _ method: String, _ target: String, _ bearer: SecretValue, _ body: JSONValue?
    ) -> SandboxResponse {
        sandbox.ask(
            SandboxRequest(
                method: method, target: target, bearer: bearer,
                body: body.flatMap { try? Array(JSONEncoder().encode($0)) } ?? []), now: now)
    }
}

extension Keyring {
    /// One entry, or two, of which the second comes later; as a list of keyrings over time.
    static func simulated(_ dice: inout Dice) -> [Keyring] {
        let count = dice.chance(70) ? 1 : 2
        var text = ""
        var keyrings: [Keyring] = []
        for index in 0..<count {
            let bytes = (0..<Keyring.byteCount).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
            let created = Instant(milliseconds: 1_795_000_000_000 + Int64(index) * 1000)
            let line = Keyring.line(name: "k\(index)", created: created, bytes)
            text += line.withExposed { $0 } + "\n"
            if let keyring = try? Keyring(SecretValue(text)) { keyrings.append(keyring) }
        }
        return keyrings
    }
}
