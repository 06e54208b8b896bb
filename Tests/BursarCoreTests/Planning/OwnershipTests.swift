import BursarCore
import Testing

/// Every row of "ours" in the contract.
struct `Ownership` {
    @Test func `a team without mark and without keys of ours is not touched`() throws {
        var world = try World.converged()
        world.team?.mark = nil
        world.keys = []
        let plan = try world.plan()
        #expect(plan.steps.isEmpty)
        #expect(plan.errors.count == 1)
    }

    @Test func `a team that lost its mark is known by its marked key`() throws {
        var world = try World.converged()
        world.team?.mark = nil
        let plan = try world.plan()
        #expect(plan.changes.map(\.action) == [.update])
        #expect(plan.changes.first?.cause == .drift)
        guard case .updateTeam(_, let fields)? = plan.steps.first?.operations.first,
            case .mark(let mark)? = fields.last
        else {
            Issue.record("the mark is put back")
            return
        }
        #expect(mark.generations == [try World.secret(): .first])
    }

    @Test func `where every mark is erased the marker in the store still knows the key`() throws {
        var world = try World.converged()
        world.team?.mark = nil
        world.keys[0].mark = nil
        #expect(try world.actions() == [.update, .update])
        #expect(try world.plan().changes.allSatisfy { $0.cause == .drift })
    }

    @Test
    func `a key of ours that was minted into a team that is not there gets its home and its end`()
        throws
    {
        var world = try World()
        var orphan = try world.key("a", alias: try world.lineage.alias(.first))
        orphan.team = nil
        world.keys = [orphan]
        let names = try world.plan().steps.flatMap(\.operations).map(\.name)
        #expect(
            names == [
                "create-team", "update-key", "retire", "mint", "verify", "publish", "claim-alias",
            ])
        guard case .createTeam(let team)? = try world.plan().steps.first?.operations.first else {
            Issue.record("no team")
            return
        }
        #expect(try team.mark.generations == [World.secret(): World.generation(2)])
    }

    @Test func `a team of another owner is an error`() throws {
        var world = try World.converged()
        world.team?.mark?.owner = "staging"
        #expect(try world.plan().errors.first?.contains("staging") == true)
    }

    @Test func `the same owner from another source is an error`() throws {
        var world = try World.converged()
        world.team?.mark?.source = "other"
        #expect(try world.plan().errors.first?.contains("another source") == true)
    }

    @Test func `a foreign key in our team is left alone and said`() throws {
        var world = try World.converged()
        var foreign = try world.key("f", alias: "somebody")
        foreign.mark = nil
        world.keys.append(foreign)
        let plan = try world.plan()
        #expect(plan.steps.isEmpty)
        #expect(plan.warnings.contains { $0.contains("minted elsewhere") })
    }

    @Test(arguments: ["prod", "local"])
    func `a key of the gateway's is no generation of ours, whoever it names`(owner: String) throws {
        var world = try World.converged()
        var minted = try world.key("f", alias: "search/gateway@g1")
        minted.mark?.owner = owner
        minted.mark?.via = KeyMark.gateway
        world.keys.append(minted)
        let plan = try world.plan()
        #expect(plan.steps.isEmpty)
        #expect(
            plan.warnings.last
                == "1 key in the team minted elsewhere, through the gateway; left alone")
        // Even under an alias of ours.
        world.keys[world.keys.count - 1].alias = "search/LITELLM_API_KEY@g2"
        #expect(try world.plan().steps.isEmpty)
    }

    @Test func `a copied mark under another alias is reported and not touched`() throws {
        var world = try World.converged()
        world.keys.append(try world.key("c", alias: "copy-of-it"))
        let plan = try world.plan()
        #expect(plan.steps.isEmpty)
        #expect(plan.warnings.contains { $0.contains("copy") })
    }

    @Test func `a published key that lost its mark gets it back`() throws {
        var world = try World.converged()
        world.keys[0].mark = nil
        let plan = try world.plan()
        #expect(plan.changes.map(\.action) == [.update])
        #expect(plan.changes.first?.cause == .drift)
        #expect(plan.changes.first?.fields.map(\.path) == ["mark"])
    }

    @Test
    func `an unmarked key that has not given its alias to the published one is the one before`()
        throws
    {
        var world = try World.converged()
        try world.addTeam(generation: 5)
        var old = try world.key("d")
        old.mark = nil
        world.keys = [
            try world.key("a", generation: 5, alias: world.lineage.alias(World.generation(5))), old,
        ]
        try world.publish("a", generation: 5)
        let retired = try world.plan().steps.flatMap(\.operations).compactMap { operation in
            if case .retire(let retirement) = operation { retirement.mark.generation } else { nil }
        }
        #expect(retired == [try World.generation(4)])
    }

    @Test func `an unmarked key above the team's number is foreign`() throws {
        var world = try World.converged()
        var key = try world.key(
            "d", generation: 7, alias: try world.lineage.alias(World.generation(7)))
        key.mark = nil
        world.keys.append(key)
        #expect(try world.plan().steps.isEmpty)
    }

    @Test func `an unmarked key within the team's numbers is ours and is retired`() throws {
        var world = try World.converged()
        try world.addTeam(generation: 2)
        var key = try world.key("d", alias: try world.lineage.alias(World.generation(2)))
        key.mark = nil
        world.keys.append(key)
        #expect(try world.actions() == [.retire])
    }

    @Test func `a key of another owner in our team is foreign`() throws {
        var world = try World.converged()
        var key = try world.key("e", alias: try world.lineage.alias(.first))
        key.mark?.owner = "staging"
        world.keys.append(key)
        #expect(try world.plan().steps.isEmpty)
    }
}
