import BursarCore
import Testing

/// What a plan says of values that the store wants once more, since it keeps them in a way that is
/// configured no more.
struct RewritePlanTests {
    private static let why = "it is encrypted to others"

    private func world(_ rewrite: String? = RewritePlanTests.why) throws -> World {
        var world = try World.converged()
        world.secrets = world.secrets.map {
            ObservedSecret(name: $0.name, marker: $0.marker, rewrite: rewrite)
        }
        return world
    }

    private func warnings(_ plan: WorkspacePlan) -> [String] {
        plan.warnings.filter { $0.contains(Self.why) }
    }

    private func names(_ plan: WorkspacePlan) -> [String] {
        plan.steps.flatMap(\.operations).map(\.name)
    }

    @Test func `a key that the keyring derives is published again, and a review sees it`() throws {
        var world = try world()
        world.derivable = [try World.hash("a"): "k1"]
        let plan = try world.plan()
        #expect(names(plan) == ["derive", "publish"])
        #expect(plan.changes.map(\.cause) == [.manifest])
        #expect(plan.changes.map(\.reason) == [Self.why])
        #expect(warnings(plan) == [])
        #expect(world.wholePlan().checksum != (try self.world(nil)).wholePlan().checksum)
        world.desired.suspended = true
        world.team?.blocked = true
        #expect(names(try world.plan()) == ["derive", "publish"])
    }

    @Test func `a key that was drawn stays, and the plan says what to do`() throws {
        let plan = try world().plan()
        #expect(plan.steps == [])
        #expect(
            warnings(plan) == [
                "secret LITELLM_API_KEY: \(Self.why), and no keyring derives its value again; "
                    + "`bursar rotate search` puts a new key"
            ])
    }

    @Test func `a rotation in the same run writes it, and what was reviewed stays`() throws {
        var world = try world()
        world.derivable = [try World.hash("a"): "k1"]
        let before = world.wholePlan().checksum
        world.desired.keys[0].rotation = RotationSpec(trigger: .every(.hours(12)))
        let plan = try world.plan()
        #expect(names(plan).count { $0 == "publish" } == 1)
        #expect(names(plan).contains("mint"))
        #expect(world.wholePlan().checksum == before)
        // Drawn: the new key is what the warning asked for.
        world.derivable = [:]
        #expect(warnings(try world.plan()) == [])
    }

    @Test func `a command is about its own keys`() throws {
        var world = try world()
        world.derivable = [try World.hash("a"): "k1"]
        let name = try World.secret("OPENAI_API_KEY")
        let marker = ProviderMarker(
            owner: World.owner.name, salt: (1, 2), value: SecretValue("v"), source: .env("A"))
        world.desired.providerSecrets = [DesiredProviderSecret(name: name, valueFrom: .env("A"))]
        world.secrets.append(
            ObservedSecret(name: name, marker: nil, provider: marker, rewrite: Self.why))
        #expect(Set(names(try world.plan())) == ["derive", "publish", "put-secret"])
        world.policy.command = RotationCommand([try world.lineage], before: World.now)
        #expect(names(try world.plan()).count { $0 == "publish" } == 1)
        #expect(!names(try world.plan()).contains("put-secret"))
    }

    @Test func `a provider secret is put again from its source, and a review sees it`() throws {
        var world = try world(nil)
        let name = try World.secret("OPENAI_API_KEY")
        let marker = ProviderMarker(
            owner: World.owner.name, salt: (1, 2), value: SecretValue("v"), source: .env("A"))
        world.desired.providerSecrets = [DesiredProviderSecret(name: name, valueFrom: .env("A"))]
        world.secrets.append(ObservedSecret(name: name, marker: nil, provider: marker))
        let before = world.wholePlan().checksum
        #expect(try world.plan().steps == [])
        world.secrets[1] = ObservedSecret(
            name: name, marker: nil, provider: marker, rewrite: Self.why)
        for reading in [nil, SourceReading.same, .differs] {
            world.sources = reading.map { [name: $0] } ?? [:]
            let plan = try world.plan()
            #expect(plan.changes.map(\.action) == [.put])
            #expect(plan.changes.map(\.cause) == [.manifest])
            #expect(plan.changes.map(\.reason) == [Self.why])
        }
        #expect(world.wholePlan().checksum != before)
    }
}
