import BursarCore
import Testing

/// What `models: all` stands for where the proxy has models whose name opens others.
struct AllModelsTests {
    private func world(_ models: Set<String>) throws -> World {
        var world = try World()
        world.models = models
        world.desired.models = .all
        return world
    }

    private func bring(_ name: String, into world: inout World) throws {
        world.desired.providerSecrets = [
            DesiredProviderSecret(
                name: try World.secret("OPENAI_API_KEY"), valueFrom: .env("A"),
                models: [DesiredModel(name: name, upstream: "openai/gpt-4o")])
        ]
    }

    private func written(_ world: World) throws -> ModelAccess? {
        guard case .createTeam(let made)? = try world.plan().steps.first?.operations.first else {
            return nil
        }
        return made.models
    }

    @Test func `what opens every model is never written out, and the plan says so`() throws {
        for word in ["*", "all-proxy-models", "all-team-models"] {
            var world = try world(["chat", "openai/*", word])
            #expect(try written(world) == .only(["chat", "openai/*"]), "\(word)")
            #expect(
                try world.plan().warnings.contains {
                    $0.contains("without the proxy's \(word) (it would open every model)")
                })
            try world.addTeam()
            world.keys = [try world.key("a")]
            try world.publish("a")
            #expect(world.wholePlan().isEmpty)
        }
        let plain = try world(["chat", "openai/*"])
        #expect(try plain.plan().warnings.allSatisfy { !$0.contains("written out") })
    }

    @Test func `a pattern that opens a brought model is not written out`() throws {
        var world = try world(["chat", "openai/*", "anthropic/*", "s*"])
        try bring("openai/gpt-4o", into: &world)
        #expect(try written(world) == .only(["anthropic/*", "chat"]))
        let warning = try #require(world.plan().warnings.first { $0.contains("written out") })
        #expect(warning.contains("openai/* (it would open openai/gpt-4o)"))
        #expect(warning.contains("s* (it would open search--openai/gpt-4o)"))
        // A bare name is let in by its provider's pattern, and which that is bursar does not know.
        try bring("gpt-4o", into: &world)
        #expect(try written(world) == .only(["chat"]))
    }

    @Test func `a pattern that opens another workspace's model is not written out`() throws {
        var world = try world(["chat", "openai/*", "ads-*"])
        #expect(try written(world) == .only(["ads-*", "chat", "openai/*"]))
        world.brought = [
            ObservedModel(
                id: BroughtModel.id(of: "ads--gpt-4o"), name: "ads--gpt-4o",
                mark: ModelMark(
                    owner: World.owner.name, workspace: "ads", hmacs: [:], applied: [:]))
        ]
        #expect(try written(world) == .only(["chat", "openai/*"]))
    }

    @Test func `all of nothing but such models is an error`() throws {
        let errors = try world(["*"]).plan().errors
        #expect(errors.count == 1)
        #expect(errors.first?.contains("the proxy has only * (it would open every model)") == true)
    }
}
