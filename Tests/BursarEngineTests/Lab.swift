import BursarCore
import BursarEngine
import BursarLiteLLM
import BursarSandbox
import BursarStores
import Foundation
import Synchronization
import Testing

/// A clock that moves only when somebody waits.
final class ManualClock: Timekeeper {
    private let state = Mutex((now: Instant(milliseconds: 1_795_514_400_000), random: UInt64(1)))

    func now() -> Instant { state.withLock { $0.now } }

    func sleep(milliseconds: Int64) async throws(CancellationError) { advance(milliseconds) }

    func advance(_ milliseconds: Int64) {
        state.withLock {
            $0.now = Instant(milliseconds: $0.now.milliseconds + max(0, milliseconds))
        }
    }

    func random() -> UInt64 {
        state.withLock {
            $0.random = $0.random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return $0.random
        }
    }
}

/// What was asked of the stand-in and what was reported, across threads.
final class Record<Item: Sendable>: Sendable {
    private let items = Mutex<[Item]>([])

    func add(_ item: Item) { items.withLock { $0.append(item) } }
    func clear() { items.withLock { $0 = [] } }
    var all: [Item] { items.withLock { $0 } }
}

/// Three workspaces with four keys, the real adapter over the stand-in's model in process, and the
/// real directory store.
final class Lab: Sendable {
    let clock = ManualClock()
    let requests = Record<Sandbox.Access>()
    let events = Record<Event>()
    let values = Record<SecretValue>()
    let sandbox: Sandbox
    let directory: URL
    let desired: DesiredState
    let owner = Owner(name: "lab", source: "lab-source")

    init(options: LiteLLMModel.Options = .init()) throws {
        let requests = self.requests
        sandbox = Sandbox(LiteLLMModel(options: options)) { requests.add($0) }
        directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "bursar-lab-\(UUID().uuidString)")
        desired = DesiredState(
            workspaces: [
                try Self.workspace("ads", ["LITELLM_API_KEY"]),
                try Self.workspace("code", ["LITELLM_API_KEY"]),
                try Self.workspace("search", ["INDEXER_API_KEY", "LITELLM_API_KEY"]),
            ], isWhole: true)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    private static func workspace(_ id: String, _ keys: [String]) throws -> DesiredWorkspace {
        DesiredWorkspace(
            id: try #require(WorkspaceID(id)), name: id,
            budget: .capped(limit: try #require(MicroUSD(micros: 5_000_000)), period: .days(30)),
            models: .only(["gf-chat-default"]),
            limits: Limits(requestsPerMinute: .value(600), parallelRequests: .value(10)),
            keys: try keys.map { DesiredKey(secret: try #require(SecretName($0))) })
    }

    var issuer: LiteLLMIssuer {
        LiteLLMIssuer(
            transport: ModelTransport(sandbox, timekeeper: clock), url: "http://127.0.0.1:4000",
            masterKey: SecretValue("sk-master-1234"), time: clock)
    }

    var store: DirectorySecretStore { DirectorySecretStore(path: directory.path) }

    func reconciler(issuer: (any Issuer)? = nil, store: (any SecretStore)? = nil) -> Reconciler {
        Reconciler(
            issuer: issuer ?? self.issuer, store: store ?? self.store, time: clock,
            policy: PlanPolicy(owner: owner, keyCacheTTL: Span(seconds: 60)))
    }

    func executor(
        issuer: (any Issuer)? = nil, store: (any SecretStore)? = nil, stop: StopFlag = StopFlag(),
        audit: AuditFile? = nil
    ) -> Executor {
        let values = self.values
        let events = self.events
        return Executor(
            issuer: issuer ?? self.issuer, store: store ?? self.store, time: clock,
            owner: owner.name, concurrency: 1,
            values: KeyValues {
                let value = KeyValues.random.draw()
                values.add(value)
                return value
            }, stop: stop, audit: audit
        ) { events.add($0) }
    }

    func plan() async throws -> Plan { try await reconciler().plan(desired) }

    @discardableResult
    func apply(
        issuer: (any Issuer)? = nil, store: (any SecretStore)? = nil,
        limits: LimitSettings = .init(),
        stop: StopFlag = StopFlag(), audit: AuditFile? = nil
    ) async throws -> RunReport {
        let reconciler = reconciler(issuer: issuer, store: store)
        return await reconciler.apply(
            try await reconciler.plan(desired), of: desired, limits: limits,
            with: executor(issuer: issuer, store: store, stop: stop, audit: audit))
    }

    /// An answer of the stand-in past its faults and its log.
    func admin(_ method: String, _ target: String, _ body: String = "") -> SandboxResponse {
        sandbox.ask(
            SandboxRequest(
                method: method, target: target, bearer: SecretValue("sk-master-1234"),
                body: Array(body.utf8)), now: clock.now())
    }

    /// Desired state is reached, the published keys live, and nothing else is without an end.
    func expectConverged(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let plan = try await plan()
        #expect(
            plan.isEmpty, "\(PlanText(plan, color: false).text)", sourceLocation: sourceLocation)
        for workspace in desired.workspaces {
            let keys = try await issuer.lineageKeys(of: workspace.id)
            var published: Set<KeyHash> = []
            for wanted in workspace.keys {
                let file = directory.appendingPathComponent(workspace.id.text)
                    .appendingPathComponent(wanted.secret.text)
                let value = SecretValue(try String(contentsOf: file, encoding: .utf8))
                published.insert(KeyHash(of: value))
            }
            let live = keys.filter { published.contains($0.hash) }
            #expect(live.count == workspace.keys.count, sourceLocation: sourceLocation)
            #expect(
                live.allSatisfy { !$0.blocked && $0.expires == nil }, sourceLocation: sourceLocation
            )
            #expect(
                keys.allSatisfy { published.contains($0.hash) || $0.expires != nil },
                sourceLocation: sourceLocation)
        }
    }
}

typealias SourceLocation = Testing.SourceLocation
