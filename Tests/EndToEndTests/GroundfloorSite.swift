import BursarCore
import BursarEngine
import BursarHTTP
import Foundation
import TestSupport

/// A source whose keys or secrets are a Control Plane's: the built gateway, and a real provider.
struct GroundfloorSite: Sendable {
    static let clients = [
        "bursar": #"{"*": ["read", "administer"]}"#, "reader": #"{"*": ["read"]}"#,
    ]

    let gateway: GatewayBinarySite
    let provider: OpenIDProvider
    let liteLLM: LiteLLMPlace
    let directory: TemporaryDirectory
    private let transport = CurlTransport()

    init(
        _ gateway: GatewayBinarySite, _ provider: OpenIDProvider, _ liteLLM: LiteLLMPlace
    ) throws {
        self.gateway = gateway
        self.provider = provider
        self.liteLLM = liteLLM
        directory = try TemporaryDirectory()
    }

    func configure(_ more: String) throws {
        try directory.write(
            """
            apiVersion: bursar/v1
            kind: Configuration
            metadata: {name: prod}
            spec:
              source: {id: 5f0e}
              \(more.replacing("\n", with: "\n  "))

            """, to: "bursar.yaml")
    }

    func manifest(_ more: String = "") throws {
        try directory.write(
            """
            apiVersion: bursar/v1
            kind: Workspace
            metadata: {name: search}
            spec:
              budget: {limit: 5, period: 30d}
              models: [gf-chat-default]
            \(more)
            """, to: "search.yaml")
    }

    func environment(_ client: String = "bursar") -> [String: String] {
        [
            "LITELLM_URL": liteLLM.url, "LITELLM_MASTER_KEY": liteLLM.masterKey,
            "CONTROL_PLANE_URL": gateway.url, "KEYCLOAK_TOKEN_URL": provider.tokenURL(.es256),
            "KEYCLOAK_CLIENT_ID": client, "KEYCLOAK_CLIENT_SECRET": "password-of-\(client)",
            "KEYCLOAK_SCOPE": OpenIDProvider.audience,
        ]
    }

    func bursar(
        _ arguments: String..., as client: String = "bursar",
        whileRunning: @escaping @Sendable (Process) -> Void = { _ in }
    ) async throws -> BuiltBinary.Result {
        try await BuiltBinary.run(
            arguments + [directory.path], environment: environment(client),
            whileRunning: whileRunning)
    }

    /// Of the Control Plane, as a client of the realm.
    func ask(
        _ path: String, _ method: HTTPRequest.Method = .get, as client: String = "bursar"
    ) async throws -> (status: Int, json: JSONValue) {
        let token = SecretValue(try await provider.token(client, .es256))
        return try await send(method, gateway.url + "/v1/workspaces/search" + path, token)
    }

    /// As an administrator of LiteLLM, or with a key.
    func call(
        _ path: String, _ body: String? = nil, bearer: String? = nil
    ) async throws -> (status: Int, json: JSONValue) {
        try await send(
            body == nil ? .get : .post, liteLLM.url + path,
            SecretValue(bearer ?? liteLLM.masterKey), body)
    }

    private func send(
        _ method: HTTPRequest.Method, _ url: String, _ bearer: SecretValue, _ body: String? = nil
    ) async throws -> (status: Int, json: JSONValue) {
        let answer = try await transport.send(
            HTTPRequest(
                method, url, headers: [.bearer(bearer)], body: body.map { Array($0.utf8) }))
        return (answer.status, JSONValue(parsing: answer.body) ?? .null)
    }

    func chat(_ key: String) async throws -> Int {
        try await call(
            "/v1/chat/completions",
            #"{"model": "gf-chat-default", "messages": [{"role": "user", "content": "hi"}]}"#,
            bearer: key
        ).status
    }

    /// Of the workspace's team, by alias.
    func keys() async throws -> [String: JSONValue] {
        let answer = try await call("/key/list?team_id=search&return_full_object=true&size=100")
        let rows = answer.json["keys"]?.array ?? []
        return Dictionary(rows.map { ($0["key_alias"]?.string ?? "", $0) }) { $1 }
    }
}
