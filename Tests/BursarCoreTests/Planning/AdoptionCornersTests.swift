import BursarCore
import Testing

/// Where adoption meets prune, held removals and narrowed runs.
struct AdoptionCornersTests {
    /// A team of ours that left the source eight days ago; nothing ever brought its keys to an end.
    private func pruned(_ change: (inout World) throws -> Void) throws -> World {
        var world = try World.converged()
        world.policy.pruning = Pruning(after: .days(7))
        world.team?.blocked = true
        world.team?.mark?.pruneSince = World.now - .days(8)
        try change(&world)
        return world
    }

    private func left(_ world: World) throws -> WorkspacePlan? {
        var other = world.desired
        other.id = try #require(WorkspaceID("other"))
        other.name = "other"
        return world.plan(of: [other], whole: true).workspaces.first { $0.id == world.desired.id }
    }

    private func stranger(_ digit: Character, alias: String) throws -> ObservedKey {
        ObservedKey(
            hash: try World.hash(digit), alias: alias, team: "search", metadata: [:],
            models: .team, routes: [], createdAt: World.now - .days(40), spendLogs: [:])
    }

    private func subjects(_ plan: WorkspacePlan?, _ name: String) -> [String] {
        (plan?.steps ?? []).flatMap(\.operations).filter { $0.name == name }.map(\.subject)
    }

    @Test func `of a pruned team that was adopted the adopted key ends, a guest's does not`() throws
    {
        let guest = try stranger("b", alias: "guest")
        let world = try pruned { world in
            world.keys[0].mark?.adopted = true
            world.secrets = []
            world.keys.append(guest)
        }
        let plan = try left(world)
        let ended = (plan?.steps ?? []).flatMap(\.operations).compactMap { operation in
            switch operation {
            case .block(let key, _), .delete(let key, _), .updateKey(let key, _, _): key.hash
            case .retire(let retirement): retirement.key.hash
            default: nil as KeyHash?
            }
        }
        #expect(Set(ended) == [try World.hash("a")])
        #expect(plan?.changes.map(\.action) == [.block])
    }

    @Test func `a pruned team that was adopted stays for ever with a guest's key in it`() throws {
        let guest = try stranger("b", alias: "guest")
        func deletes(_ keys: [ObservedKey]) throws -> Bool {
            var world = try pruned { world in
                world.keys = keys
                world.secrets = []
            }
            world.now = World.now + .days(60)
            return try !subjects(left(world), "delete-team").isEmpty
        }
        #expect(try deletes([]))
        #expect(try !deletes([guest]))
    }

    @Test func `a lineage whose removal was held ends with its workspace`() throws {
        var held = try World.converged()
        held.desired.keys = []
        held.policy.held = [.removals]
        #expect(try held.plan().steps.isEmpty)
        // What the held run left, after its workspace left the source.
        let world = try pruned { _ in }
        var stillHeld = world
        stillHeld.policy.held = [.removals]
        for world in [world, stillHeld] {
            #expect(try left(world)?.changes.map(\.action) == [.block, .remove])
        }
    }

    /// Two workspaces of one source, of which the second names the key of the first, too.
    private func contested() throws -> (world: World, whole: DesiredState) {
        var world = try World()
        world.team = ObservedTeam(
            id: world.desired.id, alias: "search", cap: Money(decimal: "250"), period: "30d",
            models: .only(["chat"]), spend: .zero)
        world.keys = [try stranger("a", alias: "search-key")]
        world.desired.adoption = Adoption(
            team: true, keys: [try World.secret(): .alias("search-key")])
        var other = world.desired
        other.id = try #require(WorkspaceID("other"))
        other.name = "other"
        other.adoption = Adoption(
            team: false, keys: [try World.secret(): .hash(try World.hash("a"))])
        return (world, DesiredState(workspaces: [world.desired, other], isWhole: true))
    }

    @Test func `a narrowed run adopts what the whole one would`() throws {
        let world = try contested().world
        let whole = DesiredState(workspaces: [world.desired], isWhole: true)
        let part = DesiredState(workspaces: [world.desired], isWhole: false, partOf: whole)
        let plan = try #require(world.plan(of: part).workspaces.first)
        #expect(plan.errors.isEmpty)
        #expect(plan.changes.map(\.action) == [.adopt, .adopt])
        #expect(plan.changes == world.plan(of: whole).workspaces.first?.changes)
    }

    @Test func `a key that two workspaces name is refused in a narrowed run, too`() throws {
        let (world, whole) = try contested()
        let part = DesiredState(workspaces: [world.desired], isWhole: false, partOf: whole)
        for desired in [whole, part] {
            let plan = world.plan(of: desired).workspaces.first { $0.id == world.desired.id }
            #expect(plan?.errors.contains { $0.contains("several secrets name it") } == true)
            #expect(plan?.steps.isEmpty == true)
        }
    }

    @Test func `another owner's key in the team keeps the alias, and ours does without`() throws {
        var world = try World()
        try world.addTeam()
        var old = try stranger("b", alias: world.lineage.plainAlias)
        old.mark = KeyMark(
            owner: "old", secret: try World.secret(), generation: try World.generation(4),
            mintedAt: World.now - .days(3), applied: [:])
        world.keys = [old]
        let plan = try world.plan()
        #expect(plan.errors.isEmpty)
        #expect(subjects(plan, "publish").count == 1)
        // LiteLLM would refuse it, in every run.
        #expect(subjects(plan, "claim-alias").isEmpty)
        #expect(plan.warnings.contains { $0.contains("is borne by a key that is not ours") })
        world.keys.append(
            try world.key("a", generation: 2, alias: world.lineage.alias(World.generation(2))))
        world.team?.mark?.generations = [try World.secret(): try World.generation(2)]
        try world.publish("a", generation: 2)
        #expect(try world.plan().steps.isEmpty)
    }

    @Test func `a key that is taken over frees the alias that another lineage waits for`() throws {
        var world = try World.converged()
        let other = try World.secret("SECOND_KEY")
        world.keys[0].alias = try world.lineage.alias(.first)
        world.keys.append(try stranger("b", alias: world.lineage.plainAlias))
        world.keys[1].mark = KeyMark(
            owner: "old", secret: try World.secret(), generation: try World.generation(4),
            mintedAt: World.now - .days(3), applied: [:])
        world.desired.keys.append(DesiredKey(secret: other))
        world.desired.adoption = Adoption(
            team: false, keys: [other: .hash(try World.hash("b"))], from: "old")
        let plan = try world.plan()
        #expect(plan.errors.isEmpty)
        let keys = plan.changes.filter { $0.address.part != .team }
        #expect(keys.map(\.action) == [.adopt, .update])
        #expect(keys.last?.fields.map(\.path) == ["alias"])
    }
}
