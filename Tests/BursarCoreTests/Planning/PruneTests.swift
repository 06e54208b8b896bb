import BursarCore
import Testing

/// Every row of "prune" in the contract: what is done with a workspace that left the source.
struct PruneTests {
    /// The source is whole and names another workspace alone.
    private func left(_ world: World, whole: Bool = true) throws -> (
        plan: Plan, own: WorkspacePlan?
    ) {
        var other = world.desired
        other.id = try #require(WorkspaceID("other"))
        other.name = "other"
        let plan = world.plan(of: [other], whole: whole)
        return (plan, plan.workspaces.first { $0.id == world.desired.id })
    }

    private func pruning() throws -> World {
        var world = try World.converged()
        world.policy.pruning = Pruning(after: .days(7))
        return world
    }

    /// As it is some time after the run that suspended it.
    private func suspended(ago: Span) throws -> World {
        var world = try pruning()
        let step = try #require(try left(world).own?.steps.first)
        guard case .updateTeam(_, let fields)? = step.operations.first else {
            Issue.record("a prune begins at the team")
            return world
        }
        for field in fields {
            switch field {
            case .blocked(let flag): world.team?.blocked = flag
            case .mark(let mark):
                let generations = world.team?.mark?.generations ?? [:]
                world.team?.mark = mark
                world.team?.mark?.generations.merge(generations) { max($0, $1) }
            default: Issue.record("\(field) is no part of it")
            }
        }
        world.now = World.now + ago
        return world
    }

    private func names(_ plan: WorkspacePlan?) -> [String] {
        (plan?.steps ?? []).flatMap(\.operations).map(\.name)
    }

    // Whether it is pruned.

    @Test func `unless asked it is left as it is, and said`() throws {
        let (plan, own) = try left(try World.converged())
        #expect(own == nil)
        #expect(plan.unclaimed.map(\.text) == ["search"])
    }

    @Test func `asked for, it is suspended with the moment in its mark, and counts as a removal`()
        throws
    {
        let world = try pruning()
        let (plan, own) = try left(world)
        #expect(plan.unclaimed == [])
        #expect(own?.changes.map(\.action) == [.suspend])
        #expect(own?.changes.first?.cause == .prune)
        #expect(own?.removals == 1)
        let after = try suspended(ago: Span(seconds: 0))
        #expect(after.team?.blocked == true)
        #expect(after.team?.mark?.pruneSince == World.now)
        #expect(after.team?.mark?.source == "5f0e")
    }

    @Test func `a source of which a part is missing prunes nothing and says so`() throws {
        let (plan, own) = try left(try pruning(), whole: false)
        #expect(own == nil)
        #expect(plan.warnings.contains { $0.hasPrefix("nothing is pruned") })
    }

    @Test func `a team whose last manifest said prune: false is kept`() throws {
        var world = try pruning()
        world.team?.mark?.pruneNever = true
        let (plan, own) = try left(world)
        #expect(own == nil)
        #expect(plan.unclaimed.map(\.text) == ["search"])
        #expect(plan.warnings == [])
    }

    @Test func `a team that lost its mark is kept, since the mark may have said never`() throws {
        var world = try pruning()
        world.team?.mark = nil
        let (plan, own) = try left(world)
        #expect(own == nil)
        #expect(plan.unclaimed.map(\.text) == ["search"])
        #expect(plan.warnings.contains { $0.contains("mark is lost") && $0.hasSuffix("search") })
    }

    @Test func `a team whose mark names no source may be of another one, and is kept`() throws {
        var world = try pruning()
        world.team?.mark?.source = nil
        let (plan, own) = try left(world)
        #expect(own == nil)
        #expect(plan.warnings.contains { $0.contains("names no source") })
    }

    @Test func `without a source id of its own a source prunes nothing`() throws {
        var world = try pruning()
        world.policy = PlanPolicy(
            owner: Owner(name: "prod", source: nil), keyCacheTTL: Span(seconds: 60),
            pruning: Pruning(after: .days(7)))
        let (plan, own) = try left(world)
        #expect(own == nil)
        #expect(plan.warnings.contains { $0.contains("spec.source.id") })
    }

    @Test func `a stranger's team and another owner's are kept without a word`() throws {
        var world = try pruning()
        world.team?.mark?.owner = "staging"
        world.keys[0].mark?.owner = "staging"
        world.secrets = []
        let (plan, own) = try left(world)
        #expect(own == nil)
        #expect(plan.unclaimed == [])
        #expect(plan.warnings == [])
    }

    @Test func `two sources of one owner are a conflict: both are named, nothing is done`() throws {
        var world = try pruning()
        world.team?.mark?.source = "0d3f"
        let (plan, own) = try left(world)
        #expect(own == nil)
        #expect(plan.hasErrors && !plan.isEmpty)
        #expect(plan.changes == [], "not even in a workspace that nobody else has")
        let error = try #require(plan.errors.first)
        for part in ["prod", "5f0e", "0d3f", "search"] { #expect(error.contains(part)) }
    }

    @Test func `what is taken over from the other source is no conflict`() throws {
        var world = try pruning()
        world.team?.mark?.source = "0d3f"
        world.desired.adoption = Adoption(team: true, from: "prod")
        let plan = world.wholePlan()
        #expect(plan.errors == [])
        #expect(plan.changes.first?.action == .adopt)
    }

    @Test func `nor is it in a part of the source that does not name it`() throws {
        var world = try pruning()
        world.team?.mark?.source = "0d3f"
        world.desired.adoption = Adoption(team: true, from: "prod")
        let whole = DesiredState(workspaces: [world.desired], isWhole: true)
        let part = DesiredState(workspaces: [], isWhole: false, partOf: whole)
        #expect(world.plan(of: part).errors == [])
        let another = DesiredState(workspaces: [], isWhole: false)
        #expect(world.plan(of: another).errors.count == 1)
    }

    // How far.

    @Test func `until pruneAfter is over nothing more is done, and the plan says when`() throws {
        let own = try left(try suspended(ago: .days(6))).own
        #expect(own?.steps == [])
        #expect(own?.upcoming.map(\.at) == [World.now + .days(7)])
        #expect(own?.removals == 0)
    }

    @Test func `then its keys are revoked and its secrets removed, the team stays`() throws {
        let own = try left(try suspended(ago: .days(7))).own
        #expect(names(own) == ["retire", "remove-secret"])
        #expect(own?.changes.map(\.action) == [.block, .remove])
        #expect(own?.changes.allSatisfy { $0.cause == .prune && $0.broughtByTime } == true)
        #expect(own?.pruneSince == World.now)
    }

    @Test func `every key of ours is revoked: old, half-done and unmarked ones, too`() throws {
        var world = try suspended(ago: .days(7))
        world.team?.mark?.generations[try World.secret()] = try World.generation(3)
        world.keys.append(
            try world.key(
                "b", generation: 2, alias: world.lineage.alias(World.generation(2)),
                retiredAt: world.now - .hours(1)))
        var unmarked = try world.key("c", alias: world.lineage.alias(World.generation(3)))
        unmarked.mark = nil
        world.keys.append(unmarked)
        let operations = try left(world).own?.steps.flatMap(\.operations) ?? []
        let retired = operations.compactMap { operation -> Retirement? in
            if case .retire(let retirement) = operation { retirement } else { nil }
        }
        #expect(retired.map(\.key.hash) == world.keys.map(\.hash))
        #expect(retired.map(\.overlap.seconds) == [0, 3600, 0])
        #expect(operations.last?.name == "remove-secret")
    }

    @Test func `blocked keys are deleted once no proxy serves them`() throws {
        var world = try suspended(ago: .days(7))
        world.secrets = []
        world.keys = [
            try world.key(
                "a", alias: world.lineage.alias(.first), retiredAt: world.now - .days(1))
        ]
        world.keys[0].blocked = true
        world.keys[0].settingsUpdatedAt = world.now
        let waiting = try left(world).own
        #expect(waiting?.steps == [])
        #expect(waiting?.upcoming.map(\.at) == [world.now + world.policy.settled])
        world.now = world.now + world.policy.settled
        let own = try left(world).own
        #expect(names(own) == ["delete"])
        #expect(own?.changes.first?.cause == .prune)
    }

    @Test func `a team suspended by its manifest only gets the moment`() throws {
        var world = try pruning()
        world.team?.blocked = true
        let step = try #require(try left(world).own?.steps.first)
        #expect(step.change.fields == [])
        guard case .updateTeam(_, let fields)? = step.operations.first, fields.count == 1,
            case .mark(let mark) = fields[0]
        else {
            Issue.record("\(step.operations)")
            return
        }
        #expect(mark.pruneSince == World.now)
    }

    @Test func `resumed by hand it is suspended again, and its time does not begin anew`() throws {
        var world = try suspended(ago: .days(2))
        world.team?.blocked = false
        let own = try left(world).own
        #expect(own?.changes.map(\.action) == [.suspend])
        #expect(own?.changes.first?.cause == .drift)
        #expect(own?.upcoming.map(\.at) == [World.now + .days(7)])
        #expect(own?.removals == 0)
    }

    @Test func `a store that cannot be read is an error of that workspace`() throws {
        let world = try suspended(ago: .days(7))
        let observed = ObservedState(
            issuer: ObservedIssuer(
                teams: [world.team].compactMap(\.self), keys: world.keys,
                models: world.models, version: nil, licensed: nil),
            secrets: [:], unreadable: [world.desired.id: "its secrets cannot be read"])
        let plan = BursarCore.plan(
            desired: DesiredState(workspaces: [], isWhole: true), observed: observed,
            policy: world.policy, now: world.now)
        #expect(plan.workspaces.map(\.errors) == [["its secrets cannot be read"]])
        #expect(plan.changes == [])
    }

    @Test func `a secret without our marker and a key of somebody else's are left alone`() throws {
        var world = try suspended(ago: .days(7))
        world.secrets = [ObservedSecret(name: try World.secret(), marker: nil)]
        var guest = try world.key("e", alias: "guest")
        guest.mark = nil
        world.keys.append(guest)
        let own = try left(world).own
        #expect(names(own) == ["retire"])
    }

    // The tombstone.

    private func tombstone(ago: Span) throws -> World {
        var world = try suspended(ago: ago)
        world.keys = []
        world.secrets = []
        world.team?.budgetResetAt = World.now + .days(40)
        return world
    }

    @Test func `the blocked team stays for its budget period`() throws {
        let own = try left(try tombstone(ago: .days(29))).own
        #expect(own?.steps == [])
        #expect(own?.upcoming.map(\.at) == [World.now + .days(30)])
        #expect(own?.upcoming.map(\.action) == [.delete])
    }

    @Test func `after it the team is deleted`() throws {
        let own = try left(try tombstone(ago: .days(30))).own
        #expect(names(own) == ["delete-team"])
        #expect(own?.changes.first?.broughtByTime == true)
        #expect(own?.pruneSince == World.now)
    }

    @Test func `while it has something spent it stays`() throws {
        var world = try tombstone(ago: .days(30))
        world.team?.spend = Money(picos: 1)
        let own = try left(world).own
        #expect(own?.steps == [])
        #expect(own?.upcoming.map(\.at) == [World.now + .days(40)])
    }

    @Test func `without a period it stays for ever`() throws {
        var world = try tombstone(ago: .days(3650))
        world.team?.period = nil
        let own = try left(world).own
        #expect(own?.steps == [])
        #expect(own?.upcoming == [])
    }

    @Test func `with a key of somebody else's in it it is never deleted`() throws {
        var world = try tombstone(ago: .days(3650))
        var guest = try world.key("e", alias: "guest")
        guest.mark = nil
        world.keys = [guest]
        #expect(try left(world).own?.steps == [])
    }

    // A manifest that comes back.

    @Test func `back within the time it resumes, and nothing else`() throws {
        let world = try suspended(ago: .days(6))
        let plan = try world.plan()
        #expect(plan.changes.map(\.action) == [.resume])
        #expect(plan.changes.first?.cause == .manifest)
        #expect(plan.changes.first?.reason == "back in the source")
        guard case .updateTeam(_, let fields)? = plan.steps.first?.operations.first,
            case .mark(let mark)? = fields.last
        else {
            Issue.record("\(plan.steps)")
            return
        }
        #expect(mark.pruneSince == nil)
    }

    @Test func `back as suspended it only loses the moment`() throws {
        var world = try suspended(ago: .days(6))
        world.desired.suspended = true
        let plan = try world.plan()
        #expect(plan.changes.map(\.reason) == ["back in the source"])
        #expect(names(plan) == ["update-team"])
    }

    @Test func `back after its keys are gone it gets the next generation`() throws {
        var world = try tombstone(ago: .days(8))
        world.team?.spend = Money(picos: 7)
        let plan = try world.plan()
        #expect(plan.changes.map(\.action) == [.resume, .mint, .verify, .publish])
        guard
            case .mint(let order)? = plan.steps.flatMap(\.operations).first(where: {
                $0.name == "mint"
            })
        else {
            Issue.record("no mint")
            return
        }
        #expect(order.generation == (try World.generation(2)))
    }
}
