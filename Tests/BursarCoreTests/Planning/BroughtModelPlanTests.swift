import BursarCore
import Testing

/// What a plan says of the models that a workspace brings along, by what stands at the proxy.
struct BroughtModelPlanTests {
    private static let source = ValueSource.env("OPENAI_SEARCH")

    private static func marker(_ value: String = "value") -> ProviderMarker {
        ProviderMarker(
            owner: World.owner.name, salt: (1, 2), value: SecretValue(value), source: source)
    }

    /// Wants `gpt-4o` on its own key; the value is in the store.
    private func world(_ edit: (inout DesiredModel) -> Void = { _ in }) throws -> World {
        var world = try World.converged()
        let name = try World.secret("OPENAI_API_KEY")
        var model = DesiredModel(name: "gpt-4o", upstream: "openai/gpt-4o")
        edit(&model)
        world.desired.providerSecrets = [
            DesiredProviderSecret(name: name, valueFrom: Self.source, models: [model])
        ]
        world.secrets.append(ObservedSecret(name: name, marker: nil, provider: Self.marker()))
        return world
    }

    /// As an apply leaves it.
    private func registered(_ edit: (inout DesiredModel) -> Void = { _ in }) throws -> World {
        var world = try world(edit)
        try settle(&world)
        return world
    }

    private func settle(_ world: inout World) throws {
        for operation in try world.plan().steps.flatMap(\.operations) {
            switch operation {
            case .registerModel(let order), .updateModel(let order), .replaceModel(let order):
                world.brought.removeAll { $0.id == order.model.id }
                world.brought.append(try row(order, world))
            case .removeModel(_, let id, _): world.brought.removeAll { $0.id == id }
            case .updateTeam(_, let fields):
                for field in fields {
                    switch field {
                    case .models(let models): world.team?.models = models
                    case .aliases(let aliases): world.team?.aliases = aliases
                    case .mark(let mark):
                        let generations = world.team?.mark?.generations ?? [:]
                        world.team?.mark = mark
                        world.team?.mark?.generations.merge(generations) { max($0, $1) }
                    default: continue
                    }
                }
            default: continue
            }
        }
    }

    private func row(_ order: ModelOrder, _ world: World) throws -> ObservedModel {
        var params = order.model.params
        params["model"] = .string(order.model.upstream)
        params["api_base"] = order.model.apiBase.map { .string($0) }
        var hmacs = order.kept
        for name in order.sources.keys {
            hmacs[name] = world.secrets.first { $0.name == name }?.provider?.hmac
        }
        return ObservedModel(
            id: order.model.id, name: order.model.name,
            mark: ModelMark(
                owner: order.owner, workspace: order.model.workspace.text, hmacs: hmacs,
                applied: order.applied),
            params: params)
    }

    private func lines(_ world: World) throws -> [String] {
        let plan = try world.plan()
        #expect(plan.errors == [])
        return plan.changes.map { "\($0.action.rawValue) \($0.address) \($0.cause.rawValue)" }
    }

    @Test func `a value that the store wants once more is put, and its mark follows`() throws {
        var world = try registered()
        #expect(try lines(world) == [])
        world.secrets = world.secrets.map {
            ObservedSecret(
                name: $0.name, marker: $0.marker, provider: $0.provider,
                rewrite: $0.provider.map { _ in "it is encrypted to others" })
        }
        #expect(
            try lines(world) == [
                "put workspace/search/secret/OPENAI_API_KEY manifest",
                "update workspace/search/model/gpt-4o manifest",
            ])
    }

    @Test func `a proxy that lists no aliases registers none`() throws {
        var world = try world()
        world.listsAliases = false
        let plan = try world.plan()
        #expect(plan.errors.contains { $0.contains("1.101.0 or later") } && plan.steps.isEmpty)
        world.desired.providerSecrets = []
        #expect(try world.plan().errors.isEmpty)
    }

    @Test func `the id is the UUIDv5 of the name, for ever`() throws {
        let id = BroughtModel.id(of: "search--gpt-4o")
        #expect(id == "1715bb31-62f8-5e04-97ae-b07e7dc12447")
        #expect(id != BroughtModel.id(of: "search--gpt-4"))
        #expect(BroughtModel.workspace(of: "search--a--b")?.text == "search")
        #expect(BroughtModel.workspace(of: "gpt-4o") == nil)
    }

    @Test func `the row is there before the team leads to it`() throws {
        let world = try world()
        #expect(
            try lines(world) == [
                "register workspace/search/model/gpt-4o manifest",
                "update workspace/search manifest",
            ])
        let team = try #require(world.plan().steps.last)
        #expect(
            team.change.fields == [
                FieldChange(
                    path: "providerSecrets.models", before: "none", after: "gpt-4o",
                    cause: .manifest)
            ])
        guard case .updateTeam(_, let fields)? = team.operations.first else {
            Issue.record("the team is updated")
            return
        }
        #expect(fields.contains(.models(.only(["chat", "search--gpt-4o"]))))
        #expect(fields.contains(.aliases(["gpt-4o": "search--gpt-4o"])))
        #expect(try registered().wholePlan().isEmpty)
    }

    @Test func `a new workspace is made first, and without them`() throws {
        var world = try world()
        (world.team, world.keys, world.secrets) = (nil, [], [])
        let actions = try world.actions()
        #expect(actions == [.create, .mint, .verify, .publish, .put, .register, .update])
        guard case .createTeam(let made)? = try world.plan().steps.first?.operations.first else {
            Issue.record("the team is made")
            return
        }
        #expect(made.models == .only(["chat"]))
        #expect(made.aliases == [:])
    }

    @Test func `a team is led away before the row goes`() throws {
        var world = try registered()
        world.desired.providerSecrets[0].models = []
        #expect(
            try lines(world) == [
                "update workspace/search manifest",
                "remove workspace/search/model/gpt-4o manifest",
            ])
        #expect(try world.plan().removals == 1)
        world.policy.held = [.removals]
        #expect(try lines(world) == ["update workspace/search manifest"])
        world.policy.held = []
        world.desired.providerSecrets = []
        #expect(try world.plan().removals == 1)
        #expect(
            try lines(world) == [
                "update workspace/search manifest",
                "remove workspace/search/model/gpt-4o manifest",
                "remove workspace/search/secret/OPENAI_API_KEY manifest",
            ])
        try settle(&world)
        world.secrets.removeLast()
        #expect(world.wholePlan().isEmpty)
    }

    @Test func `another value is written after it is put, without approval`() throws {
        var world = try registered()
        let before = world.wholePlan().checksum
        world.sources = [try World.secret("OPENAI_API_KEY"): .differs]
        #expect(
            try lines(world) == [
                "put workspace/search/secret/OPENAI_API_KEY value",
                "update workspace/search/model/gpt-4o value",
            ])
        #expect(world.wholePlan().checksum == before)
        // A run that broke off between the two.
        world.sources = [:]
        world.secrets[1] = ObservedSecret(
            name: try World.secret("OPENAI_API_KEY"), marker: nil,
            provider: Self.marker("another"))
        #expect(try lines(world) == ["update workspace/search/model/gpt-4o value"])
        try settle(&world)
        #expect(world.wholePlan().isEmpty)
    }

    @Test func `another upstream is an edit, and needs no value`() throws {
        var world = try registered()
        world.desired.providerSecrets[0].models[0].upstream = "openai/gpt-4o-mini"
        world.desired.providerSecrets[0].models[0].params = ["rpm": .number(5)]
        let plan = try world.plan()
        #expect(plan.changes.map(\.action) == [.update])
        #expect(plan.changes[0].cause == .manifest)
        #expect(plan.changes[0].fields.map(\.path) == ["params.rpm", "upstream"])
        guard case .updateModel(let order)? = plan.steps[0].operations.first else {
            Issue.record("the row is updated")
            return
        }
        #expect(order.sources == [:])
        #expect(order.kept.count == 1)
    }

    @Test func `a parameter that goes takes the row with it`() throws {
        var world = try registered { $0.apiBase = "https://a.example" }
        world.desired.providerSecrets[0].models[0].apiBase = nil
        let plan = try world.plan()
        #expect(plan.changes.map(\.action) == [.update])
        #expect(plan.steps[0].operations.map(\.name) == ["replace-model"])
        try settle(&world)
        #expect(world.wholePlan().isEmpty)
    }

    @Test func `what somebody changed at the proxy is drift`() throws {
        func drifted(_ edit: (inout World) throws -> Void) throws -> [String] {
            var world = try registered { $0.apiBase = "https://a.example" }
            try edit(&world)
            let lines = try lines(world)
            try settle(&world)
            #expect(world.wholePlan().isEmpty)
            return lines
        }
        #expect(
            try drifted { $0.brought = [] } == ["register workspace/search/model/gpt-4o drift"])
        #expect(
            try drifted { world in
                let row = world.brought[0]
                var params = row.params
                params["api_base"] = .string("https://b.example")
                world.brought = [
                    ObservedModel(id: row.id, name: row.name, mark: row.mark, params: params)
                ]
            } == ["update workspace/search/model/gpt-4o drift"])
        #expect(
            try drifted { world in
                let row = world.brought[0]
                world.brought = [
                    ObservedModel(id: row.id, name: row.name, mark: nil, params: row.params)
                ]
            } == ["update workspace/search/model/gpt-4o drift"])
        let edits: [(inout ObservedTeam?) -> Void] = [
            { $0?.aliases = [:] }, { $0?.models = .only(["chat"]) },
            { $0?.aliases["gpt-4o"] = "chat" },
        ]
        for edit in edits {
            #expect(try drifted { edit(&$0.team) } == ["update workspace/search drift"])
        }
    }

    @Test func `an alias that leads elsewhere stays`() throws {
        var world = try world()
        world.team?.aliases = ["fast": "chat"]
        try settle(&world)
        #expect(world.team?.aliases == ["fast": "chat", "gpt-4o": "search--gpt-4o"])
        #expect(world.wholePlan().isEmpty)
        world.desired.providerSecrets[0].models = []
        try settle(&world)
        #expect(world.team?.aliases == ["fast": "chat"])
    }

    @Test func `all is every model of the proxy but that of the public name`() throws {
        var world = try world()
        world.models = ["chat", "embed", "gpt-4o"]
        world.desired.models = .all
        try settle(&world)
        #expect(world.team?.models == .only(["chat", "embed", "search--gpt-4o"]))
        #expect(world.wholePlan().isEmpty)
    }

    @Test func `a stranger's row of that name is never called, changed or removed`() throws {
        var world = try world()
        world.brought = [ObservedModel(id: "other", name: "search--gpt-4o", mark: nil)]
        #expect(try world.plan().errors.count == 1)
        #expect(try world.plan().errors.first?.contains("bursar did not make") == true)
        world.desired.providerSecrets = []
        #expect(try !world.actions().contains(.register))
        #expect(try world.plan().steps.allSatisfy { $0.change.action == .remove })
        world = try registered()
        world.brought = world.brought.map {
            ObservedModel(
                id: $0.id, name: $0.name,
                mark: ModelMark(owner: "other", workspace: "search", hmacs: [:], applied: [:]))
        }
        #expect(try world.plan().errors.first?.contains("belongs to owner other") == true)
        world.desired.providerSecrets = []
        #expect(try !world.plan().changes.contains { $0.address.description.contains("model/") })
    }

    @Test func `no list opens what another workspace brought along`() throws {
        var world = try registered()
        var other = try World().desired
        other.id = try #require(WorkspaceID("ads"))
        other.name = "ads"
        for entry in ["search--gpt-4o", "*", "search--*", "all-team-models"] {
            other.models = .only(["chat", entry])
            let plan = try #require(
                world.plan(of: [world.desired, other], whole: true).workspaces.first)
            #expect(plan.errors.count == 1, "\(entry)")
            #expect(plan.errors.first?.contains("search--gpt-4o") == true, "\(entry)")
        }
        other.models = .only(["chat", "gpt-4o", "openai/*"])
        #expect(
            world.plan(of: [world.desired, other], whole: true).workspaces.allSatisfy {
                $0.errors.isEmpty
            })
        world.desired.models = .only(["chat", "search--gpt-4o"])
        #expect(try world.plan().errors.count == 1)
    }

    @Test func `an access group that opens the proxy's model of that name is an error`() throws {
        var world = try world()
        world.desired.models = .only(["chat", "beta"])
        world.modelGroups = ["gpt-4o": ["beta"]]
        #expect(try world.plan().errors.first?.contains("access group beta") == true)
    }

    @Test func `a prune removes them with the keys, and what has no team at once`() throws {
        var world = try registered()
        world.policy.pruning = Pruning(after: .days(7))
        world.team?.blocked = true
        world.team?.mark?.pruneSince = World.now - .days(8)
        let removed = world.emptyPlan().changes.filter { $0.action == .remove }
            .map(\.address.description)
        #expect(removed.contains("workspace/search/model/gpt-4o"))
        (world.team, world.keys, world.secrets) = (nil, [], [])
        let plan = world.emptyPlan()
        #expect(plan.changes.map(\.action) == [.remove])
        #expect(plan.workspaces.map(\.removals) == [1])
        world.policy.pruning = nil
        #expect(world.emptyPlan().changes == [])
    }

    @Test func `a prune leaves a copy of a row alone, also where its team is gone`() throws {
        var world = try registered()
        world.policy.pruning = Pruning(after: .days(7))
        (world.team, world.keys, world.secrets) = (nil, [], [])
        let row = try #require(world.brought.first)
        for (id, name) in [
            ("copy", "test--x"), ("copy", row.name), (BroughtModel.id(of: "test--x"), "test--x"),
        ] {
            world.brought = [
                ObservedModel(id: id, name: name, mark: row.mark, params: row.params)
            ]
            #expect(world.emptyPlan().changes == [], "\(id) \(name)")
        }
        world.brought = [row]
        #expect(world.emptyPlan().changes.count == 1)
    }

    @Test func `a command touches none`() throws {
        var world = try world()
        world.policy.command = RotationCommand([try world.lineage], before: World.now)
        #expect(try !world.actions().contains(.register))
    }
}
