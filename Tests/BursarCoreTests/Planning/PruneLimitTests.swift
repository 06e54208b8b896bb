import BursarCore
import Testing

/// What limits, checksum and money make of a prune.
struct PruneLimitTests {
    private let world: World
    private let other: DesiredWorkspace

    init() throws {
        var world = try World.converged()
        world.policy.pruning = Pruning(after: .days(7))
        self.world = world
        var other = world.desired
        other.id = try #require(WorkspaceID("other"))
        other.name = "other"
        other.budget = .unlimited
        self.other = other
    }

    private func plan(held: Set<Limit> = [], ago: Span? = nil, empty: Bool = false) -> Plan {
        var world = world
        world.policy.held = held
        if let ago {
            world.team?.blocked = true
            world.team?.mark?.pruneSince = world.now - ago
        }
        return world.plan(of: empty ? [] : [other], whole: true)
    }

    private func breaches(_ plan: Plan, _ settings: LimitSettings) -> [Limit] {
        guard case .refused(let breaches) = ApprovedPlan.judge(plan, by: settings) else {
            return []
        }
        return breaches.map(\.limit)
    }

    private func actions(_ plan: Plan) -> [Action] {
        plan.workspaces.filter(\.leaves).flatMap(\.changes).map(\.action)
    }

    @Test func `the suspension counts as a removal, what time brings after it does not`() {
        let none = LimitSettings(removals: 0)
        #expect(breaches(plan(), none) == [.removals])
        #expect(breaches(plan(ago: .days(8)), none) == [])
        #expect(breaches(plan(), LimitSettings(removals: 1)) == [])
    }

    @Test func `removals and changes that are held hold the suspension, not the revocation`() {
        for limit in [Limit.removals, .changes] {
            #expect(actions(plan(held: [limit])) == [])
            #expect(actions(plan(held: [limit], ago: .days(8))) == [.block, .remove])
        }
    }

    @Test func `an empty source is refused although it is to be pruned, and held prunes nothing`() {
        #expect(breaches(plan(empty: true), LimitSettings()) == [.emptySource])
        #expect(actions(plan(held: [.emptySource], ago: .days(8), empty: true)) == [])
        #expect(breaches(plan(ago: .days(8), empty: true), LimitSettings()) == [])
    }

    @Test func `a review approves the suspension, and nothing of what comes after`() {
        let nothing = Checksum.of([])
        func checksum(_ plan: Plan) -> String {
            Checksum.of(plan.workspaces.filter(\.leaves).flatMap(\.changes))
        }
        #expect(checksum(plan()) != nothing)
        #expect(checksum(plan(ago: .days(8))) == nothing)
        var later = world
        later.now = later.now + .hours(3)
        #expect(
            checksum(later.plan(of: [other], whole: true)) == checksum(plan()), "no instant in it")
    }

    @Test func `the cap leaves the sum with the workspace, and comes back with it`() {
        #expect(CapSum(plan()).before.dollars == "$250.00")
        #expect(CapSum(plan()).after.dollars == "$0.00")
        #expect(CapSum(plan(ago: .days(1))).before.dollars == "$0.00")
        #expect(CapSum(plan(held: [.removals])).after.dollars == "$250.00")
        var back = world
        back.team?.blocked = true
        back.team?.mark?.pruneSince = back.now - .days(1)
        let sum = CapSum(back.wholePlan())
        #expect([sum.before.dollars, sum.after.dollars] == ["$0.00", "$250.00"])
    }

    @Test func `the plan says it in text and JSON`() {
        let text = PlanText(plan(), color: false).text
        #expect(text.contains("- suspend team  left the source; its keys are revoked after 7d"))
        #expect(text.contains("suspend 1 workspace"))
        let json = PlanJSON.text(plan(), breaches: [])
        #expect(json.contains(#""cause" : "prune""#))
        #expect(json.contains(#""prune" : 1"#))
    }
}
