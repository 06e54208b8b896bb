import BursarCore
import BursarEngine
import BursarLiteLLM
import BursarSandbox
import BursarStores
import TestSupport
import Testing

/// Three workspaces with four keys, the real adapter over the stand-in in process and the real
/// store on disk.
struct Fleet: Sendable {
    static let owner = Owner(name: "prod", source: "5f0e")

    /// What an apply sets out from.
    enum Start: String, CaseIterable, Sendable {
        case nothing
        /// All applied; then a published value was lost and a key left the manifests.
        case lostAndRemoved

        /// A first apply is within the default limits, whatever befell the one before it.
        var limits: LimitSettings {
            switch self {
            case .nothing: LimitSettings()
            case .lostAndRemoved: LimitSettings(removals: 9, lostSecrets: 9)
            }
        }
    }

    let directory: TemporaryDirectory
    let time = ManualTime()
    /// What the stand-in was asked.
    let requests: Record<Sandbox.Access>
    let events = Record<Event>()
    /// Every value an executor drew.
    let drawn = Record<SecretValue>()
    let sandbox: Sandbox
    let issuer: any Issuer
    let store: any SecretStore
    let limits: LimitSettings
    private(set) var desired: DesiredState

    init(at start: Start = .nothing, options: LiteLLMModel.Options = .init()) async throws {
        let requests = Record<Sandbox.Access>()
        self.requests = requests
        directory = try TemporaryDirectory()
        sandbox = Sandbox(LiteLLMModel(options: options)) { requests.add($0) }
        issuer = LiteLLMIssuer(
            transport: ModelTransport(sandbox, timekeeper: time), url: "http://proxy",
            masterKey: options.masterKey, time: time)
        store = DirectorySecretStore(path: directory.path + "/secrets")
        limits = start.limits
        desired = DesiredState(
            workspaces: [
                try Self.workspace("search", ["BATCH_KEY", "LITELLM_API_KEY"]),
                try Self.workspace("code", ["LITELLM_API_KEY"]),
                try Self.workspace("docs", ["LITELLM_API_KEY"]),
            ], isWhole: true)
        if start == .lostAndRemoved { try await loseAndRemove() }
    }

    private mutating func loseAndRemove() async throws {
        let report = try await run()
        try #require(report.succeeded)
        try directory.remove("secrets/search/LITELLM_API_KEY")
        desired = DesiredState(
            workspaces: desired.workspaces.map { workspace in
                var workspace = workspace
                if workspace.id.text == "docs" { workspace.keys = [] }
                return workspace
            }, isWhole: true)
        requests.clear()
        events.clear()
    }

    private static func workspace(
        _ name: String, _ secrets: [String]
    ) throws -> DesiredWorkspace {
        DesiredWorkspace(
            id: try #require(WorkspaceID(name)), name: name, labels: ["team": name],
            budget: .capped(limit: try #require(MicroUSD(micros: 250_000_000)), period: .days(30)),
            models: .only(["gf-chat-default", "gf-code-default"]),
            limits: Limits(requestsPerMinute: .value(60)),
            keys: try secrets.map { DesiredKey(secret: try #require(SecretName($0))) })
    }

    /// The requests that changed something.
    var writes: [Sandbox.Access] { requests.all.filter { $0.method != "GET" } }

    func reconciler(
        _ issuer: (any Issuer)? = nil, _ store: (any SecretStore)? = nil, rotations: Int = 50,
        pruning: Pruning? = nil
    ) -> Reconciler {
        Reconciler(
            issuer: issuer ?? self.issuer, store: store ?? self.store, time: time,
            policy: PlanPolicy(
                owner: Self.owner, keyCacheTTL: Span(seconds: 60), rotations: rotations,
                pruning: pruning))
    }

    /// One workspace after the other, so that every run makes the same requests.
    func executor(
        _ issuer: (any Issuer)? = nil, _ store: (any SecretStore)? = nil,
        stop: StopFlag = StopFlag(), audit: AuditFile? = nil,
        observe: @escaping @Sendable (Event) -> Void = { _ in }
    ) -> Executor {
        let (events, drawn) = (events, drawn)
        return Executor(
            issuer: issuer ?? self.issuer, store: store ?? self.store, time: time,
            owner: Self.owner.name, concurrency: 1,
            values: KeyValues {
                let value = KeyValues.random.draw()
                drawn.add(value)
                return value
            }, stop: stop, audit: audit
        ) {
            events.add($0)
            observe($0)
        }
    }

    func plan() async throws(IssuerError) -> Plan { try await reconciler().plan(desired) }

    /// Plan and apply.
    func run(with executor: Executor? = nil) async throws(IssuerError) -> RunReport {
        try await apply(try await plan(), with: executor)
    }

    func apply(
        _ plan: Plan, with executor: Executor? = nil
    ) async throws(IssuerError) -> RunReport {
        await reconciler().apply(
            plan, of: desired, limits: limits, with: executor ?? self.executor())
    }

    /// What stands in the store, by lineage.
    var published: [Lineage: SecretValue] {
        var values: [Lineage: SecretValue] = [:]
        for workspace in desired.workspaces {
            for key in workspace.keys {
                guard let text = directory.text("secrets/\(workspace.id)/\(key.secret)") else {
                    continue
                }
                let lineage = Lineage(workspace: workspace.id, secret: key.secret)
                values[lineage] = SecretValue(text)
            }
        }
        return values
    }

    /// Values in the store that do not work, or will not for ever.
    func dead() async throws -> [String] {
        dead(among: try await issuer.observe(.everything).keys)
    }

    private func dead(among keys: [ObservedKey]) -> [String] {
        published.compactMap { lineage, value -> String? in
            guard let key = keys.first(where: { $0.hash == KeyHash(of: value) }) else {
                return "\(lineage) names no key"
            }
            return key.blocked || key.expires != nil ? "\(lineage) ends" : nil
        }
    }

    /// What is wrong with a fleet that should have converged.
    func faults() async throws -> [String] {
        let keys = try await issuer.observe(.everything).keys
        var faults = dead(among: keys)
        let plan = try await plan()
        faults += plan.changes.map { "planned: \($0.action.rawValue) \($0.address): \($0.reason)" }
        if plan.hasErrors { faults.append("the plan has errors") }
        let published = published
        for workspace in desired.workspaces {
            for key in workspace.keys {
                let lineage = Lineage(workspace: workspace.id, secret: key.secret)
                if published[lineage] == nil { faults.append("\(lineage) is not published") }
            }
        }
        let current = Set(published.values.map { KeyHash(of: $0) })
        for key in keys where !current.contains(key.hash) {
            if key.expires == nil { faults.append("\(key.alias ?? "a key") has no end") }
        }
        return faults
    }
}

extension RunReport {
    /// Each workspace that did not succeed says why.
    var explainsItself: Bool {
        outcomes.values.allSatisfy { outcome in
            switch outcome {
            case .failed(let message), .moved(let message): !message.isEmpty
            case .done, .interrupted, .paused: true
            }
        }
    }
}
