import BursarCore
import BursarEngine
import GRDB
import TestSupport
import Testing

@testable import BursarGateway

struct GatewayHTTPTests {
    private static func request(
        _ method: String, _ target: String, headers: [String: SecretValue] = [:],
        body: [UInt8] = []
    ) -> GatewayRequest {
        GatewayRequest(method: method, target: target, headers: headers) { limit in
            body.count > limit ? .failure(.tooLarge) : .success(body)
        }
    }

    private static func members(_ response: GatewayResponse) throws -> JSONValue {
        try #require(JSONValue(parsing: response.body))
    }

    @Test func `It tells its health and that its store answers`() async throws {
        let gateway = try GatewaySite().gateway
        for (path, word) in [("/healthz", "ok"), ("/readyz", "ready"), ("/healthz?x=1", "ok")] {
            let response = await gateway.respond(to: Self.request("GET", path))
            #expect(response.status == 200)
            #expect(try Self.members(response)["status"]?.string == word)
        }
    }

    @Test func `A store that is gone makes it unready and leaves it alive`() async throws {
        let gateway = try GatewaySite().gateway
        try gateway.database.pool.close()
        let response = await gateway.respond(to: Self.request("GET", "/readyz"))
        #expect(response.status == 503)
        #expect(response.headers["retry-after"] != nil)
        #expect(
            try Self.members(response)["type"]?.string == "urn:bursar:problem:store-unavailable")
        #expect(await gateway.respond(to: Self.request("GET", "/healthz")).status == 200)
    }

    @Test(arguments: [
        ("GET", "/", 404), ("GET", "/healthz/", 404), ("GET", "/health%", 404),
        ("GET", "//healthz", 404), ("GET", "/%68ealthz", 200), ("POST", "/healthz", 405),
        ("HEAD", "/readyz", 405),
    ])
    func `What is not served is a problem that names itself`(
        method: String, target: String, status: Int
    ) async throws {
        let gateway = try GatewaySite().gateway
        let response = await gateway.respond(
            to: Self.request(method, target, headers: ["x-request-id": SecretValue("walk.1")]))
        #expect(response.status == status)
        #expect(response.headers["x-request-id"] == "walk.1")
        guard status != 200 else { return }
        #expect(response.headers["content-type"] == "application/problem+json")
        #expect(status != 405 || response.headers["allow"] == "GET")
        let problem = try Self.members(response)
        #expect(problem["status"]?.int == status)
        #expect(problem["instance"]?.string == "urn:bursar:request:walk.1")
        for name in ["type", "title", "detail"] {
            #expect(problem[name]?.string?.isEmpty == false)
        }
    }

    @Test(arguments: ["", "two words", "a\"b", String(repeating: "a", count: 65)])
    func `A request id that is no name is replaced`(asked: String) async throws {
        let gateway = try GatewaySite().gateway
        let response = await gateway.respond(
            to: Self.request("GET", "/healthz", headers: ["x-request-id": SecretValue(asked)]))
        let id = try #require(response.headers["x-request-id"])
        #expect(id != asked)
        #expect(id.utf8.count == 16)
    }

    @Test func `The log names the endpoint and never what was asked for`() async throws {
        let seen = Record<Gateway.Access>()
        let gateway = try GatewaySite { seen.add($0) }.gateway
        _ = await gateway.respond(to: Self.request("GET", "/healthz?token=canary"))
        _ = await gateway.respond(to: Self.request("GET", "/canary"))
        #expect(seen.all.map(\.status) == [200, 404])
        #expect(seen.all.map(\.path) == ["/healthz", nil])
        #expect(!"\(seen.all)".contains("canary"))
    }

    @Test(arguments: [
        (GatewayRequest.BodyFault.tooLarge, 413), (.tooSlow, 408), (.broken, 422),
    ])
    func `A body that cannot be read is a problem`(
        fault: GatewayRequest.BodyFault, status: Int
    ) async throws {
        let gateway = try GatewaySite().gateway
        let response = await gateway.respond(
            to: GatewayRequest(method: "GET", target: "/healthz", headers: [:]) { _ in
                .failure(fault)
            })
        #expect(response.status == status)
    }
}
