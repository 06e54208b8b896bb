import BursarCore
import BursarEngine
import BursarLiteLLM
import BursarSandbox
import Synchronization
import TestSupport
import Testing

struct `A rotation of 1,000 workspaces` {
    private static let count = 1_000

    /// The first mint is held until every other workspace is through.
    @Test(.timeLimit(.minutes(5)))
    func `makes the requests of its steps, and no workspace waits for another`() async throws {
        let requests = Record<Sandbox.Access>()
        let time = ManualTime()
        let options = LiteLLMModel.Options()
        let issuer = LiteLLMIssuer(
            transport: ModelTransport(
                Sandbox(LiteLLMModel(options: options)) { requests.add($0) }, timekeeper: time),
            url: "http://proxy", masterKey: options.masterKey, time: time)
        let store = MemoryStore()
        let desired = DesiredState(
            workspaces: try (0..<Self.count).map(Self.workspace), isWhole: true)
        let reconciler = Reconciler(
            issuer: issuer, store: store, time: time,
            policy: PlanPolicy(
                owner: Fleet.owner, keyCacheTTL: Span(seconds: 60), rotations: Self.count))
        func run(
            _ issuer: any Issuer, observe: @escaping @Sendable (Event) -> Void = { _ in }
        ) async throws -> RunReport {
            let plan = try await reconciler.plan(desired)
            return await reconciler.apply(
                plan, of: desired, limits: LimitSettings(),
                with: Executor(
                    issuer: issuer, store: store, time: time, owner: Fleet.owner.name,
                    observe: observe))
        }
        #expect(try await run(issuer).succeeded)
        time.advance(.days(31))
        let began = time.now()
        requests.clear()

        let held = Mutex(false)
        let (gate, opener) = AsyncStream.makeStream(of: Never.self)
        let holding = ProbedIssuer(inner: issuer) { moment in
            let isFirst = held.withLock { held in
                guard moment == "before mint", !held else { return false }
                held = true
                return true
            }
            if isFirst { for await _ in gate {} }
            return false
        }
        let rotated = Record<String>()
        let report = try await run(holding) { event in
            guard event.operation == "claim-alias", event.phase == .after else { return }
            rotated.add(event.subject)
            if rotated.all.count == Self.count - 1 { opener.finish() }
        }
        #expect(report.succeeded)
        #expect(Set(rotated.all).count == Self.count)
        // Nobody slept.
        #expect(time.now() == began)

        let made = Dictionary(grouping: requests.all, by: Self.name).mapValues(\.count)
        let pages = (1 + 2) * Self.count / 100
        let expected = [
            "PATCH /team/…": Self.count,  // the generation's number is taken
            "POST /key/generate": Self.count,
            "GET /v1/model/info": Self.count,  // verified with the new key
            "GET /v1/models": Self.count,
            // The old one retired, the alias taken over.
            "POST /key/update": 2 * Self.count,
            // Read again before publish and before retire; and all keys before and after, in pages.
            "GET /key/list": 2 * Self.count + pages,
            "GET /v2/team/list": 2 * Self.count / 100,
            // What the proxy can do, before and after.
            "GET /public/model_hub/info": 2,
            "GET /health/license": 2,
            "GET /model/info": 2,
        ]
        #expect(made == expected)
    }

    private static func name(_ access: Sandbox.Access) -> String {
        let isOneTeam = access.method == "PATCH" && access.path.hasPrefix("/team/")
        return "\(access.method) \(isOneTeam ? "/team/…" : access.path)"
    }

    private static func workspace(_ number: Int) throws -> DesiredWorkspace {
        let name = "w\(number)"
        return DesiredWorkspace(
            id: try #require(WorkspaceID(name)), name: name, labels: [:], budget: .unlimited,
            models: .only(["gf-chat-default"]), limits: Limits(),
            keys: [
                DesiredKey(
                    secret: try #require(SecretName("LITELLM_API_KEY")),
                    rotation: RotationSpec(trigger: .every(.days(30))))
            ])
    }
}

/// Without the files, whose fsyncs would be most of the time.
private final class MemoryStore: SecretStore {
    private let descriptions = Mutex<[WorkspaceID: [SecretName: String]]>([:])

    func secrets(of workspace: WorkspaceID) async throws(SecretStoreError) -> [StoredSecret] {
        descriptions.withLock { $0[workspace] ?? [:] }
            .map { StoredSecret(name: $0.key, description: $0.value) }
            .sorted { $0.name < $1.name }
    }

    func put(_ secret: SecretWrite) async throws(SecretStoreError) {
        descriptions.withLock {
            $0[secret.workspace, default: [:]][secret.name] = secret.description
        }
    }

    func remove(_ name: SecretName, of workspace: WorkspaceID) async throws(SecretStoreError) {
        descriptions.withLock { $0[workspace]?[name] = nil }
    }
}
