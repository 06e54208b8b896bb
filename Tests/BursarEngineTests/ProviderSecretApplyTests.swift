import BursarCore
import BursarEngine
import BursarStores
import Synchronization
import TestSupport
import Testing

/// What a run does with provider secrets: the real store on disk, sources that a test changes.
struct ProviderSecretApplyTests {
    /// Sources by what a manifest says of them; `nil`: it cannot be read.
    private final class Sources: ValueReader {
        private let state: Mutex<(values: [ValueSource: String?], reads: Int)>

        init(_ values: [ValueSource: String?]) { state = Mutex((values, 0)) }

        subscript(source: ValueSource) -> String? {
            get { state.withLock { $0.values[source] ?? nil } }
            set { state.withLock { $0.values[source] = .some(newValue) } }
        }

        var reads: Int { state.withLock { $0.reads } }

        func value(
            of source: ValueSource, for workspace: WorkspaceID
        ) async throws(ValueSourceError) -> SecretValue {
            let value = state.withLock { state in
                state.reads += 1
                return state.values[source] ?? nil
            }
            guard let value else { throw .unreadable("\(source) is not there") }
            return SecretValue(value)
        }
    }

    private static let source = ValueSource.env("OPENAI_SEARCH")
    private static let canary = "sk-provider-canary-5512"

    private let fleet: Fleet
    private let sources: Sources
    private var desired: DesiredState

    init() async throws {
        fleet = try await Fleet()
        sources = Sources([Self.source: Self.canary])
        let name = try #require(SecretName("OPENAI_API_KEY"))
        desired = DesiredState(
            workspaces: fleet.desired.workspaces.filter { $0.id.text == "search" }.map {
                var workspace = $0
                workspace.providerSecrets = [
                    DesiredProviderSecret(name: name, valueFrom: Self.source)
                ]
                return workspace
            }, isWhole: true)
    }

    private func reconciler(comparing: Bool = true) -> Reconciler {
        Reconciler(
            issuer: fleet.issuer, store: fleet.store, time: fleet.time,
            policy: PlanPolicy(owner: Fleet.owner, keyCacheTTL: Span(seconds: 60)),
            reader: comparing ? sources : nil)
    }

    /// - Returns: what was planned, and the report.
    @discardableResult
    private func run(of desired: DesiredState? = nil) async throws -> (Plan, RunReport) {
        let desired = desired ?? self.desired
        let plan = try await reconciler().plan(desired)
        let executor = Executor(
            issuer: fleet.issuer, store: fleet.store, time: fleet.time, owner: Fleet.owner.name,
            values: .random, reader: sources
        ) { [events = fleet.events] in events.add($0) }
        let report = await reconciler().apply(
            plan, of: desired, limits: LimitSettings(), with: executor)
        return (plan, report)
    }

    private var stored: String? { fleet.directory.text("secrets/search/OPENAI_API_KEY") }
    private var description: String? { fleet.directory.text("secrets/search/OPENAI_API_KEY.json") }

    @Test func `a value is put once, and the second plan is empty`() async throws {
        let (plan, report) = try await run()
        #expect(report.succeeded)
        #expect(plan.changes.last?.action == .put)
        #expect(stored == Self.canary)
        #expect(description?.contains("hmac=") == true)
        #expect(try await reconciler().plan(desired).isEmpty)
        // Nothing but the value's own file says it.
        let said =
            fleet.events.all.map { "\($0)" } + [PlanText(plan, color: false).text]
            + [PlanJSON.text(plan, breaches: []), description ?? "", "\(report)"]
        #expect(said.allSatisfy { !$0.contains("canary") })
    }

    @Test func `a plan reads no source, unless it is to compare`() async throws {
        try await run()
        let reads = sources.reads
        sources[Self.source] = "another"
        #expect(try await reconciler(comparing: false).plan(desired).isEmpty)
        #expect(sources.reads == reads)
        let plan = try await reconciler().plan(desired)
        #expect(plan.changes.map(\.action) == [.put])
        #expect(plan.changes.map(\.cause) == [.value])
        #expect(sources.reads == reads + 1)
    }

    @Test func `another value reaches the store with the next run`() async throws {
        try await run()
        sources[Self.source] = "another"
        #expect(try await run().1.succeeded)
        #expect(stored == "another")
        #expect(try await reconciler().plan(desired).isEmpty)
    }

    @Test func `a source that is gone stops nothing else, and leaves the value`() async throws {
        try await run()
        sources[Self.source] = nil
        var edited = desired.workspaces
        edited[0].suspended = true
        let (plan, report) = try await run(of: DesiredState(workspaces: edited, isWhole: true))
        #expect(report.succeeded)
        #expect(plan.changes.map(\.action) == [.suspend])
        #expect(plan.workspaces[0].warnings.contains { $0.contains("not compared") })
        #expect(stored == Self.canary)
    }

    @Test func `a source that was never there fails its workspace, after its keys`() async throws {
        sources[Self.source] = nil
        let (_, report) = try await run()
        #expect(!report.succeeded)
        #expect("\(report.outcomes)".contains("env OPENAI_SEARCH is not there"))
        #expect(fleet.directory.text("secrets/search/LITELLM_API_KEY") != nil)
        sources[Self.source] = "late"
        #expect(try await run().1.succeeded)
        #expect(stored == "late")
    }

    @Test func `a source that cannot be read keeps no other from the store`() async throws {
        let missing = ["ANTHROPIC_API_KEY", "COHERE_API_KEY"]
        var edited = desired.workspaces
        edited[0].providerSecrets += try missing.map { name in
            DesiredProviderSecret(name: try #require(SecretName(name)), valueFrom: .env(name))
        }
        edited[0].providerSecrets.sort { $0.name < $1.name }
        let (_, report) = try await run(of: DesiredState(workspaces: edited, isWhole: true))
        #expect(!report.succeeded)
        for name in missing {
            #expect("\(report.outcomes)".contains("env \(name) is not there"), "all are told")
        }
        #expect(stored == Self.canary)
    }

    @Test func `what left the manifest goes, what is another's stays`() async throws {
        try await run()
        var edited = desired.workspaces
        edited[0].providerSecrets = []
        let without = DesiredState(workspaces: edited, isWhole: true)
        #expect(try await run(of: without).1.succeeded)
        #expect(stored == nil)
        try await fleet.store.put(
            SecretWrite(
                workspace: edited[0].id, name: try #require(SecretName("OPENAI_API_KEY")),
                value: SecretValue("by hand"), description: "mine"))
        #expect(try await run(of: without).0.isEmpty)
        let (plan, report) = try await run()
        #expect(!report.succeeded)
        #expect(plan.workspaces[0].errors.count == 1)
        #expect(stored == "by hand")
    }

    @Test func `what changed in the store since the plan is not overwritten`() async throws {
        let plan = try await reconciler().plan(desired)
        try await fleet.store.put(
            SecretWrite(
                workspace: desired.workspaces[0].id,
                name: try #require(SecretName("OPENAI_API_KEY")), value: SecretValue("by hand"),
                description: "mine"))
        let executor = Executor(
            issuer: fleet.issuer, store: fleet.store, time: fleet.time, owner: Fleet.owner.name,
            reader: sources)
        let report = await reconciler().apply(
            plan, of: desired, limits: LimitSettings(), with: executor)
        #expect("\(report.outcomes)".contains("changed in the store"))
        #expect(stored == "by hand")
    }

    @Test func `a source that gives another value each time is put once a run`() async throws {
        /// As a service of short-lived credentials does.
        struct Fresh: ValueReader {
            let count = Record<Int>()
            func value(
                of source: ValueSource, for workspace: WorkspaceID
            ) async throws(ValueSourceError) -> SecretValue {
                count.add(1)
                return SecretValue("value \(count.all.count)")
            }
        }
        let fresh = Fresh()
        func run() async throws -> RunReport {
            let reconciler = Reconciler(
                issuer: fleet.issuer, store: fleet.store, time: fleet.time,
                policy: PlanPolicy(owner: Fleet.owner, keyCacheTTL: Span(seconds: 60)),
                reader: fresh)
            return await reconciler.apply(
                try await reconciler.plan(desired), of: desired, limits: LimitSettings(),
                with: Executor(
                    issuer: fleet.issuer, store: fleet.store, time: fleet.time,
                    owner: Fleet.owner.name, reader: fresh))
        }
        #expect(try await run().succeeded)
        #expect(try await run().succeeded)
        #expect(fresh.count.all.count == 3)
    }
}
