import BursarCore
import BursarEngine
import BursarLiteLLM
import BursarSandbox
import BursarStores
import Synchronization
import TestSupport
import Testing

/// The fleet, of which `search` brings `gpt-4o` along.
struct BroughtSite: Sendable {
    static let canary = "sk-canary-of-search-7712"

    /// Environment variables that a test changes; `nil`: not set.
    final class Sources: ValueReader {
        private let values = Mutex<[String: String]>([:])

        subscript(name: String) -> String? {
            get { values.withLock { $0[name] } }
            set { values.withLock { $0[name] = newValue } }
        }

        func value(
            of source: ValueSource, for workspace: WorkspaceID
        ) async throws(ValueSourceError) -> SecretValue {
            guard case .env(let name) = source, let value = self[name] else {
                throw .unreadable("\(source) is not there")
            }
            return SecretValue(value)
        }
    }

    let fleet: Fleet
    let sources = Sources()
    private(set) var desired: DesiredState

    /// - Parameter alone: without the other workspaces, and with one key.
    init(alone: Bool = false) async throws {
        fleet = try await Fleet()
        desired = fleet.desired
        if alone { leaveOthersOut() }
        sources["OPENAI_SEARCH"] = Self.canary
        let name = try #require(SecretName("OPENAI_API_KEY"))
        edit {
            $0.providerSecrets = [
                DesiredProviderSecret(
                    name: name, valueFrom: .env("OPENAI_SEARCH"),
                    models: [
                        DesiredModel(
                            name: "gpt-4o", upstream: "openai/gpt-4o", apiBase: "http://up/v1")
                    ])
            ]
        }
    }

    private mutating func leaveOthersOut() {
        edit { $0.keys.removeAll { $0.secret.text != "LITELLM_API_KEY" } }
        desired = DesiredState(
            workspaces: desired.workspaces.filter { $0.id.text == "search" }, isWhole: true)
    }

    mutating func edit(_ name: String = "search", _ body: (inout DesiredWorkspace) -> Void) {
        var workspaces = desired.workspaces
        for index in workspaces.indices where workspaces[index].id.text == name {
            body(&workspaces[index])
        }
        desired = DesiredState(workspaces: workspaces, isWhole: true)
    }

    private func reconciler(
        _ issuer: (any Issuer)? = nil, _ store: (any SecretStore)? = nil
    ) -> Reconciler {
        Reconciler(
            issuer: issuer ?? fleet.issuer, store: store ?? fleet.store, time: fleet.time,
            policy: PlanPolicy(owner: Fleet.owner, keyCacheTTL: Span(seconds: 60)),
            reader: sources)
    }

    func plan() async throws -> Plan { try await reconciler().plan(desired) }

    @discardableResult
    func run() async throws -> RunReport { await apply(try await plan()) }

    func apply(_ plan: Plan, isGone: Probe? = nil) async -> RunReport {
        let isGone = isGone ?? { _ in false }
        let issuer = ProbedIssuer(inner: fleet.issuer, isGone: isGone)
        let store = ProbedStore(inner: fleet.store, isGone: isGone)
        guard let registry = fleet.issuer as? any ModelRegistry else {
            preconditionFailure("the fleet's issuer is LiteLLM's")
        }
        let events = fleet.events
        let executor = Executor(
            issuer: issuer, store: store, time: fleet.time, owner: Fleet.owner.name,
            concurrency: 1, reader: sources,
            registry: ProbedRegistry(inner: registry, isGone: isGone)
        ) { events.add($0) }
        return await reconciler(issuer, store).apply(
            plan, of: desired, limits: LimitSettings(), with: executor)
    }

    /// With the workspace's published key, a minute later: what calls see of aliases is that old.
    ///
    /// - Returns: the status; 401 where there is no key yet.
    func chat(_ model: String, as workspace: String = "search") async throws -> Int {
        guard let key = fleet.directory.text("secrets/\(workspace)/LITELLM_API_KEY") else {
            return 401
        }
        fleet.time.advance(Span(seconds: 61))
        let body =
            #"{"model":"\#(model)","messages":[{"role":"user","content":"hi"}]}"#
        return fleet.sandbox.ask(
            SandboxRequest(
                method: "POST", path: "/v1/chat/completions", bearer: SecretValue(key),
                body: Array(body.utf8)), now: fleet.time.now()
        ).status
    }

    /// What providers saw; `operator` where it was the proxy's own.
    var keys: [String] {
        fleet.sandbox.upstream.map { $0.key?.withExposed { $0 } ?? "operator" }
    }
}

struct ProbedRegistry: ModelRegistry {
    let inner: any ModelRegistry
    let isGone: Probe

    private func around(
        _ call: String, _ body: () async throws(IssuerError) -> Void
    ) async throws(IssuerError) {
        if await isGone("before \(call)") { throw .cancelled }
        try await body()
        if await isGone("after \(call)") { throw .cancelled }
    }

    func register(_ row: ModelRow) async throws(IssuerError) {
        try await around("register") { () throws(IssuerError) in try await inner.register(row) }
    }

    func update(_ row: ModelRow) async throws(IssuerError) {
        try await around("update") { () throws(IssuerError) in try await inner.update(row) }
    }

    func removeModel(_ id: String) async throws(IssuerError) {
        try await around("removeModel") { () throws(IssuerError) in
            try await inner.removeModel(id)
        }
    }
}
