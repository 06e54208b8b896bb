import BursarCore
import Testing

/// In the controller a tripped limit holds its own class of change and no other.
struct HoldingTests {
    private func judged(
        _ world: World, _ settings: LimitSettings, leavingOut: Set<WorkspaceID> = []
    ) throws -> (actions: [Action], held: [Limit]) {
        let (approved, held) = ApprovedPlan.holding(by: settings, leavingOut: leavingOut) { held in
            var world = world
            world.policy.held = held
            world.policy.leftOut = leavingOut
            return world.wholePlan()
        }
        return (approved.plan.changes.map(\.action), held.map(\.limit))
    }

    private func edited() throws -> World {
        var world = try World.converged()
        world.desired.budget = .unlimited
        return world
    }

    @Test func `within the limits everything is done`() throws {
        let (actions, held) = try judged(try edited(), LimitSettings())
        #expect(actions == [.update])
        #expect(held == [])
    }

    @Test func `a key that left the manifest stays, the budget is changed all the same`() throws {
        var world = try edited()
        world.desired.keys = []
        let (actions, held) = try judged(world, LimitSettings(removals: 0))
        #expect(held == [.removals])
        #expect(actions == [.update])
        #expect(try judged(world, LimitSettings(removals: 1)).actions == [.update, .retire])
    }

    @Test func `the end of a rotation is no removal`() throws {
        var world = try World.converged()
        world.keys.append(
            try world.key(
                "b", alias: world.lineage.alias(try World.generation(1)),
                retiredAt: World.now - .days(2)))
        world.desired.keys = []
        let (actions, held) = try judged(world, LimitSettings(removals: 0))
        #expect(held == [.removals])
        #expect(actions == [.block])
    }

    @Test func `a lost secret is not minted anew, and no number is spent on it`() throws {
        var world = try edited()
        world.secrets = []
        #expect(try world.actions().contains(.mint))
        let (actions, held) = try judged(world, LimitSettings())
        #expect(held == [.lostSecrets])
        #expect(actions == [.update])
        world.desired.budget = try World.converged().desired.budget
        #expect(try judged(world, LimitSettings()).actions == [])
    }

    @Test func `a leaked key with a lost secret does not work again while that is held`() throws {
        var world = try World.converged()
        world.team?.blocked = true
        world.desired.keys[0].rotation = RotationSpec(after: World.now - .hours(1))
        world.secrets = []
        #expect(try world.actions().contains(.resume))
        #expect(try judged(world, LimitSettings()).actions == [])
        world.desired.keys[0].rotation = nil
        #expect(try judged(world, LimitSettings()).actions == [.resume])
    }

    @Test func `too many changes hold all of a workspace but the end of its keys`() throws {
        var world = try edited()
        world.desired.keys[0].rotation = RotationSpec(trigger: .every(.hours(1)))
        world.keys.append(
            try world.key(
                "b", alias: world.lineage.alias(try World.generation(1)),
                retiredAt: World.now - .days(2)))
        let settings = LimitSettings(changes: 0)
        #expect(try world.actions().contains(.mint))
        let (actions, held) = try judged(world, settings)
        #expect(held == [.changes])
        #expect(actions == [.block], "a new key would carry what is held")

        world.desired.budget = try World.converged().desired.budget
        let (all, none) = try judged(world, settings)
        #expect(none == [])
        #expect(all.contains(.mint), "a rotation that is due is no change")
    }

    @Test func `a plan that is beyond a limit all the same does nothing`() throws {
        var world = try edited()
        world.desired.keys = []
        let plan = world.wholePlan()
        let (approved, held) = ApprovedPlan.holding(by: LimitSettings(removals: 0)) { _ in plan }
        #expect(held.map(\.limit) == [.removals])
        #expect(approved.plan.changes == [])
    }

    @Test func `an empty source is told, and does nothing`() throws {
        let world = try World.converged()
        let (approved, held) = ApprovedPlan.holding(by: LimitSettings()) { _ in
            world.emptyPlan()
        }
        #expect(held.map(\.limit) == [.emptySource])
        #expect(approved.plan.changes == [])
    }

    @Test func `a workspace that is left out counts and does nothing`() throws {
        var world = try edited()
        world.desired.keys = []
        let out: Set = [world.desired.id]
        #expect(try judged(world, LimitSettings(), leavingOut: out).actions == [])
        #expect(try judged(world, LimitSettings(removals: 0), leavingOut: out).held == [.removals])
    }

    @Test func `a workspace that is left out takes no place in the pace`() throws {
        var world = try World.converged()
        world.desired.keys[0].rotation = RotationSpec(trigger: .every(.hours(1)))
        world.policy.rotations = 0
        #expect(try world.plan().deferred.count == 1)
        world.policy.leftOut = [world.desired.id]
        #expect(try world.plan().deferred == [])
    }

    @Test func `a workspace whose changes are held takes no place in the pace`() throws {
        var world = try edited()
        world.desired.keys[0].rotation = RotationSpec(trigger: .every(.hours(1)))
        world.policy.rotations = 0
        #expect(try world.plan().deferred.count == 1)
        world.policy.held = [.changes]
        #expect(try world.plan().deferred == [])
    }
}
