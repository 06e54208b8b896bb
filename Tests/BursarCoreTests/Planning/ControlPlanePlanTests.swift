import BursarCore
import Testing

/// Where a Control Plane mints: keys that a broken run left, and one that ends the old key.
struct ControlPlanePlanTests {
    private static let policy = PlanPolicy(
        owner: World.owner, keyCacheTTL: Span(seconds: 60), issuer: .groundfloor)

    /// Generation 1 is published, and 2 was begun.
    private func broken() throws -> World {
        var world = try World.converged()
        world.policy = Self.policy
        world.keys[0].createdAt = World.now - .days(1)
        world.team?.createdAt = World.now - .days(2)
        world.team?.mark?.generations[try World.secret()] = try World.generation(2)
        return world
    }

    private func stray(_ digit: Character, at createdAt: Instant?) throws -> ObservedKey {
        ObservedKey(
            hash: try World.hash(digit), team: "search", metadata: [:], models: .team,
            routes: [], createdAt: createdAt, spendLogs: [:])
    }

    private func retired(_ world: World) throws -> [Retirement] {
        try world.plan().steps.flatMap(\.operations).compactMap { operation in
            if case .retire(let retirement) = operation { retirement } else { nil }
        }
    }

    @Test func `A key without a mark that is newer than the published one is ended`() throws {
        var world = try broken()
        world.keys.append(try stray("b", at: World.now - .hours(1)))
        let retirement = try #require(try retired(world).first)
        #expect(retirement.key.hash == (try World.hash("b")))
        #expect(retirement.mark.generation.number == 2)
        #expect(retirement.mark.owner == "prod")
        #expect(retirement.overlap >= Span(seconds: 3600))
        #expect(try world.plan().warnings.allSatisfy { !$0.contains("minted elsewhere") })
        // It is done before another one is minted.
        world.desired.keys[0].rotation = RotationSpec(trigger: .every(Span(seconds: 3600)))
        let actions = try world.actions()
        let (retire, mint) = (actions.firstIndex(of: .retire), actions.firstIndex(of: .mint))
        #expect(try #require(retire) < #require(mint))
        guard
            case .mint(let order)? = try world.plan().steps.flatMap(\.operations).first(where: {
                if case .mint = $0 { true } else { false }
            })
        else {
            Issue.record("nothing is minted")
            return
        }
        #expect(order.generation.number == 3)
    }

    @Test func `What is older, of unknown age, of a lineage or elsewhere is left alone`() throws {
        var world = try broken()
        var elsewhere = try stray("e", at: World.now)
        elsewhere.team = "docs"
        var foreign = try stray("f", at: World.now)
        foreign.mark = KeyMark(
            owner: "other", secret: try World.secret(), generation: .first, mintedAt: World.now,
            applied: [:])
        world.keys += [
            try stray("b", at: World.now - .days(3)), try stray("c", at: nil), elsewhere, foreign,
        ]
        #expect(try retired(world) == [])
        #expect(try world.plan().warnings.contains { $0.contains("3 keys in the team minted") })
    }

    @Test func `Where no run broke off, or LiteLLM is the issuer, it is somebody else's`() throws {
        for change in 0..<3 {
            var world = try broken()
            world.keys.append(try stray("b", at: World.now - .hours(1)))
            switch change {
            case 0: world.team?.mark?.generations[try World.secret()] = .first
            case 1: world.policy = PlanPolicy(owner: World.owner, keyCacheTTL: Span(seconds: 60))
            default: world.team?.mark = nil
            }
            #expect(try retired(world) == [], "\(change)")
        }
    }

    @Test func `A key that the gateway minted is known by the request`() throws {
        var world = try broken()
        let salt = world.team?.createdAt.map { TeamSalt(world.desired.id, createdAt: $0) }
        func minted(_ digit: Character, _ number: Int, _ owner: String) throws -> ObservedKey {
            var key = try stray(digit, at: World.now - .days(9))
            key.alias = "search/gateway@g\(digit)"
            key.mark = KeyMark(
                owner: "local", secret: try World.secret(), generation: .first,
                mintedAt: World.now, via: KeyMark.gateway,
                request: MintRequest.id(
                    of: try world.lineage, try World.generation(number), owner: owner, salt: salt),
                applied: [:])
            return key
        }
        var person = try minted("c", 2, "prod")
        person.mark?.request = "by-curl"
        world.keys += [try minted("b", 2, "prod"), person, try minted("d", 2, "other")]
        let retirements = try retired(world)
        #expect(retirements.map(\.key.hash) == [try World.hash("b")])
        #expect(retirements.first?.mark.via == nil)
        #expect(retirements.first?.mark.owner == "prod")
        #expect(
            try world.plan().warnings.contains {
                $0.contains("2 keys in the team minted elsewhere, through the gateway")
            })
    }

    @Test func `The name of a request differs by all that the key is for`() throws {
        let lineage = try World().lineage
        let other = Lineage(workspace: lineage.workspace, secret: try World.secret("OTHER"))
        let salt = TeamSalt(lineage.workspace, createdAt: World.now)
        let second = try World.generation(2)
        let names = [
            MintRequest.id(of: lineage, .first, owner: "prod", salt: salt),
            MintRequest.id(of: lineage, second, owner: "prod", salt: salt),
            MintRequest.id(of: other, .first, owner: "prod", salt: salt),
            MintRequest.id(of: lineage, .first, owner: "else", salt: salt),
            MintRequest.id(of: lineage, .first, owner: "prod", salt: nil),
        ]
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.hasPrefix("bursar-") && $0.count == 39 })
    }

    // MARK: - A Control Plane that ends the old key

    private func ending(_ findings: ControlPlaneFinding?...) throws -> World {
        var world = try World.converged()
        world.policy = Self.policy
        world.desired.keys[0].rotation = RotationSpec(trigger: .every(Span(seconds: 3600)))
        world.keys[0].mark?.controlPlane = findings[0]
        for (number, finding) in findings.enumerated().dropFirst() {
            var other = try world.key(
                Character("\(number)"), alias: "docs/LITELLM_API_KEY",
                retiredAt: World.now - .days(1))
            other.team = "docs"
            // The later ones were minted before.
            other.mark?.mintedAt = World.now - .days(1 + Int64(number))
            other.mark?.controlPlane = finding
            world.keys.append(other)
        }
        return world
    }

    @Test func `Rules rotate nothing after it was seen, and plan says so`() throws {
        let world = try ending(.ends)
        let plan = try world.plan()
        #expect(plan.steps.isEmpty)
        #expect(plan.upcoming.isEmpty)
        #expect(plan.warnings.contains { $0.hasPrefix("not rotated by rule: the Control Plane") })
    }

    @Test func `A forecast has no dates then, and says why`() throws {
        for (finding, count) in [(ControlPlaneFinding.ends, 0), (.keeps, 3)] {
            let world = try ending(finding)
            let forecasts = RotationForecast.of(
                DesiredState(workspaces: [world.desired], isWhole: true),
                observed: ObservedState(
                    issuer: ObservedIssuer(
                        teams: [try #require(world.team)], foreignTeams: [], keys: world.keys,
                        models: world.models, version: nil, licensed: nil),
                    secrets: [world.desired.id: world.secrets]),
                policy: world.policy, now: world.now, count: 3)
            #expect(forecasts[0].dates.count == count)
            #expect((forecasts[0].note?.contains("Control Plane") == true) == (count == 0))
        }
    }

    @Test func `The last mint that could tell counts, whichever workspace it was in`() throws {
        #expect(try ending(.unknown, .ends, .keeps).plan().steps.isEmpty)
        #expect(try ending(nil, .ends).plan().steps.isEmpty)
        for world in [
            try ending(.keeps, .ends), try ending(.unknown, .keeps, .ends), try ending(nil),
            try ending(.unknown),
        ] {
            #expect(try world.actions().contains(.mint))
            #expect(try !world.plan().warnings.contains { $0.hasPrefix("not rotated") })
        }
    }

    @Test func `What people ask for is done all the same`() throws {
        var leaked = try ending(.ends)
        leaked.desired.keys[0].rotation = RotationSpec(
            trigger: .every(.days(30)), after: World.now - .hours(1))
        #expect(try leaked.actions().contains(.mint))
        var commanded = try ending(.ends)
        commanded.policy.command = RotationCommand(
            [try commanded.lineage], before: World.now, overlap: nil)
        #expect(try commanded.actions().contains(.mint))
    }

    @Test func `Two keys of one workspace would end each other`() throws {
        var world = try ending(.ends)
        world.desired.keys.append(DesiredKey(secret: try World.secret("OTHER")))
        let plan = try world.plan()
        #expect(plan.steps.isEmpty)
        #expect(plan.errors.contains { $0.contains("keeps one key a workspace alive") })
    }

    @Test func `A resume that meets a leaked key mints once the workspace works`() throws {
        var world = try World.converged()
        world.policy = Self.policy
        world.team?.blocked = true
        world.desired.keys[0].rotation = RotationSpec(after: World.now - .hours(1))
        let operations = try world.plan().steps.flatMap(\.operations).map(\.name)
        let resume = try #require(
            try world.plan().steps.firstIndex { $0.change.action == .resume })
        let actions = try world.actions()
        #expect(actions[..<resume].contains(.retire), "\(operations)")
        #expect(!actions[..<resume].contains(.mint), "\(operations)")
        #expect(actions[resume...].contains(.mint), "\(operations)")
    }
}
