import BursarCore
import Testing

struct Drift {
    @Test func `a cap changed by hand is drift, one changed in the manifest is not`() throws {
        var byHand = try World.converged()
        byHand.team?.cap = Money(decimal: "999")
        #expect(try byHand.plan().changes.first?.cause == .drift)

        var edited = try World.converged()
        edited.desired.budget = .capped(
            limit: try #require(MicroUSD(micros: 300_000_000)), period: .days(30))
        let change = try #require(try edited.plan().changes.first)
        #expect(change.cause == .manifest)
        #expect(change.fields.map(\.path) == ["budget.limit"])
    }

    @Test func `an unchanged period is not sent again, since that restarts it`() throws {
        var world = try World.converged()
        world.team?.cap = Money(decimal: "999")
        guard case .updateTeam(_, let fields)? = try world.plan().steps.first?.operations.first
        else {
            Issue.record("no update")
            return
        }
        let periods = fields.filter { if case .period = $0 { true } else { false } }
        #expect(periods.isEmpty)
    }

    @Test func `a team opened to every model is closed again`() throws {
        var world = try World.converged()
        world.team?.models = .all
        guard case .updateTeam(_, let fields)? = try world.plan().steps.first?.operations.first
        else {
            Issue.record("no update")
            return
        }
        #expect(fields.contains(.models(.only(["chat"]))))
    }

    @Test func `all is written out as the proxy's models`() throws {
        var world = try World()
        world.desired.models = .all
        guard case .createTeam(let team)? = try world.plan().steps.first?.operations.first else {
            Issue.record("no team")
            return
        }
        #expect(team.models == .only(["chat", "embed"]))
    }

    @Test func `a model that the proxy gained is no edit of a manifest that says all`() throws {
        var world = try World()
        world.desired.models = .all
        try world.addTeam()
        world.keys = [try world.key("a")]
        try world.publish("a")
        #expect(try world.actions() == [])
        world.models.insert("vision")
        let change = try #require(try world.plan().changes.first)
        #expect(change.cause == .drift)
        #expect(change.reason == "the proxy's models changed, and the manifest says all")
        #expect(change.fields.map(\.path) == ["models"])

        world.team?.cap = Money(decimal: "999")
        let both = try #require(try world.plan().changes.first)
        #expect(both.reason.hasPrefix("changed outside git; the proxy's models changed"))
    }

    @Test func `a hand that changed the list of all is not taken for the proxy`() throws {
        var world = try World()
        world.desired.models = .all
        try world.addTeam()
        world.keys = [try world.key("a")]
        try world.publish("a")
        world.team?.models = .only(["chat"])
        for models: Set<String> in [world.models, world.models.union(["vision"])] {
            world.models = models
            let change = try #require(try world.plan().changes.first)
            #expect(change.cause == .drift)
            #expect(change.reason == "changed outside git")
        }
    }

    @Test func `a manifest that says all instead of a list was edited`() throws {
        var world = try World.converged()
        world.desired.models = .all
        let change = try #require(try world.plan().changes.first)
        #expect(change.cause == .manifest)
        #expect(change.reason == "the manifest changed")
    }

    @Test func `limits that no manifest names stay as they are`() throws {
        var world = try World.converged()
        world.team?.requestsPerMinute = 42
        #expect(try world.actions() == [])
        world.desired.limits.requestsPerMinute = .cleared
        #expect(try world.actions() == [.update])
    }

    @Test func `whatever was changed on the published key is put back`() throws {
        let edits: [(inout ObservedKey) -> Void] = [
            { $0.blocked = true }, { $0.cap = Money(decimal: "1") },
            { $0.expires = World.now + .hours(1) }, { $0.routes = [] },
            { $0.models = .unrestricted }, { $0.team = nil }, { $0.spendLogs = [:] },
        ]
        for edit in edits {
            var world = try World.converged()
            edit(&world.keys[0])
            let changes = try world.plan().changes
            #expect(changes.map(\.action) == [.update])
        }
    }

    @Test func `a workspace whose manifest says paused is planned and shown`() throws {
        var world = try World()
        world.desired.paused = "incident 4711"
        #expect(try world.plan().paused == "incident 4711")
        #expect(try world.actions().contains(.create))
    }

    @Test func `an empty source is refused while teams of ours are there`() throws {
        let world = try World.converged()
        let plan = BursarCore.plan(
            desired: DesiredState(workspaces: [], isWhole: true),
            observed: ObservedState(
                issuer: ObservedIssuer(
                    teams: [world.team].compactMap(\.self), keys: world.keys,
                    models: [], version: nil, licensed: nil),
                secrets: [:]),
            policy: PlanPolicy(owner: World.owner, keyCacheTTL: Span(seconds: 60)), now: World.now)
        guard case .refused(let breaches) = ApprovedPlan.judge(plan, by: LimitSettings()) else {
            Issue.record("an empty source must not pass")
            return
        }
        #expect(breaches.map(\.limit) == [.emptySource])
    }

    @Test func `the summary states the caps in 30 days`() throws {
        var world = try World.converged()
        world.desired.budget = .capped(
            limit: try #require(MicroUSD(micros: 10_000_000)), period: .days(1))
        let text = PlanText(world.wholePlan(), color: false).summary
        #expect(text.contains("caps $250.00 → $300.00 per 30 days (+$50.00)"))
    }
}
