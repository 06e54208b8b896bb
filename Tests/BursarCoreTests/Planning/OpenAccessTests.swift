import BursarCore
import Testing

/// Whose teams and keys could call what a workspace brings along.
struct OpenAccessTests {
    private func world() throws -> World {
        var world = try World.converged()
        world.desired.providerSecrets = [
            DesiredProviderSecret(
                name: try World.secret("OPENAI_API_KEY"), valueFrom: .env("A"),
                models: [DesiredModel(name: "gpt-4o", upstream: "openai/gpt-4o")])
        ]
        return world
    }

    private func team(_ models: ModelAccess, blocked: Bool = false) throws -> ObservedTeam {
        ObservedTeam(
            id: try #require(WorkspaceID("ops")), alias: "Operations", models: models,
            blocked: blocked, spend: .zero)
    }

    private func key(
        _ models: KeyModels, team: String? = nil, routes: [String] = [], blocked: Bool = false,
        expires: Instant? = nil
    ) throws -> ObservedKey {
        ObservedKey(
            hash: try World.hash("e"), alias: "nightly", team: team, metadata: [:],
            models: models, expires: expires, blocked: blocked, routes: routes, spendLogs: [:])
    }

    private func open(_ edit: (inout World) throws -> Void) throws -> [String] {
        var world = try world()
        try edit(&world)
        return world.wholePlan().open.map(\.description)
    }

    private static let key = ["key nightly (eeeeeeeeeeeeeeee)"]

    @Test func `a team of others that lists every model is named`() throws {
        #expect(
            try open { $0.otherTeams = [try team(.all)] } == ["team Operations (ops)"])
        #expect(try open { $0.otherTeams = [try team(.only(["chat", "openai/*"]))] } == [])
        #expect(try open { $0.otherTeams = [try team(.all, blocked: true)] } == [])
        #expect(
            try open {
                $0.foreignTeams = [
                    ForeignTeam(id: "Team A", alias: nil, models: .all, blocked: false)
                ]
            } == ["team Team A"])
    }

    @Test func `a pattern or a list that has the row's name is as good`() throws {
        for entry in [
            "search--gpt-4o", "search--*", "*-4o", "s*gpt*o", "s*.gpt*", "all-team-models",
        ] {
            #expect(try open { $0.otherTeams = [try team(.only([entry]))] }.count == 1, "\(entry)")
            #expect(try open { $0.keys.append(try key(.only([entry]))) } == Self.key, "\(entry)")
        }
        for entry in ["gpt-4o", "search-*-gpt-5", "*--gpt-4", "o*search", "*.search*"] {
            #expect(try open { $0.otherTeams = [try team(.only([entry]))] } == [], "\(entry)")
        }
    }

    @Test func `a team whose alias leads to another's row is named, whatever its list`() throws {
        var other = try team(.only(["chat"]))
        other.aliases = ["cheap": "chat"]
        #expect(try open { $0.otherTeams = [other] } == [])
        other.aliases["fast"] = "search--gpt-4o"
        #expect(
            try open { $0.otherTeams = [other] } == ["team Operations (ops) by its alias fast"])
        other.blocked = true
        #expect(try open { $0.otherTeams = [other] } == [])
        #expect(
            try open {
                $0.foreignTeams = [
                    ForeignTeam(
                        id: "Team A", alias: nil, models: .only([]),
                        aliases: ["fast": "search--gpt-4o"], blocked: false)
                ]
            } == ["team Team A by its alias fast"])
        #expect(try open { $0.team?.aliases = ["gpt-4o": "search--gpt-4o"] } == [])
    }

    @Test func `a workspace counts where this plan does not write its models`() throws {
        func open(_ edit: (inout World, inout DesiredWorkspace) -> Void) throws -> [String] {
            var world = try self.world()
            var ads = try World().desired
            ads.id = try #require(WorkspaceID("ads"))
            ads.name = "ads"
            var team = try #require(world.team)
            (team.id, team.alias, team.models) = (ads.id, "ads", .all)
            world.otherTeams = [team]
            edit(&world, &ads)
            return world.plan(of: [world.desired, ads], whole: true).open.map(\.description)
        }
        #expect(try open { _, _ in } == [])
        #expect(try open { $1.paused = "by hand" } == ["team ads"])
        #expect(try open { $1.models = .only(["*"]) } == ["team ads"])
        #expect(
            try open { world, _ in
                world.otherTeams[0].aliases = ["fast": "search--gpt-4o"]
            }
                == ["team ads by its alias fast"])
        var world = try self.world()
        var team = try #require(world.team)
        (team.id, team.alias, team.models) = (try #require(WorkspaceID("ads")), "ads", .all)
        world.otherTeams = [team]
        #expect(world.wholePlan().open.map(\.description) == ["team ads"])
    }

    @Test func `a key that stands alone is named, one in a team only where the team is open`()
        throws
    {
        #expect(try open { $0.keys.append(try key(.unrestricted)) } == Self.key)
        #expect(try open { $0.keys.append(try key(.team)) } == Self.key)
        #expect(try open { $0.keys.append(try key(.unrestricted, team: "search")) } == [])
        #expect(try open { $0.keys.append(try key(.team, team: "gone")) } == Self.key)
        #expect(
            try open {
                $0.otherTeams = [try team(.all)]
                $0.keys.append(try key(.unrestricted, team: "ops"))
            } == ["team Operations (ops)"])
    }

    @Test func `a key that calls nothing does not count`() throws {
        #expect(
            try open {
                $0.keys.append(
                    try key(.unrestricted, routes: ["/model/info", "/key/list", "/health/license"]))
            } == [])
        #expect(
            try open { $0.keys.append(try key(.unrestricted, routes: ["llm_api_routes"])) }
                == Self.key)
        #expect(try open { $0.keys.append(try key(.unrestricted, blocked: true)) } == [])
        #expect(try open { $0.keys.append(try key(.unrestricted, expires: World.now)) } == [])
        #expect(
            try open {
                $0.keys.append(try key(.unrestricted, expires: World.now + .hours(1)))
            } == Self.key)
    }

    @Test func `registering is refused while one is there, and passes when it is allowed`() throws {
        var world = try world()
        world.keys.append(try key(.unrestricted))
        let plan = world.wholePlan()
        #expect(plan.warnings.contains { $0.contains("key nightly") })
        guard case .refused(let breaches) = ApprovedPlan.judge(plan, by: LimitSettings()) else {
            Issue.record("it is refused")
            return
        }
        #expect(breaches.map(\.limit) == [.openTeams])
        #expect(breaches.map(\.count) == [1])
        #expect(breaches[0].description.contains("key nightly (eeeeeeeeeeeeeeee)"))
        #expect(breaches[0].workspaces == [world.desired.id])
        guard
            case .approved = ApprovedPlan.judge(
                plan, by: LimitSettings(allowed: [.openTeams: 1]))
        else {
            Issue.record("it passes")
            return
        }
        world.policy.held = [.openTeams]
        #expect(try !world.actions().contains(.register))
        #expect(try !world.actions().contains(.update))
        world.desired.providerSecrets = []
        #expect(world.wholePlan().open == [])
    }
}
