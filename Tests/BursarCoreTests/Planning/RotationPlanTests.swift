import BursarCore
import Testing

/// What a due rotation makes of a workspace, and what a run that broke off left.
struct `Rotation in a plan` {
    /// A converged workspace whose key is a day old and may be 12 hours.
    private func due(_ change: (inout RotationSpec) -> Void = { _ in }) throws -> World {
        var world = try World.converged()
        var rotation = RotationSpec(trigger: .every(.hours(12)))
        change(&rotation)
        world.desired.keys[0].rotation = rotation
        return world
    }

    private func names(_ plan: WorkspacePlan) -> [String] {
        plan.steps.flatMap(\.operations).map(\.name)
    }

    @Test func `a due key is replaced, and the old one lives through its overlap`() throws {
        let plan = try due().plan()
        #expect(plan.changes.map(\.action) == [.update, .mint, .verify, .publish, .retire])
        #expect(plan.changes.allSatisfy { $0.cause == .rotation })
        #expect(
            names(plan) == ["update-team", "mint", "verify", "publish", "retire", "claim-alias"])
        #expect(plan.changes[1].reason.contains("every 12h, due since 2026-11-23T2"))
        guard case .retire(let end)? = plan.steps.last?.operations.first else {
            Issue.record("no retirement")
            return
        }
        #expect(end.overlap == .hours(24) && end.source == .rule && end.retiredAt == nil)
    }

    @Test func `a rotation that is not due yet is upcoming, and no change`() throws {
        var world = try World.converged()
        world.desired.keys[0].rotation = RotationSpec(trigger: .every(.days(30)))
        let plan = try world.plan()
        #expect(plan.steps == [])
        #expect(plan.upcoming.map(\.action) == [.mint])
        world.now = try #require(plan.upcoming.first).at
        #expect(try world.actions().contains(.mint), "it is due at that instant")
        #expect(try world.plan().upcoming.allSatisfy { $0.action != .mint })
    }

    @Test func `a rotation is no part of what a review approves`() throws {
        #expect(
            Checksum.of(try due().wholePlan()) == Checksum.of(try World.converged().wholePlan()))
    }

    @Test func `a reviewed change of the key stays in the plan when a rotation is due`() throws {
        var still = try World.converged()
        still.desired.keys[0].limits.requestsPerMinute = .value(7)
        var turning = try due()
        turning.desired.keys[0].limits.requestsPerMinute = .value(7)
        #expect(try turning.actions().contains(.mint))
        #expect(Checksum.of(turning.wholePlan()) == Checksum.of(still.wholePlan()))
    }

    @Test func `a suspended workspace is not rotated`() throws {
        var world = try due()
        world.desired.suspended = true
        world.team?.blocked = true
        #expect(try world.actions() == [])
    }

    @Test func `a key minted before an instant that has come dies with the other overlap`() throws {
        let world = try due { rotation in
            rotation.trigger = nil
            rotation.after = World.now - .hours(1)
            rotation.afterOverlap = Span(seconds: 0)
        }
        guard case .retire(let end)? = try world.plan().steps.last?.operations.first else {
            Issue.record("no retirement")
            return
        }
        #expect(end.overlap.seconds == 0 && end.source == .after)
    }

    @Test func `a resume that meets a leaked key blocks it before the team works`() throws {
        var world = try due { $0.after = World.now - .hours(1) }
        world.team?.blocked = true
        let plan = try world.plan()
        #expect(
            names(plan) == [
                "update-team", "retire", "mint", "publish", "claim-alias", "update-team", "verify",
            ])
        guard case .retire(let end)? = plan.steps[1].operations.first,
            case .updateTeam(_, let first)? = plan.steps[0].operations.first,
            case .updateTeam(_, let second)? = plan.steps[4].operations.first
        else {
            Issue.record("another order")
            return
        }
        #expect(end.overlap.seconds == 0)
        #expect(!first.contains(.blocked(false)) && second.contains(.blocked(false)))
    }

    @Test func `an older key in its overlap is cut before the workspace resumes, too`() throws {
        var world = try retiring(3)
        world.keys[0].mark?.mintedAt = World.now - .hours(2)
        world.desired.keys[0].rotation?.after = World.now - .hours(1)
        world.desired.keys[0].rotation?.afterOverlap = Span(seconds: 0)
        world.team?.blocked = true
        #expect(
            names(try world.plan()) == [
                "update-team", "retire", "retire", "mint", "publish", "claim-alias", "update-team",
                "verify",
            ])
    }

    @Test func `a stranger's key that bears the alias stops nothing and is named`() throws {
        var world = try due()
        var stranger = try world.key("c")
        stranger.team = "elsewhere"
        stranger.mark = nil
        world.keys[0].alias = try world.lineage.alias(.first)
        world.keys.append(stranger)
        let plan = try world.plan()
        #expect(names(plan) == ["update-team", "mint", "verify", "publish", "retire"])
        #expect(plan.warnings.contains { $0.contains("not ours") })
        world.desired.keys[0].rotation = nil
        #expect(try world.actions() == [])
    }

    @Test func `only so many rotations a run, the oldest first, and the rest is listed`() throws {
        let spec = RotationSpec(trigger: .every(.hours(12)))
        var world = try World.converged()
        let older = try #require(SecretName("OLDER_KEY"))
        world.desired.keys = [
            DesiredKey(secret: try World.secret(), rotation: spec),
            DesiredKey(secret: older, rotation: spec),
        ]
        world.team?.mark?.generations[older] = .first
        var key = try world.key("b")
        key.alias = "search/OLDER_KEY"
        key.mark?.secret = older
        key.mark?.mintedAt = World.now - .days(9)
        world.keys.append(key)
        world.secrets.append(
            ObservedSecret(
                name: older,
                marker: SecretMarker(
                    owner: World.owner.name, generation: .first, fingerprint: key.hash.fingerprint))
        )
        world.policy.rotations = 1
        let plan = try world.plan()
        #expect(plan.changes.filter { $0.action == .mint }.map(\.address.part) == [.key(older)])
        #expect(plan.deferred.map(\.address.part) == [.key(try World.secret())])
    }

    @Test func `a command rotates its lineages and touches nothing else`() throws {
        var world = try World.converged()
        world.desired.keys[0].limits.requestsPerMinute = .value(7)
        world.team?.cap = .zero
        world.policy.command = RotationCommand(
            [try world.lineage], before: World.now, overlap: .hours(1))
        let plan = try world.plan()
        #expect(
            names(plan) == ["update-team", "mint", "verify", "publish", "retire", "claim-alias"])
        guard case .updateTeam(_, let fields)? = plan.steps.first?.operations.first,
            case .retire(let end)? = plan.steps.last?.operations.first
        else {
            Issue.record("another order")
            return
        }
        #expect(fields.count == 1)
        #expect(try world.plan().capAfter == world.plan().capBefore)
        #expect(end.overlap == .hours(1) && end.source == .command)
        world.keys[0].mark?.mintedAt = World.now
        world.keys[0].requestsPerMinute = 7
        #expect(try world.actions() == [])
    }

    @Test func `a command takes away the end that LiteLLM's defaults put on what it minted`() throws
    {
        var world = try World.converged()
        world.keys[0].expires = World.now + .days(45)
        world.policy.command = RotationCommand([try world.lineage], before: World.now - .hours(1))
        world.keys[0].mark?.mintedAt = World.now
        #expect(names(try world.plan()) == ["update-key"])
    }

    @Test func `a command mints nothing into a team that is not there`() throws {
        var world = try World()
        world.policy.command = RotationCommand([try world.lineage], before: World.now)
        let plan = try world.plan()
        #expect(plan.steps == [] && plan.errors.count == 1)
        world = try World.converged()
        world.team?.mark = nil
        world.policy.command = RotationCommand([try world.lineage], before: World.now)
        #expect(try world.plan().steps == [])
        #expect(try world.plan().errors.count == 1)
    }

    // A run that broke off.

    @Test func `with a keyring a half-done rotation is finished`() throws {
        var world = try due()
        try world.addTeam(generation: 2)
        let second = try World.generation(2)
        world.keys.append(
            try world.key("b", generation: 2, alias: try world.lineage.alias(second)))
        world.derivable = [try World.hash("b"): "k1"]
        #expect(
            names(try world.plan()) == ["derive", "verify", "publish", "retire", "claim-alias"])
        world.keys[1].expires = World.now - .hours(1)
        #expect(
            names(try world.plan()) == [
                "update-key", "derive", "verify", "publish", "retire", "claim-alias",
            ])
    }

    @Test func `without one it is retired and the next generation minted`() throws {
        var world = try due()
        try world.addTeam(generation: 2)
        let second = try World.generation(2)
        world.keys.append(
            try world.key("b", generation: 2, alias: try world.lineage.alias(second)))
        let plan = try world.plan()
        #expect(
            names(plan) == [
                "update-team", "retire", "mint", "verify", "publish", "retire", "claim-alias",
            ])
        guard case .mint(let order)? = plan.steps[2].operations.first else {
            Issue.record("no mint")
            return
        }
        #expect(order.generation.number == 3)
    }

    @Test func `a secret that the store lost is derived and published again`() throws {
        var world = try World.converged()
        world.secrets = []
        world.derivable = [try World.hash("a"): "k1"]
        let plan = try world.plan()
        #expect(names(plan) == ["derive", "publish"])
        #expect(plan.lostSecrets == 0)
        world.desired.suspended = true
        world.team?.blocked = true
        #expect(names(try world.plan()) == ["derive", "publish"])
    }

    // The old key.

    private func retiring(_ hours: Int64, overlap: Span = .hours(24)) throws -> World {
        var world = try due { $0.trigger = nil }
        try world.addTeam(generation: 2)
        let end = World.now - .hours(hours)
        var old = try world.key("b", alias: try world.lineage.alias(.first), retiredAt: end)
        old.mark?.overlap = overlap
        old.expires = end + overlap
        world.keys = [try world.key("a", generation: 2), old]
        try world.publish("a", generation: 2)
        return world
    }

    @Test func `within its overlap the old key is left alone`() throws {
        let plan = try retiring(3).plan()
        #expect(plan.steps == [])
        #expect(plan.upcoming.map(\.at) == [World.now + .hours(21)])
    }

    @Test func `an overlap that the manifest changed is a reviewed change`() throws {
        var world = try retiring(3)
        world.desired.keys[0].rotation?.overlap = .hours(48)
        let plan = try world.plan()
        #expect(plan.changes.map(\.action) == [.retire])
        #expect(plan.changes[0].cause == .manifest)
        guard case .retire(let end)? = plan.steps[0].operations.first else { return }
        #expect(end.overlap == .hours(48) && end.retiredAt == World.now - .hours(3))
    }

    @Test func `an overlap that a command gave is left as it is`() throws {
        var world = try retiring(3)
        world.keys[1].mark?.overlapBy = .command
        world.desired.keys[0].rotation?.overlap = .hours(48)
        #expect(try world.actions() == [])
    }

    @Test func `a key that is still used gets a day more, up to its highest age`() throws {
        var world = try retiring(20)
        world.desired.keys[0].rotation?.overlapWhileInUse = true
        world.desired.keys[0].rotation?.maxAge = .days(90)
        #expect(try world.actions() == [])
        world.keys[1].lastActive = World.now - .hours(1)
        let plan = try world.plan()
        #expect(plan.changes.map(\.cause) == [.rotation])
        guard case .retire(let end)? = plan.steps.first?.operations.first else {
            Issue.record("no extension")
            return
        }
        #expect(end.overlap == .hours(48))
        world.keys[1].mark?.overlap = end.overlap
        world.keys[1].expires = World.now + .hours(28)
        #expect(try world.actions() == [])
        // The published key is young: only the old one has reached its highest age.
        world.keys[0].mark?.mintedAt = World.now
        world.desired.keys[0].rotation?.maxAge = .days(1)
        world.now = World.now + .hours(20)
        world.keys[1].lastActive = world.now
        #expect(try world.actions() == [])
        #expect(try world.plan().warnings.contains { $0.contains("still in use") })
    }

    @Test func `an emergency cuts an overlap that runs already`() throws {
        var world = try retiring(3)
        world.keys[0].mark?.mintedAt = World.now
        world.desired.keys[0].rotation?.after = World.now - .hours(1)
        world.desired.keys[0].rotation?.afterOverlap = Span(seconds: 0)
        let plan = try world.plan()
        #expect(plan.changes.map(\.action) == [.retire] && plan.changes[0].cause == .rotation)
        guard case .retire(let end)? = plan.steps.first?.operations.first else {
            Issue.record("no retirement")
            return
        }
        #expect(end.overlap == .hours(2) && end.source == .after)
    }

    @Test func `a second key of one generation gets an alias of its own`() throws {
        var world = try World.converged()
        let taken = try world.lineage.alias(.first)
        let first = try world.key("b", alias: taken)
        let alias = try world.lineage.oldAlias(of: world.keys[0], .first, among: [first])
        #expect(alias == taken + ".2")
        #expect(try LineageAlias(alias)?.lineage == world.lineage)
        #expect(LineageAlias(alias)?.generation == .first)
        world.keys[0].alias = taken
        #expect(try world.lineage.oldAlias(of: world.keys[0], .first, among: [first]) == alias)
        world.keys[0].alias = alias
        #expect(try world.lineage.oldAlias(of: world.keys[0], .first, among: [first]) == alias)
    }

    @Test func `a late run sends only the generation that it raises`() throws {
        var world = try due()
        world.team?.mark?.generations[try #require(SecretName("OTHER_KEY"))] = .first
        guard case .updateTeam(_, let fields)? = try world.plan().steps.first?.operations.first,
            case .mark(let mark)? = fields.first
        else {
            Issue.record("no mark")
            return
        }
        #expect(mark.generations == [try World.secret(): try World.generation(2)])
    }

    @Test func `a key that was never published is not extended`() throws {
        var world = try retiring(20)
        world.desired.keys[0].rotation?.overlapWhileInUse = true
        world.desired.keys[0].rotation?.maxAge = .days(90)
        #expect(try world.actions() == [])
    }
}
