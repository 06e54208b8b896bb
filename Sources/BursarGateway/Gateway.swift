package import BursarCore
package import BursarEngine

/// What the gateway asks of LiteLLM.
package typealias LiteLLM = Issuer & ModelCatalog

/// The Control Plane's LLM surface.
package struct Gateway: Sendable {
    /// A line of the access log.
    package struct Access: Hashable, Sendable {
        package let id: String
        package let method: String
        /// As the endpoint is described: a path may hold the webhook's token. `nil` where there is none.
        package let path: String?
        package let status: Int
        package let milliseconds: Int64
        /// Why not, or what of it was not; `nil` where it was done.
        package let problem: String?
    }

    /// Within which a body must have come.
    package static let bodyMilliseconds = 30_000

    let settings: GatewaySettings
    let database: GatewayDatabase
    let sealing: SealingKey
    let liteLLM: any LiteLLM
    let minting: KeyMinting
    /// `nil`: there is no webhook.
    let webhookToken: SecretValue?
    let intake = Intake()
    let time: any Timekeeper
    private let tokens: TokenCheck
    private let onRequest: @Sendable (Access) -> Void

    /// - Parameters:
    ///   - transport: to the OpenID provider.
    ///   - onRequest: called once a request, when its answer is known.
    package init(
        settings: GatewaySettings, database: GatewayDatabase, sealing: SealingKey,
        webhookToken: SecretValue? = nil, liteLLM: any LiteLLM, transport: any Transport,
        time: any Timekeeper,
        onRequest: @escaping @Sendable (Access) -> Void = { _ in }
    ) {
        self.settings = settings
        self.database = database
        self.sealing = sealing
        self.webhookToken = webhookToken
        self.liteLLM = liteLLM
        minting = KeyMinting(
            issuer: liteLLM, database: database, sealing: sealing, time: time,
            owner: settings.name)
        self.time = time
        tokens = TokenCheck(settings.tokens, transport: transport, time: time)
        self.onRequest = onRequest
    }

    package var listen: ListenAddress { settings.listen }

    package func respond(to request: GatewayRequest) async -> GatewayResponse {
        let began = time.now()
        let id = request.id(otherwise: time.random())
        var response: GatewayResponse
        var endpoint: Endpoint?
        var problem: String?
        do throws(Problem) {
            let route = try Route(method: request.method, target: request.target)
            endpoint = route.endpoint
            response = try await answer(request, route)
            problem = response.note
        } catch {
            problem = "\(error.code): \(error.logged ?? error.detail)"
            response = error.response(id: id)
        }
        response.headers["x-request-id"] = id
        onRequest(
            Access(
                id: id, method: request.method, path: endpoint?.path, status: response.status,
                milliseconds: max(0, time.now().milliseconds - began.milliseconds),
                problem: problem))
        return response
    }

    private func answer(
        _ request: GatewayRequest, _ route: Route
    ) async throws(Problem) -> GatewayResponse {
        switch route.endpoint {
        case .health:
            try await refuseBody(request, route)
            return .json(.object([("status", .string("ok"))]))
        case .ready:
            try await refuseBody(request, route)
            try await stored { () throws(StoreFault) in try await database.check() }
            return .json(.object([("status", .string("ready"))]))
        case .openAPI:
            try await refuseBody(request, route)
            return GatewayResponse(
                status: 200, headers: ["content-type": "application/json"],
                body: OpenAPIDocument.bytes)
        case .usage:
            return try await showUsage(of: try await workspace(of: route, request), route)
        case .billing:
            let workspaces = try await account(of: route, request)
            return try await showBilling(of: route["account"], workspaces, route)
        case .webhook: return try await receive(request, route)
        case .models: return try await listModels(of: try await workspace(of: route, request))
        case .mint:
            let workspace = try await workspace(of: route, request)
            return try await mintKey(in: workspace, request, route)
        case .secrets: return try await listSecrets(of: try await workspace(of: route, request))
        case .secret:
            let workspace = try await workspace(of: route, request)
            return try await showSecret(try Self.secretName(route), of: workspace)
        case .putSecret:
            let workspace = try await workspace(of: route, request)
            let name = try Self.secretName(route)
            let body = try await request.body(upTo: route.endpoint.shape.bodyLimit)
            return try await putSecret(name, of: workspace, body)
        case .deleteSecret:
            let workspace = try await workspace(of: route, request)
            return try await deleteSecret(try Self.secretName(route), of: workspace)
        }
    }

    private func refuseBody(_ request: GatewayRequest, _ route: Route) async throws(Problem) {
        guard route.endpoint.shape.bodyLimit == 0 else { return }
        _ = try await request.body(upTo: 0)
    }

    /// The workspace that the path names, where the token permits this in it.
    private func workspace(
        of route: Route, _ request: GatewayRequest
    ) async throws(Problem) -> WorkspaceID {
        guard case .workspace(let permission) = route.endpoint.shape.access else {
            preconditionFailure("only an endpoint with a workspace in its path asks for it")
        }
        let permissions = try await permissions(request)
        guard let workspace = WorkspaceID(route["workspace"]) else {
            throw .notFound("no workspace has such an id")
        }
        guard permissions.allow(permission, in: workspace) else {
            throw .forbidden(permission, in: "the workspace \(workspace)")
        }
        try await refuseBody(request, route)
        return workspace
    }

    private func permissions(_ request: GatewayRequest) async throws(Problem) -> Permissions {
        do throws(TokenFault) {
            return try await tokens.permissions(request.header("authorization"))
        } catch { throw error.problem }
    }

    /// The workspaces of the account that the path names, where the token permits this in each.
    private func account(
        of route: Route, _ request: GatewayRequest
    ) async throws(Problem) -> [WorkspaceID] {
        guard case .account(let permission) = route.endpoint.shape.access else {
            preconditionFailure("only an endpoint with an account in its path asks for it")
        }
        let permissions = try await permissions(request)
        let workspaces = settings.accounts[route["account"]]
        // Who may not read it does not learn whether it exists.
        guard
            permissions.allowEverywhere(permission)
                || workspaces?.allSatisfy({ permissions.allow(permission, in: $0) }) == true
        else { throw .forbidden(permission, in: "every workspace of the account") }
        guard let workspaces else { throw .notFound("spec.accounts names no such account") }
        try await refuseBody(request, route)
        return workspaces
    }

    private static func secretName(_ route: Route) throws(Problem) -> SecretName {
        guard let name = SecretName(route["name"]) else {
            throw .invalidName("a secret's name is A-Z, 0-9 and `_`, a letter first, at most 128")
        }
        return name
    }

    /// What the own store did not do is 503.
    func stored<Value>(
        _ body: () async throws(StoreFault) -> Value
    ) async throws(Problem) -> Value {
        do throws(StoreFault) { return try await body() } catch { throw .unavailable(error) }
    }
}
