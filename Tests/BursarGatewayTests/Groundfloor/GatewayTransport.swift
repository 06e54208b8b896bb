import BursarCore
import BursarEngine
import BursarGroundfloor

@testable import BursarGateway

/// The gateway of a site and a realm beside it, for the client of a Control Plane.
struct GatewayTransport: Transport {
    let site: GatewaySite
    /// Of the tokens that the realm gives.
    var permissions = #"{"*": ["read", "administer"]}"#

    static let tokenURL = "http://realm/token"

    func controlPlane() -> ControlPlane {
        ControlPlane(
            transport: self, url: "http://gateway",
            credentials: ClientCredentials(
                tokenURL: Self.tokenURL, clientID: "bursar", secret: SecretValue("of-bursar")),
            time: site.time)
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        if request.url == Self.tokenURL { return token() }
        let headers = Dictionary(
            request.headers.map { ($0.name.lowercased(), $0.value) }
        ) { $1 }
        let answer = await site.gateway.respond(
            to: GatewayRequest(
                method: request.method.rawValue,
                target: request.url.replacing("http://gateway", with: ""), headers: headers
            ) { limit in
                let body = request.body ?? []
                return body.count > limit ? .failure(.tooLarge) : .success(body)
            })
        return HTTPResponse(status: answer.status, headers: answer.headers, body: answer.body)
    }

    private func token() -> HTTPResponse {
        let claims = TokenForge.claims(at: site.time.now(), permissions: permissions)
        let token = (try? site.forge.token(claims)) ?? ""
        let body = #"{"access_token": "\#(token)", "expires_in": 300}"#
        return HTTPResponse(status: 200, headers: [:], body: Array(body.utf8))
    }
}
