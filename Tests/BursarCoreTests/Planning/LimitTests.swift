import BursarCore
import Testing

/// What each limit counts, and how a person goes on.
struct LimitTests {
    private func breach(_ world: World, _ settings: LimitSettings) throws -> LimitBreach? {
        guard case .refused(let all) = ApprovedPlan.judge(world.wholePlan(), by: settings) else {
            return nil
        }
        #expect(all.count == 1)
        return all.first
    }

    private func rising(to micros: Int64, period: BudgetPeriod? = .days(30)) throws -> World {
        var world = try World.converged()
        world.desired.budget = .capped(
            limit: try #require(MicroUSD(micros: micros)), period: period)
        return world
    }

    private static func dollars(_ count: Int64) -> Money {
        Money(picos: Int128(count) * 1_000_000_000_000)
    }

    @Test func `caps may rise without bound where no limit says so`() throws {
        #expect(try breach(rising(to: 900_000_000), LimitSettings()) == nil)
    }

    @Test func `a rise is counted a 30-day month, and may be what the limit says`() throws {
        let settings = LimitSettings(capIncrease: Self.dollars(50))
        #expect(try breach(rising(to: 300_000_000), settings) == nil)
        let found = try #require(try breach(rising(to: 300_500_000), settings))
        #expect(found.limit == .capIncrease)
        #expect(found.count == 51, "in whole dollars, so that --allow lets it through")
        #expect(found.bound == 50)
        #expect(found.workspaces.map(\.text) == ["search"])
        #expect(found.summary.contains("rise by $50.50 in 30 days; at most $50.00"))
        // 250 dollars a month before, 60 a week is 257.14 after.
        let weekly = try rising(to: 60_000_000, period: .days(7))
        #expect(try breach(weekly, LimitSettings(capIncrease: Self.dollars(7)))?.count == 8)
        #expect(try breach(weekly, LimitSettings(capIncrease: Self.dollars(8))) == nil)
    }

    @Test func `a cap that goes is more than any number of dollars but the highest`() throws {
        var world = try World.converged()
        world.desired.budget = .unlimited
        let settings = LimitSettings(capIncrease: Self.dollars(1_000_000))
        let found = try #require(try breach(world, settings))
        var allowed = settings
        allowed.allowed = [.capIncrease: found.count]
        #expect(try breach(world, allowed) == nil)
    }

    @Test func `neither a new workspace nor a cap that falls is a rise`() throws {
        let none = LimitSettings(capIncrease: .zero)
        #expect(try breach(World(), none) == nil)
        #expect(try breach(rising(to: 1_000_000), none) == nil)
    }

    @Test func `a paused workspace counts for nothing`() throws {
        var world = try rising(to: 900_000_000)
        world.desired.paused = "incident"
        #expect(try breach(world, LimitSettings(capIncrease: .zero)) == nil)
    }

    @Test func `a changed workspace counts once, a rotation that is due does not`() throws {
        var world = try rising(to: 900_000_000)
        world.desired.models = .only(["embed"])
        #expect(try breach(world, LimitSettings(changes: 0))?.count == 1)
        var due = try World.converged()
        due.desired.keys[0].rotation = RotationSpec(trigger: .every(.hours(1)))
        #expect(try due.actions().contains(.mint))
        #expect(try breach(due, LimitSettings(changes: 0)) == nil)
    }

    @Test func `an exception in git counts until its end, and the highest counts`() throws {
        var apply = Configuration.Apply()
        apply.limits.capIncrease = .zero
        apply.allow = [
            Allowance(limit: .capIncrease, count: 650, until: World.now + .hours(1)),
            Allowance(limit: .capIncrease, count: 10, until: World.now + .hours(9)),
        ]
        let world = try rising(to: 900_000_000)
        #expect(try breach(world, LimitSettings(apply, now: World.now)) == nil)
        let over = LimitSettings(apply, now: World.now + .hours(1))
        #expect(try breach(world, over)?.bound == 10)
        let flag = LimitSettings(apply, allowed: [.capIncrease: 700], now: World.now + .hours(1))
        #expect(try breach(world, flag) == nil)
    }

    @Test func `an exception raises a limit and never lowers or sets one`() throws {
        let world = try rising(to: 900_000_000)
        #expect(try breach(world, LimitSettings(allowed: [.changes: 0])) == nil)
        let lower = LimitSettings(changes: 3, allowed: [.changes: 0])
        #expect(try breach(world, lower) == nil)
    }

    @Test func `a refusal says both ways to go on`() throws {
        let found = try #require(
            try breach(rising(to: 900_000_000), LimitSettings(changes: 0)))
        #expect(found.description.contains("--allow changes=1 for one run"))
        #expect(
            found.description.contains(
                "spec.apply.allow: [{limit: changes, count: 1, until: INSTANT}] in bursar.yaml"))
    }

    @Test func `a rise that is held leaves the cap, and all else is done`() throws {
        var world = try rising(to: 900_000_000)
        world.desired.models = .only(["embed"])
        let settings = LimitSettings(capIncrease: Self.dollars(1))
        let (approved, held) = ApprovedPlan.holding(by: settings) { held in
            var world = world
            world.policy.held = held
            return world.wholePlan()
        }
        #expect(held.map(\.limit) == [.capIncrease])
        #expect(approved.plan.changes.flatMap(\.fields).map(\.path) == ["models"])
        #expect(CapSum(approved.plan).after.dollars == "$250.00")
        let operation = approved.plan.workspaces.first?.steps.first?.operations.first
        guard case .updateTeam(_, let fields)? = operation, case .mark(let mark)? = fields.last
        else {
            Issue.record("the team is updated, and its mark")
            return
        }
        #expect(
            mark.applied["budget.limit"] == world.team?.mark?.applied["budget.limit"],
            "what was applied last is still that")
    }
}
