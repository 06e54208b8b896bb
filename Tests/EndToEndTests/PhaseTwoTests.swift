import Foundation
import TestSupport
import Testing

/// `deploy/docker-compose.phase2-deps.yml` and what it mounts, as far as can be told without Docker.
@Suite(.enabled(if: Tools.folder != nil)) struct `The compose file` {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let deploy = repository.appending(path: "deploy").path
    private static let file = deploy + "/docker-compose.phase2-deps.yml"

    private struct Compose: Decodable {
        struct Service: Decodable {
            let profiles: [String]
            let image: String
            let ports: [String]
            let variables: [String]
        }
        let services: [String: Service]
        let required: [String]
        let optional: [String]

        static func read() async throws -> Compose {
            let script = repository.appending(path: "Tests/Oracles/compose.py").path
            let run = try await tool("python3", [script, file])
            try #require(run.status == 0, "\(run.all)")
            return try JSONDecoder().decode(Compose.self, from: Data(run.output.utf8))
        }
    }

    private static func tool(
        _ name: String, _ arguments: [String]
    ) async throws -> BuiltBinary.Result {
        try await BuiltBinary.run(arguments, executable: "\(Tools.folder ?? "")/\(name)")
    }

    @Test func `is what the compose specification takes`() async throws {
        let arguments = ["--builtin-schema", "vendor.compose-spec"]
        let good = try await Self.tool("check-jsonschema", arguments + [Self.file])
        #expect(good.status == 0, "\(good.all)")
        let scratch = try TemporaryDirectory()
        let text = try String(contentsOfFile: Self.file, encoding: .utf8)
        try scratch.write(text.replacing("healthcheck:", with: "healthchecks:"), to: "x.yml")
        let bad = try await Self.tool("check-jsonschema", arguments + ["\(scratch.path)/x.yml"])
        #expect(bad.status == 1)
    }

    @Test func `publishes on loopback alone, each port once, and runs images of one version`()
        async throws
    {
        let compose = try await Compose.read()
        let ports = compose.services.mapValues(\.ports).filter { !$0.value.isEmpty }
        #expect(
            ports == [
                "litellm": ["127.0.0.1:4000:4000"], "keycloak": ["127.0.0.1:8081:8080"],
                "gateway": ["127.0.0.1:8080:8080"],
            ])
        for (name, service) in compose.services {
            let tag = service.image.split(separator: ":").last ?? ""
            #expect(tag == "local" || tag.contains { $0.isNumber }, "\(name) runs \(service.image)")
            #expect(!["latest", "main", "stable"].contains { tag.contains($0) }, "\(name)")
        }
        // What the tests of this project run against.
        let pinned = try String(
            contentsOf: Self.repository.appending(path: "Tests/LiteLLM/requirements.txt"),
            encoding: .utf8)
        let version = try #require(
            pinned.split(separator: "\n").first { $0.hasPrefix("litellm[proxy]==") }
        )
        .dropFirst("litellm[proxy]==".count)
        #expect(compose.services["litellm"]?.image.hasSuffix(":v\(version)") == true)
    }

    @Test func `has a page that knows its profiles and names every variable, and no other`()
        async throws
    {
        let compose = try await Compose.read()
        let page = try String(contentsOfFile: Self.deploy + "/PHASE2-DEPS.md", encoding: .utf8)
        let named = page.matches(of: /[A-Z]+(?:_[A-Z]+)+/).map { String($0.output) }
        #expect(Set(named) == Set(compose.required + compose.optional))
        for name in compose.required {
            #expect(page.contains("echo \"\(name)="), "\(name) is not in the .env")
        }
        let profiles = Set(compose.services.values.flatMap(\.profiles))
        #expect(profiles == ["litellm", "keycloak", "gateway", "bursar"])
        for profile in profiles { #expect(page.contains("| `\(profile)` |"), "\(profile)") }
        #expect(compose.services.values.allSatisfy { $0.profiles.count == 1 })
    }

    @Test func `mounts a gateway file that the gateway's schema takes`() async throws {
        let scratch = try TemporaryDirectory()
        let schema = try await BuiltBinary.run(["schema"])
        try #require(schema.status == 0)
        try scratch.write(schema.output, to: "schema.json")
        let gateway = Self.deploy + "/gateway/gateway.yaml"
        #expect(try Tools.refused([gateway], by: "\(scratch.path)/schema.json") == [])
        let text = try String(contentsOfFile: gateway, encoding: .utf8)
        try scratch.write(text.replacing("audience:", with: "audiences:"), to: "bad.yaml")
        let bad = "\(scratch.path)/bad.yaml"
        #expect(try Tools.refused([bad], by: "\(scratch.path)/schema.json") == [bad])
        // Its issuer is what Keycloak is told to be called, its port the one that is published.
        let compose = try String(contentsOfFile: Self.file, encoding: .utf8)
        #expect(text.contains("issuer: http://localhost:8081/realms/groundfloor\n"))
        #expect(compose.contains("KC_HOSTNAME: http://localhost:8081\n"))
        #expect(text.contains("listen: 0.0.0.0:8080\n"))
    }

    @Test func `mounts a realm whose tokens are for the gateway`() throws {
        struct Realm: Decodable {
            struct Client: Decodable {
                struct Mapper: Decodable { let config: [String: String] }
                let clientId: String
                let secret: String
                let protocolMappers: [Mapper]
            }
            let realm: String
            let clients: [Client]
        }
        let path = Self.deploy + "/keycloak/groundfloor-realm.json"
        let realm = try JSONDecoder().decode(
            Realm.self, from: Data(contentsOf: URL(filePath: path)))
        #expect(realm.realm == "groundfloor")
        let client = try #require(realm.clients.first { $0.clientId == "bursar" })
        #expect(client.secret == "${BURSAR_CLIENT_SECRET}")
        let mappers = client.protocolMappers.map(\.config)
        #expect(mappers.contains { $0["included.custom.audience"] == "control-plane" })
        let claim = try #require(mappers.first { $0["claim.name"] == "workspaces" })
        let permissions = try JSONDecoder().decode(
            [String: Set<String>].self, from: Data((claim["claim.value"] ?? "").utf8))
        #expect(permissions == ["*": ["read", "administer"]])
    }

    /// The table of the Control Plane's models.
    private static let catalog = [
        "gf-chat-default": "openai/gpt-4o-mini", "gf-chat-pro": "anthropic/claude-sonnet-4-5",
        "gf-code-default": "anthropic/claude-sonnet-4-5",
        "gf-embed-default": "openai/text-embedding-3-small", "gf-vision-default": "openai/gpt-4o",
    ]

    @Test(.enabled(if: RealLiteLLM.isThere))
    func `mounts a configuration with which the real LiteLLM serves the five models`() async throws
    {
        struct Answer: Decodable {
            struct Row: Decodable {
                struct Parameters: Decodable { let model: String }
                let model_name: String
                let litellm_params: Parameters
            }
            let data: [Row]
        }
        var environment = ProcessInfo.processInfo.environment
        environment["LITELLM_CONFIG"] = Self.deploy + "/litellm/config.yaml"
        environment["GATEWAY_WEBHOOK_URL"] = "http://127.0.0.1:9/webhooks/litellm/none"
        environment["OPENAI_API_KEY"] = "not-a-key"
        environment["ANTHROPIC_API_KEY"] = "not-a-key"
        let ask = """
            exec curl -fsS -H "Authorization: Bearer $BURSAR_TEST_LITELLM_MASTER_KEY" \
            "$BURSAR_TEST_LITELLM_URL/model/info"
            """
        let run = try await BuiltBinary.run(
            ["bash", "-c", ask], environment: environment,
            executable: Self.repository.appending(path: "Tests/LiteLLM/with").path)
        try #require(run.status == 0, "\(run.all)")
        let json = try #require(run.output.split(separator: "\n").last { $0.hasPrefix("{") })
        let answer = try JSONDecoder().decode(Answer.self, from: Data(json.utf8))
        let served = answer.data.map { ($0.model_name, $0.litellm_params.model) }
        #expect(Dictionary(served, uniquingKeysWith: { $1 }) == Self.catalog)
    }
}
