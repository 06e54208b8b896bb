import BursarCore
import BursarEngine
import BursarGroundfloor
import BursarLiteLLM
import BursarSandbox
import BursarStores
import Synchronization
import TestSupport
import Testing

@testable import BursarGateway

/// bursar's own keys, minted by the gateway.
struct GatewayIssuerTests {
    private static let owner = Owner(name: "prod", source: "5f0e")

    /// Ends bursar's process at one of the moments before and after its requests.
    private final class Cut: Sendable {
        private let reached = Mutex(0)
        let last: Int

        init(after last: Int = .max) { self.last = last }

        var count: Int { reached.withLock { $0 } }

        func isPast() -> Bool {
            reached.withLock { reached in
                if reached >= last { return true }
                reached += 1
                return false
            }
        }
    }

    private struct CutTransport: Transport {
        let inner: any Transport
        let cut: Cut

        func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
            if cut.isPast() { throw .cancelled }
            let response = try await inner.send(request)
            if cut.isPast() { throw .cancelled }
            return response
        }
    }

    private struct World {
        let site: GatewaySite
        let directory: TemporaryDirectory
        var desired: DesiredState

        init() throws {
            site = try GatewaySite()
            directory = try TemporaryDirectory()
            desired = DesiredState(
                workspaces: [
                    DesiredWorkspace(
                        id: try GatewaySite.id("search"), name: "search",
                        budget: .capped(
                            limit: try #require(MicroUSD(micros: 5_000_000)), period: .days(30)),
                        models: .only(["gf-chat-default"]),
                        keys: [DesiredKey(secret: try #require(SecretName("LITELLM_API_KEY")))])
                ], isWhole: true)
        }

        func liteLLM(_ cut: Cut = Cut()) -> LiteLLMIssuer {
            LiteLLMIssuer(
                transport: CutTransport(
                    inner: ModelTransport(site.sandbox, timekeeper: site.time), cut: cut),
                url: "http://proxy", masterKey: site.masterKey, time: site.time)
        }

        private func issuer(_ cut: Cut) -> GroundfloorIssuer {
            let plane = ControlPlane(
                transport: CutTransport(inner: GatewayTransport(site: site), cut: cut),
                url: "http://gateway",
                credentials: ClientCredentials(
                    tokenURL: GatewayTransport.tokenURL, clientID: "bursar",
                    secret: SecretValue("of-bursar")), time: site.time)
            return GroundfloorIssuer(liteLLM(cut), plane)
        }

        private var store: DirectorySecretStore {
            DirectorySecretStore(path: directory.path + "/secrets")
        }

        func reconciler(_ cut: Cut = Cut()) -> Reconciler {
            Reconciler(
                issuer: issuer(cut), store: store, time: site.time,
                policy: PlanPolicy(
                    owner: GatewayIssuerTests.owner, keyCacheTTL: Span(seconds: 60),
                    issuer: .groundfloor))
        }

        @discardableResult
        func run(_ cut: Cut = Cut()) async throws -> RunReport {
            let plan = try await reconciler().plan(desired)
            return await reconciler(cut).apply(
                plan, of: desired, limits: LimitSettings(),
                with: Executor(
                    issuer: issuer(cut), store: store, time: site.time,
                    owner: GatewayIssuerTests.owner.name))
        }

        var published: KeyHash? {
            directory.text("secrets/search/LITELLM_API_KEY").map { KeyHash(of: SecretValue($0)) }
        }

        func faults() async throws -> [String] {
            let plan = try await reconciler().plan(desired)
            var faults = plan.changes.map { "planned: \($0.action) \($0.reason)" }
            let keys = try await liteLLM().observe(.everything).keys
            if !keys.contains(where: { $0.hash == published && $0.expires == nil }) {
                faults.append("the published key does not live")
            }
            for key in keys where key.hash != published && key.expires == nil {
                faults.append("\(key.alias ?? "a key") has no end")
            }
            for key in keys where key.mark?.via != nil {
                faults.append("\(key.alias ?? "a key") bears the gateway's mark")
            }
            return faults
        }
    }

    @Test func `The gateway mints for bursar, and leaves the old key alive`() async throws {
        var world = try World()
        #expect(try await world.run().succeeded)
        #expect(try await world.faults() == [])
        let first = try #require(world.published)
        var workspace = world.desired.workspaces[0]
        workspace.keys[0].rotation = RotationSpec(trigger: .every(.days(30)))
        world.desired = DesiredState(workspaces: [workspace], isWhole: true)
        world.site.time.advance(.days(40))
        #expect(try await world.run().succeeded)
        #expect(try await world.faults() == [])
        let keys = try await world.liteLLM().observe(.everything).keys
        #expect(keys.first { $0.hash == world.published }?.mark?.controlPlane == .keeps)
        let old = try #require(keys.first { $0.hash == first })
        #expect(old.mark?.overlap == .hours(24))
        #expect(!old.blocked)
    }

    /// The gateway marks its keys, so one that a crash left is known by the name of its request.
    @Test func `A crash at any moment leaves no key of the gateway's without an end`() async throws
    {
        let whole = Cut()
        try await World().run(whole)
        try #require(whole.count > 15)
        for moment in 0..<whole.count {
            let world = try World()
            _ = try? await world.run(Cut(after: moment))
            world.site.time.advance(Span(seconds: 60))
            #expect(try await world.run().succeeded, "at moment \(moment)")
            #expect(try await world.faults() == [], "at moment \(moment)")
        }
    }

    @Test func `What people mint through the gateway stays theirs`() async throws {
        let world = try World()
        #expect(try await world.run().succeeded)
        let answer = try await world.site.call(
            "POST", "/v1/workspaces/search/llm/virtual-key", permissions: #"{"*": ["administer"]}"#,
            headers: ["x-request-id": "by-hand"])
        let value = SecretValue(try #require(answer.json?["virtual_key"]?.string))
        let plan = try await world.reconciler().plan(world.desired)
        #expect(plan.isEmpty)
        #expect(plan.workspaces[0].warnings.contains { $0.contains("through the gateway") })
        let row = world.site.keys(of: "search")[KeyHash(of: value).hex]
        #expect(row?["metadata"]?["bursar"]?["request"]?.string == "by-hand")
    }
}
