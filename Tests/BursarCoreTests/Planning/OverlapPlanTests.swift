import BursarCore
import Testing

/// When an old key ends, and when a key counts as old.
struct `Overlaps in a plan` {
    @Test func `the end that an emergency gave is not cut by it again`() throws {
        var world = try World.converged()
        var old = try world.key("b")
        old.alias = try world.lineage.alias(.first)
        old.mark?.mintedAt = World.now - .days(9)
        old.mark?.retiredAt = World.now
        old.mark?.overlap = .hours(24)
        old.mark?.overlapBy = .after
        old.expires = World.now + .hours(24)
        world.keys.append(old)
        world.keys[0].mark?.mintedAt = World.now
        world.desired.keys[0].rotation = RotationSpec(
            overlap: .hours(1), after: World.now - .hours(2), afterOverlap: .hours(24))
        #expect(try world.actions() == [])
        world.desired.keys[0].rotation?.afterOverlap = .hours(3)
        #expect(try world.actions() == [.retire])
    }

    @Test func `a key that no run published keeps its hour though the rule says none`() throws {
        var world = try World.converged()
        world.desired.keys[0].rotation = RotationSpec(
            trigger: .every(.days(90)), overlap: Span(seconds: 0))
        var stray = try world.key("b")
        stray.alias = try world.lineage.alias(.first)
        stray.mark?.retiredAt = World.now
        stray.mark?.overlap = .hours(1)
        stray.mark?.overlapBy = .rule
        stray.expires = World.now + .hours(1)
        world.keys.append(stray)
        #expect(try world.actions() == [])
        world.keys[1].mark?.overlap = .hours(2)
        world.keys[1].expires = World.now + .hours(2)
        #expect(try world.actions() == [.retire])
    }

    @Test func `an end that the store still names is cut once its successor is published`() throws {
        var world = try World.converged()
        world.desired.keys[0].rotation = RotationSpec(
            trigger: .every(.days(90)), overlap: Span(seconds: 0))
        world.keys[0].mark?.retiredAt = World.now
        world.keys[0].mark?.overlap = .hours(2)
        world.keys[0].mark?.overlapBy = .rule
        world.keys[0].expires = World.now + .hours(2)
        let order = try world.plan().steps.flatMap(\.operations).map(\.name)
        let cut = try #require(order.firstIndex(of: "retire"))
        #expect(try cut > #require(order.firstIndex(of: "publish")))
    }

    @Test func `a key minted by a clock that was ahead counts as old as LiteLLM knows it to be`()
        throws
    {
        var world = try World.converged()
        world.desired.keys[0].rotation = RotationSpec(trigger: .every(.days(30)))
        world.keys[0].createdAt = World.now - .days(40)
        world.keys[0].mark?.mintedAt = World.now + .days(400)
        #expect(try world.actions().contains(.mint))
        world.keys[0].createdAt = World.now - .days(1)
        #expect(try world.actions() == [])
        world.desired.keys[0].rotation = RotationSpec(after: World.now - .hours(1))
        #expect(try world.actions().contains(.mint), "an emergency finds it, too")
    }
}
