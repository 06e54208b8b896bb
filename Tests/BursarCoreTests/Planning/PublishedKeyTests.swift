import BursarCore
import Testing

/// Every row of "published" in the contract.
struct `Published key` {
    @Test func `a converged workspace has nothing to do`() throws {
        #expect(try World.converged().actions() == [])
    }

    @Test func `a new workspace gets team, mint, verify and publish in this order`() throws {
        let plan = try World().plan()
        #expect(plan.changes.map(\.action) == [.create, .mint, .verify, .publish])
        let names = plan.steps.flatMap(\.operations).map(\.name)
        #expect(names == ["create-team", "mint", "verify", "publish", "claim-alias"])
    }

    @Test func `the first generations stand inside the new team's mark`() throws {
        let plan = try World().plan()
        guard case .createTeam(let team)? = plan.steps.first?.operations.first else {
            Issue.record("no team")
            return
        }
        #expect(team.mark.generations == [try World.secret(): .first])
    }

    @Test func `a crash after the team skips the number whose key was never seen`() throws {
        var world = try World()
        try world.addTeam()
        let plan = try world.plan()
        #expect(plan.changes.map(\.action) == [.update, .mint, .verify, .publish])
        guard case .mint(let order)? = plan.steps.dropFirst().first?.operations.first else {
            Issue.record("no mint")
            return
        }
        #expect(order.generation.number == 2)
    }

    @Test func `a key minted and never published is retired and the next one minted`() throws {
        var world = try World()
        try world.addTeam()
        world.keys = [try world.key("a", alias: try world.lineage.alias(.first))]
        #expect(try world.actions() == [.update, .retire, .mint, .verify, .publish])
    }

    @Test func `a crash after publish only renames the key`() throws {
        var world = try World.converged()
        world.keys = [try world.key("a", alias: try world.lineage.alias(.first))]
        let plan = try world.plan()
        #expect(plan.changes.map(\.action) == [.update])
        #expect(plan.changes.first?.fields.map(\.path) == ["alias"])
    }

    @Test func `a crash before the old key retired renames it first, then the new one`() throws {
        var world = try World.converged()
        try world.addTeam(generation: 2)
        let second = try World.generation(2)
        world.keys.append(
            try world.key("b", generation: 2, alias: try world.lineage.alias(second)))
        try world.publish("b", generation: 2)
        let plan = try world.plan()
        #expect(plan.changes.map(\.action) == [.retire])
        #expect(plan.steps.flatMap(\.operations).map(\.name) == ["retire", "update-key"])
    }

    @Test func `a marker that names no live key brings the next generation`() throws {
        var world = try World.converged()
        world.keys = []
        #expect(try world.actions() == [.update, .mint, .verify, .publish])
    }

    @Test func `a key with an end is never the published one`() throws {
        var world = try World.converged()
        world.keys = [
            try world.key("a", alias: try world.lineage.alias(.first), retiredAt: World.now)
        ]
        #expect(try world.actions().contains(.mint))
    }

    @Test func `a lost secret is replaced only within its limit`() throws {
        var world = try World.converged()
        world.secrets = []
        let plan = world.wholePlan()
        #expect(plan.workspaces.first?.lostSecrets == 1)
        guard case .refused(let breaches) = ApprovedPlan.judge(plan, by: LimitSettings()) else {
            Issue.record("a wiped store must not rotate a fleet")
            return
        }
        #expect(breaches.map(\.limit) == [.lostSecrets])
        guard
            case .approved = ApprovedPlan.judge(
                plan, by: LimitSettings(allowed: [.lostSecrets: 1]))
        else {
            Issue.record("--allow lostSecrets=1 lets it pass")
            return
        }
        #expect(
            try world.plan().steps.flatMap(\.operations).map(\.name) == [
                "update-team", "mint", "verify", "publish", "retire", "claim-alias",
            ])
    }

    @Test func `an adopted key without a marker is left alone`() throws {
        var world = try World.converged()
        world.secrets = []
        var key = try world.key("a")
        key.mark?.adopted = true
        world.keys = [key]
        #expect(try world.actions() == [])
    }

    @Test func `a secret without our marker and no key of ours is a conflict`() throws {
        var world = try World()
        world.secrets = [ObservedSecret(name: try World.secret(), marker: nil)]
        let plan = try world.plan()
        #expect(plan.steps.isEmpty)
        #expect(plan.errors.count == 1)
    }

    @Test func `a suspended workspace gets its blocked team and no key`() throws {
        var world = try World()
        world.desired.suspended = true
        #expect(try world.actions() == [.create])
    }

    @Test func `resuming comes before the mint`() throws {
        var world = try World()
        world.desired.suspended = true
        try world.addTeam()
        world.team?.blocked = true
        world.desired.suspended = false
        #expect(try world.actions().first == .resume)
        #expect(try world.actions().contains(.mint))
    }

    @Test func `a second lineage gets its own key`() throws {
        var world = try World.converged()
        world.desired.keys.append(DesiredKey(secret: try World.secret("BATCH_KEY")))
        let mints = try world.plan().changes.filter { $0.action == .mint }
        #expect(mints.map(\.address.description) == ["workspace/search/key/BATCH_KEY"])
    }

    @Test func `a lineage that left the manifest is retired and counted`() throws {
        var world = try World.converged()
        world.desired.keys = []
        let plan = try world.plan()
        #expect(plan.changes.map(\.action) == [.retire])
        #expect(plan.removals == 1)
    }
}

struct `End of a key` {
    private func world(retiredHoursAgo hours: Int64, blocked: Bool = false) throws -> World {
        var world = try World.converged()
        try world.addTeam(generation: 2)
        var old = try world.key(
            "b", alias: try world.lineage.alias(.first), retiredAt: World.now - .hours(hours))
        old.blocked = blocked
        world.keys = [old, try world.key("a", generation: 2)]
        try world.publish("a", generation: 2)
        return world
    }

    @Test func `before its instant it is upcoming and no change`() throws {
        let plan = try world(retiredHoursAgo: 1).plan()
        #expect(plan.steps.isEmpty)
        #expect(plan.upcoming.map(\.at) == [World.now + .hours(23)])
    }

    @Test func `at its instant it is blocked, not yet deleted`() throws {
        #expect(try world(retiredHoursAgo: 24).actions() == [.block])
    }

    @Test func `a blocked key is deleted once every proxy has forgotten it`() throws {
        var world = try world(retiredHoursAgo: 25, blocked: true)
        // By either clock, of which one may be five minutes off.
        world.keys[0].settingsUpdatedAt = World.now - Span(seconds: 374)
        #expect(try world.actions() == [])
        world.keys[0].settingsUpdatedAt = World.now - Span(seconds: 375)
        #expect(try world.actions() == [.delete])
    }

    @Test func `an expiry that was cleared by hand is put back`() throws {
        var world = try world(retiredHoursAgo: 1)
        world.keys[0].expires = nil
        #expect(try world.actions() == [.retire])
    }

    @Test func `a mark that was erased does not buy another overlap`() throws {
        var world = try world(retiredHoursAgo: 23)
        let end = world.keys[0].expires
        world.keys[0].mark = nil
        guard case .retire(let retirement)? = try world.plan().steps.first?.operations.first else {
            Issue.record("it is retired again")
            return
        }
        #expect(retirement.retiredAt.map { $0 + retirement.overlap } == end)
    }

    @Test func `what time brings is no part of the checksum`() throws {
        let before = try world(retiredHoursAgo: 1).wholePlan()
        let due = try world(retiredHoursAgo: 24).wholePlan()
        #expect(Checksum.of(before) == Checksum.of(due))
    }
}
