import BursarCore
import Testing

/// What `spec.adopt` does to a team and keys that bursar did not make.
struct AdoptionTests {
    /// A stranger's team with one key, and a manifest that says the same of them.
    private func world(from: String? = nil) throws -> World {
        var world = try World()
        world.team = ObservedTeam(
            id: world.desired.id, alias: "Search Team", cap: Money(decimal: "250"), period: "30d",
            models: .only(["chat"]), requestsPerMinute: 60, spend: .zero)
        world.keys = [try Self.strange("a", alias: "search-key")]
        world.desired.adoption = Adoption(
            team: true, keys: [try World.secret(): .alias("search-key")], from: from)
        return world
    }

    private static func strange(
        _ digit: Character, alias: String?, team: String? = "search"
    ) throws -> ObservedKey {
        ObservedKey(
            hash: try World.hash(digit), alias: alias, team: team,
            metadata: ["cost_center": .string("42")], models: .unrestricted,
            cap: Money(decimal: "2"), routes: [], createdAt: World.now - .days(40), spendLogs: [:])
    }

    private func errors(_ world: World) throws -> [String] {
        let plan = try world.plan()
        #expect(plan.errors.isEmpty == false)
        #expect(plan.steps.isEmpty)
        return plan.errors
    }

    @Test func `a stranger's team is an error that tells of adopt`() throws {
        var world = try world()
        world.desired.adoption = nil
        #expect(
            try errors(world) == [
                "a team search exists that bursar did not make: choose another spec.id, or take it "
                    + "over with spec.adopt: {team: true}"
            ])
    }

    @Test func `team and key are taken over with no more than what differs`() throws {
        let plan = try world().plan()
        #expect(plan.errors.isEmpty)
        #expect(plan.changes.map(\.action) == [.adopt, .adopt])
        #expect(plan.changes.allSatisfy { $0.cause == .adoption && !$0.broughtByTime })
        #expect(plan.changes[0].fields.map(\.path) == ["name", "owner"])
        #expect(plan.changes[1].fields.map(\.path) == ["alias", "owner"])
        guard case .updateTeam(_, let team)? = plan.steps[0].operations.first,
            case .updateKey(_, _, let key)? = plan.steps[1].operations.first
        else {
            Issue.record("one write each")
            return
        }
        #expect(team.count == 2)
        // Alias, mark, and what spend is attributed by: neither budget nor routes nor models.
        #expect(key.count == 3)
        let mark = key.compactMap { if case .mark(let mark) = $0 { mark } else { nil } }.first
        #expect(mark?.adopted == true)
        #expect(mark?.mintedAt == World.now - .days(40))
        #expect(plan.warnings.contains { $0.contains("a budget of its own, $2.00") })
        #expect(!plan.warnings.contains { $0.contains("minted elsewhere") })
    }

    /// What the operations of an adoption leave behind.
    private func apply(_ plan: WorkspacePlan, to world: inout World) throws {
        for operation in plan.steps.flatMap(\.operations) {
            switch operation {
            case .updateTeam(_, let fields):
                for field in fields {
                    switch field {
                    case .mark(let mark): world.team?.mark = mark
                    case .alias(let alias): world.team?.alias = alias
                    default: Issue.record("only stamps: \(field)")
                    }
                }
            case .updateKey(let key, _, let fields):
                let index = try #require(world.keys.firstIndex { $0.hash == key.hash })
                for field in fields {
                    switch field {
                    case .mark(let mark): world.keys[index].mark = mark
                    case .alias(let alias): world.keys[index].alias = alias
                    case .spendLogs(let logs): world.keys[index].spendLogs = logs
                    case .team(let team): world.keys[index].team = team.text
                    case .models(let models):
                        world.keys[index].models = models.map(KeyModels.only) ?? .team
                    case .noUser: world.keys[index].user = nil
                    case .requestsPerMinute(let limit): world.keys[index].requestsPerMinute = limit
                    default: Issue.record("not of an adoption: \(field)")
                    }
                }
            default: Issue.record("not of an adoption: \(operation.name)")
            }
        }
    }

    @Test func `the second plan is empty, and adopt is without effect`() throws {
        var world = try world()
        try apply(world.plan(), to: &world)
        #expect(try world.plan().steps.isEmpty)
        // Another key takes the alias that the first one had.
        world.keys.append(try Self.strange("b", alias: "search-key"))
        let plan = try world.plan()
        #expect(plan.steps.isEmpty)
        #expect(plan.errors.isEmpty)
        world.desired.adoption = nil
        #expect(try world.plan().steps.isEmpty)
    }

    @Test func `the first rotation mints a new key and ends the adopted one`() throws {
        var world = try world()
        try apply(world.plan(), to: &world)
        world.desired.keys[0].rotation = RotationSpec(trigger: .every(.days(30)))
        let plan = try world.plan()
        #expect(plan.changes.map(\.action) == [.update, .mint, .verify, .publish, .retire])
        #expect(plan.steps.flatMap(\.operations).contains { $0.subject.hasSuffix("generation 2") })
        #expect(plan.lostSecrets == 0)
    }

    @Test func `an adopted key whose alias was changed by hand is not taken for a stray`() throws {
        var world = try world()
        try apply(world.plan(), to: &world)
        world.keys[0].alias = try world.lineage.alias(.first)
        let plan = try world.plan()
        #expect(plan.changes.map(\.action) == [.update])
        #expect(plan.changes[0].fields.map(\.path) == ["alias"])
    }

    @Test func `an erased mark of an adopted key is put back as that of one`() throws {
        var world = try world()
        try apply(world.plan(), to: &world)
        world.keys[0].mark = nil
        world.keys[0].spendLogs = [:]
        let plan = try world.plan()
        #expect(plan.lostSecrets == 0)
        #expect(plan.changes.last?.action == .adopt)
        try apply(plan, to: &world)
        #expect(world.keys[0].mark?.adopted == true)
        #expect(try world.plan().steps.isEmpty)
    }

    @Test func `a lost secret of a key that the keyring derives does not pass for an adoption`()
        throws
    {
        var world = try world()
        world.team = try World.converged().team
        var key = try world.key("a")
        key.mark = nil
        world.keys = [key]
        world.derivable = [key.hash: "k1"]
        let plan = try world.plan()
        #expect(plan.errors.isEmpty)
        // The value is known: it is published again, and no adoption.
        #expect(plan.changes.map(\.action).contains(.publish))
        #expect(!plan.changes.map(\.action).contains(.adopt))
    }

    @Test func `after a rotation an erased mark does not make a lost secret an adoption`() throws {
        var world = try world()
        try apply(world.plan(), to: &world)
        world.team?.mark?.generations = [try World.secret(): try World.generation(2)]
        var key = try world.key("b", generation: 2)
        key.mark = nil
        world.keys = [key]
        #expect(try world.plan().lostSecrets == 1)
        #expect(try !world.plan().changes.map(\.action).contains(.adopt))
    }

    @Test func `adopt of a second key for one secret is said to be without effect`() throws {
        var world = try world()
        try apply(world.plan(), to: &world)
        let said = "spec.adopt names key other for LITELLM_API_KEY, which has a key already"
        func isSaid() throws -> Bool {
            let plan = try world.plan()
            #expect(plan.errors.isEmpty && plan.steps.isEmpty)
            return plan.warnings.contains { $0.hasPrefix(said) }
        }
        #expect(try !isSaid())
        world.desired.adoption?.keys = [try World.secret(): .alias("other")]
        #expect(try !isSaid(), "nothing tells it from the alias that the key had")
        world.keys.append(try Self.strange("b", alias: "other"))
        #expect(try isSaid())
    }

    @Test func `adopt of a key that is not there beside one that bursar minted is said, too`()
        throws
    {
        var world = try World.converged()
        #expect(try world.plan().warnings.allSatisfy { !$0.contains("adopt") })
        world.desired.adoption = Adoption(
            team: true, keys: [try World.secret(): .alias("nowhere")])
        #expect(
            try world.plan().warnings.contains {
                $0.hasPrefix("spec.adopt names key nowhere for LITELLM_API_KEY")
            })
        world.desired.adoption?.keys = [try World.secret(): .hash(try World.hash("a"))]
        #expect(try world.plan().warnings.allSatisfy { !$0.contains("adopt") })
    }

    @Test func `another owner's team and key are taken only by that name`() throws {
        var world = try world()
        world.team?.mark = TeamMark(
            owner: "old", source: "77", generations: [try World.secret(): try World.generation(4)],
            applied: ["x": "y"])
        world.keys[0].mark = KeyMark(
            owner: "old", secret: try World.secret(), generation: try World.generation(4),
            mintedAt: World.now - .days(3), applied: [:])
        #expect(
            try errors(world) == [
                "team search belongs to owner old, not to prod; to take it over, say spec.adopt: "
                    + "{team: true, from: old}"
            ])
        world.desired.adoption?.from = "older"
        #expect(try errors(world).count == 1)
        world.desired.adoption?.from = "old"
        let plan = try world.plan()
        #expect(plan.changes.map(\.action) == [.adopt, .adopt])
        #expect(plan.changes[0].reason == "taken over from owner old")
        try apply(plan, to: &world)
        #expect(world.team?.mark?.owner == "prod")
        #expect(world.team?.mark?.source == "5f0e")
        // Generations go on: an alias of the old owner's may stand on another key.
        #expect(world.keys[0].mark?.generation == (try World.generation(5)))
        #expect(try world.plan().steps.isEmpty)
    }

    @Test func `a source that was drawn anew takes over by its own name`() throws {
        var world = try World.converged()
        world.team?.mark?.source = "0000"
        world.desired.adoption = Adoption(team: true)
        #expect(try errors(world)[0].contains("from another source"))
        world.desired.adoption?.from = "prod"
        #expect(try world.plan().changes.map(\.action) == [.adopt])
    }

    @Test func `a key without a team is narrowed, then moved`() throws {
        var world = try World()
        try world.addTeam()
        world.team?.mark?.generations = [:]
        world.desired.limits.requestsPerMinute = .value(100)
        world.team?.requestsPerMinute = 100
        var key = try Self.strange("a", alias: "lone", team: nil)
        key.user = "alice"
        key.requestsPerMinute = 1000
        world.keys = [key]
        world.desired.adoption = Adoption(team: false, keys: [try World.secret(): .hash(key.hash)])
        let plan = try world.plan()
        let calls = plan.steps.flatMap(\.operations).compactMap { operation -> [KeyField]? in
            if case .updateKey(_, _, let fields) = operation { fields } else { nil }
        }
        #expect(calls.count == 2)
        #expect(calls[0] == [.models(["chat"]), .requestsPerMinute(100), .noUser])
        #expect(calls[1].contains(.models(nil)))
        #expect(calls[1].contains(.team(world.desired.id)))
        #expect(!calls[1].contains(.noUser))
        // The team's own write raises the generation before it.
        #expect(plan.changes.map(\.action) == [.update, .adopt])
        #expect(
            plan.changes[1].fields.map(\.path) == [
                "models", "limits.requestsPerMinute", "alias", "team", "user", "owner",
            ])
    }

    @Test func `a run that broke off between the two calls is finished`() throws {
        var world = try World()
        try world.addTeam()
        var key = try Self.strange("a", alias: "lone", team: nil)
        key.models = .only(["chat"])
        world.keys = [key]
        world.desired.adoption = Adoption(team: true, keys: [try World.secret(): .alias("lone")])
        let plan = try world.plan()
        #expect(plan.errors.isEmpty)
        let writes = plan.steps.flatMap(\.operations).filter { $0.name == "update-key" }
        #expect(writes.count == 1)
        #expect(plan.changes.last?.action == .adopt)
    }

    @Test func `what cannot be taken over is an error that says why`() throws {
        func error(_ change: (inout World) throws -> Void) throws -> String {
            var world = try world()
            try change(&world)
            return try errors(world).joined(separator: "; ")
        }
        #expect(try error { $0.keys = [] }.contains("there is no key search-key"))
        #expect(try error { $0.team = nil }.contains("there is no team search to take over"))
        #expect(try error { $0.keys[0].blocked = true }.contains("it is blocked"))
        #expect(try error { $0.keys[0].expires = World.now }.contains("it expired"))
        #expect(
            try error { $0.keys.append(try Self.strange("b", alias: "search-key")) }
                .contains("2 keys bear the alias"))
        #expect(
            try error {
                $0.keys.append(try Self.strange("b", alias: "search/LITELLM_API_KEY", team: "ads"))
            }.contains("another key bears the alias"))
        #expect(
            try error { $0.keys.append(try Self.strange("b", alias: "search/OTHER@g3")) }
                .contains("as bursar's own do"))
        #expect(
            try error {
                $0.keys[0].mark = KeyMark(
                    owner: "old", secret: try World.secret(), generation: .first,
                    mintedAt: World.now, applied: [:])
            }.contains("say `from: old`"))
    }

    @Test func `rotate waits for the adoption`() throws {
        var world = try world(from: "old")
        world.team?.mark = TeamMark(owner: "old", generations: [:], applied: [:])
        world.policy.command = RotationCommand([try world.lineage], before: World.now)
        #expect(try errors(world)[0].contains("apply it first"))
    }

    @Test func `rotate waits for the adoption of a key into a team of ours, too`() throws {
        var world = try world()
        world.team = try World.converged().team
        world.policy.command = RotationCommand([try world.lineage], before: World.now)
        #expect(try errors(world).contains { $0.contains("is not adopted yet") })
    }

    @Test func `an adopted key that its rule finds too old is said to be rotated next`() throws {
        var world = try world()
        world.desired.keys[0].rotation = RotationSpec(trigger: .every(.days(30)))
        #expect(try world.plan().warnings.contains { $0.contains("first rotation is due already") })
        world.desired.keys[0].rotation = RotationSpec(trigger: .every(.days(90)))
        #expect(try !world.plan().warnings.contains { $0.contains("due already") })
    }

    @Test func `a stranger's secret in the store is no conflict while a key is taken`() throws {
        var world = try world()
        world.secrets = [ObservedSecret(name: try World.secret(), marker: nil)]
        let plan = try world.plan()
        #expect(plan.errors.isEmpty)
        try apply(plan, to: &world)
        #expect(try world.plan().steps.isEmpty)
        #expect(try world.plan().errors.isEmpty)
    }
}
