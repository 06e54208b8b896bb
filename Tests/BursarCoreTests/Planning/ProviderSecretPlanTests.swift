import BursarCore
import Testing

/// What a plan says of provider secrets, by what the store holds and what their sources gave.
struct ProviderSecretPlanTests {
    private static let source = ValueSource.env("OPENAI_SEARCH")

    private static func marker(
        _ source: ValueSource = ProviderSecretPlanTests.source, owner: String = World.owner.name
    ) -> ProviderMarker {
        ProviderMarker(owner: owner, salt: (1, 2), value: SecretValue("value"), source: source)
    }

    private func world(_ marker: ProviderMarker?) throws -> World {
        var world = try World.converged()
        let name = try World.secret("OPENAI_API_KEY")
        world.desired.providerSecrets = [DesiredProviderSecret(name: name, valueFrom: Self.source)]
        if let marker {
            world.secrets.append(ObservedSecret(name: name, marker: nil, provider: marker))
        }
        return world
    }

    private func changes(_ world: World) throws -> [Change] {
        let plan = try world.plan()
        #expect(plan.errors.isEmpty)
        return plan.changes
    }

    @Test func `a marker says whether it is of a value, and comes back from a description`() throws
    {
        let marker = Self.marker()
        #expect(marker.isOf(SecretValue("value")))
        #expect(!marker.isOf(SecretValue("values")))
        #expect(!"\(marker)".contains("value"))
        let other = ProviderMarker(
            owner: "prod", salt: (1, 3), value: SecretValue("value"), source: Self.source)
        #expect(other.hmac != marker.hmac)
        #expect(ProviderMarker(in: "A text [x] \(marker)") == marker)
        #expect(SecretMarker(in: "\(marker)") == nil)
        let read = ObservedSecret(name: try World.secret(), description: "x \(marker)")
        #expect(read.provider == marker)
        for text in ["", "[bursar/1 owner=a salt=1 hmac=2]", "[bursar/1 owner=a"] {
            #expect(ProviderMarker(in: text) == nil)
        }
    }

    @Test func `one that the store has not is put, last of all`() throws {
        var world = try world(nil)
        world.keys = []
        world.secrets = []
        let changes = try changes(world)
        #expect(changes.last?.action == .put)
        #expect(changes.last?.cause == .manifest)
        #expect(changes.last?.fields.first?.after == "env OPENAI_SEARCH")
        #expect(changes.map(\.action).contains(.mint))
    }

    @Test func `one that the store has is left alone, as long as nobody compared it`() throws {
        var world = try world(Self.marker())
        #expect(try changes(world) == [])
        world.sources = [try World.secret("OPENAI_API_KEY"): .same]
        #expect(try changes(world) == [])
    }

    @Test func `another value is put without approval`() throws {
        var world = try world(Self.marker())
        let before = world.wholePlan().checksum
        world.sources = [try World.secret("OPENAI_API_KEY"): .differs]
        let changes = try changes(world)
        #expect(changes.map(\.action) == [.put])
        #expect(changes[0].cause == .value)
        #expect(world.wholePlan().checksum == before)
    }

    @Test func `another source is put, and a review sees it`() throws {
        let world = try world(Self.marker(.file("/run/old")))
        let changes = try changes(world)
        #expect(changes.map(\.action) == [.put])
        #expect(changes[0].cause == .manifest)
        #expect(changes[0].fields.first?.before == "another source")
        #expect(world.wholePlan().checksum != (try self.world(Self.marker())).wholePlan().checksum)
    }

    @Test func `a source that cannot be read is a warning`() throws {
        var world = try world(Self.marker())
        world.sources = [try World.secret("OPENAI_API_KEY"): .unreadable("no such variable")]
        let plan = try world.plan()
        #expect(plan.steps.isEmpty)
        #expect(plan.warnings.contains { $0.contains("no such variable") })
    }

    @Test func `one that left the manifest is removed, within the limit`() throws {
        var world = try world(Self.marker())
        world.desired.providerSecrets = []
        let plan = try world.plan()
        #expect(plan.changes.map(\.action) == [.remove])
        #expect(plan.removals == 1)
        world.policy.held = [.removals]
        #expect(try changes(world) == [])
    }

    @Test func `nothing of anybody else's is overwritten or removed`() throws {
        let name = try World.secret("OPENAI_API_KEY")
        for stored in [
            ObservedSecret(name: name, marker: nil),
            ObservedSecret(name: name, marker: nil, provider: Self.marker(owner: "other")),
        ] {
            var world = try world(nil)
            world.secrets.append(stored)
            let plan = try world.plan()
            #expect(plan.steps.isEmpty)
            #expect(plan.errors.count == 1)
            #expect(plan.errors[0].contains("without bursar's marker"))
            world.desired.providerSecrets = []
            #expect(try changes(world) == [])
        }
    }

    @Test func `a name is not a key's and a provider secret's at once`() throws {
        var world = try world(Self.marker())
        world.desired.providerSecrets = []
        world.desired.keys.append(DesiredKey(secret: try World.secret("OPENAI_API_KEY")))
        #expect(try world.plan().errors.count == 1)
        #expect(try world.plan().errors[0].contains("holds a provider secret"))
        world = try World.converged()
        world.desired.keys = []
        world.desired.providerSecrets = [
            DesiredProviderSecret(name: try World.secret(), valueFrom: Self.source)
        ]
        #expect(try world.plan().errors.first?.contains("still holds a key") == true)
    }

    @Test func `a command touches none`() throws {
        var world = try world(nil)
        world.policy.command = RotationCommand([try world.lineage], before: World.now)
        #expect(try !changes(world).map(\.action).contains(.put))
    }

    @Test func `a prune removes them with the keys`() throws {
        var world = try world(Self.marker())
        world.policy.pruning = Pruning(after: .days(7))
        world.team?.blocked = true
        world.team?.mark?.pruneSince = World.now - .days(8)
        let plan = try #require(
            world.emptyPlan().workspaces.first { $0.id == world.desired.id })
        let removed = plan.changes.filter { $0.action == .remove }.map(\.address.description)
        #expect(removed.contains("workspace/search/secret/OPENAI_API_KEY"))
        world.team?.mark?.pruneSince = World.now - .days(6)
        #expect(world.emptyPlan().changes == [])
    }
}
