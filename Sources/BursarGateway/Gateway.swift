package import BursarCore
package import BursarEngine

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
        /// Why not; `nil` where it was done.
        package let problem: String?
    }

    /// Within which a body must have come.
    package static let bodyMilliseconds = 30_000

    let settings: GatewaySettings
    let database: GatewayDatabase
    let time: any Timekeeper
    private let onRequest: @Sendable (Access) -> Void

    /// - Parameter onRequest: called once a request, when its answer is known.
    package init(
        settings: GatewaySettings, database: GatewayDatabase, time: any Timekeeper,
        onRequest: @escaping @Sendable (Access) -> Void = { _ in }
    ) {
        self.settings = settings
        self.database = database
        self.time = time
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
        } catch {
            problem = "\(error.code): \(error.detail)"
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
        // None that is served yet has a body.
        _ = try await request.body(upTo: route.endpoint.bodyLimit)
        return switch route.endpoint {
        case .health: .json(.object([("status", .string("ok"))]))
        case .ready: try await ready()
        }
    }

    private func ready() async throws(Problem) -> GatewayResponse {
        do throws(StoreFault) { try await database.check() } catch { throw .unavailable(error) }
        return .json(.object([("status", .string("ready"))]))
    }
}
