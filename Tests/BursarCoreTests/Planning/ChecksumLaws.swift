import TestSupport
import Testing

@testable import BursarCore

/// What a review approved stays what it is until somebody changes something.
struct ChecksumLaws {
    private static let seeds = UInt64(0)..<400

    private func approval(_ world: World, pruning: Bool = false) -> Approval {
        var world = world
        guard pruning else { return Approval(world.wholePlan()) }
        var other = world.desired
        other.name = "other"
        other.id = WorkspaceID("other") ?? other.id
        world.policy.pruning = Pruning(after: .days(7))
        return Approval(world.plan(of: [other], whole: true))
    }

    @Test func `neither time nor what is spent moves it`() throws {
        var brought = 0
        for seed in Self.seeds {
            let world = try RandomWorld(seed: seed).world
            for pruning in [false, true] {
                let before = approval(world, pruning: pruning)
                for hours: Int64 in [1, 25, 80, 300, 3000] {
                    var later = world
                    later.now = World.now + .hours(hours)
                    later.team?.spend = Money(picos: Int128(hours) * 1_000_000)
                    for index in later.keys.indices where hours < 100 {
                        later.keys[index].lastActive = later.now - .hours(1)
                    }
                    let after = approval(later, pruning: pruning)
                    #expect(after == before, "seed \(seed), \(hours) hours, pruning \(pruning)")
                    if later.wholePlan().changes != world.wholePlan().changes { brought += 1 }
                }
            }
        }
        #expect(brought > 300, "time does bring something in these worlds")
    }

    @Test func `an edit of the manifest moves it, and that of the workspace`() throws {
        var edits = 0
        for seed in Self.seeds {
            var random = try RandomWorld(seed: seed)
            guard let edited = try random.edit(), edited != random.world.desired else { continue }
            let before = approval(random.world)
            random.world.desired = edited
            // In a workspace in which nothing can be done there is nothing to approve.
            guard try random.world.plan().errors.isEmpty else { continue }
            let after = approval(random.world)
            #expect(Checksum.of(before) != Checksum.of(after), "seed \(seed)")
            #expect(before.checksums != after.checksums, "seed \(seed)")
            edits += 1
        }
        #expect(edits > 200)
    }

    @Test func `a hand at work moves it`() throws {
        var world = try World.converged()
        let before = approval(world)
        world.team?.cap = Money(picos: 1)
        #expect(approval(world).checksums.keys.map(\.text) == ["search"])
        #expect(Checksum.of(approval(world)) != Checksum.of(before))
    }

    @Test func `what is paused is not approved, so that the end of a pause moves it`() throws {
        var world = try World.converged()
        world.desired.budget = .unlimited
        let active = approval(world)
        world.desired.paused = "incident"
        #expect(approval(world).workspaces.isEmpty)
        #expect(!active.workspaces.isEmpty)
    }

    @Test func `no text of somebody's choice makes two changes look like others`() {
        func sum(_ fields: [(String, String?, String?)]) -> String {
            Checksum.of(approved: [
                ApprovedChange(
                    address: "workspace/a", action: "update",
                    fields: fields.map { .init(path: $0.0, before: $0.1, after: $0.2) })
            ])
        }
        #expect(sum([("name", nil, "x")]) != sum([("name", "-", "x")]))
        #expect(sum([("name", "a1:b", "")]) != sum([("name", "a", "b")]))
        #expect(sum([("name", "a", "b"), ("x", "c", "d")]) != sum([("name", "a", "b1:x1:c1:d")]))
    }

    @Test func `a command has none`() throws {
        var world = try World.converged()
        world.policy.command = RotationCommand([try world.lineage], before: World.now)
        let plan = world.wholePlan()
        #expect(!plan.isEmpty && plan.checksum == nil)
        #expect(!PlanText(plan, color: false).text.contains("Checksum"))
    }

    @Test func `a plan of errors alone shows none, since there is nothing to approve`() throws {
        var world = try World.converged()
        world.desired.models = .all
        world.models = []
        let plan = world.wholePlan()
        #expect(plan.hasErrors && !plan.hasSteps)
        #expect(!PlanText(plan, color: false).text.contains("Checksum"))
    }
}
