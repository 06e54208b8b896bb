import BursarCore
import BursarEngine
import BursarSandbox
import Testing

@testable import BursarGateway

/// Every endpoint that there is: one that is added stands in this walk by itself.
struct PermissionWalkTests {
    private static let endpoints = Endpoint.allCases.filter { endpoint in
        switch endpoint.shape.access {
        case .workspace, .account: true
        case .anybody, .webhook: false
        }
    }

    private static func isWrite(_ endpoint: Endpoint) -> Bool { endpoint.method != "GET" }

    /// What an endpoint is asked for in `search`, or in the account that pays for it and for `ads`.
    private static func target(_ endpoint: Endpoint) -> String {
        endpoint.path.replacing("{workspace}", with: "search").replacing("{name}", with: "A")
            .replacing("{account}", with: "acme")
    }

    private static func ask(
        _ site: GatewaySite, _ endpoint: Endpoint, permissions: String?
    ) async throws -> Int {
        try await site.call(
            endpoint.method, target(endpoint), permissions: permissions,
            body: endpoint == .putSecret ? #"{"value": "v"}"# : ""
        ).status
    }

    private static func site() async throws -> GatewaySite {
        let site = try MintTests.site()
        let put = try await site.call(
            "PUT", "/v1/workspaces/search/secrets/A", permissions: #"{"*": ["administer"]}"#,
            body: #"{"value": "v"}"#)
        try #require(put.status == 201)
        return site
    }

    @Test func `A write needs administer, and a read needs read`() {
        for endpoint in Self.endpoints {
            let needed: Permission? =
                switch endpoint.shape.access {
                case .workspace(let permission), .account(let permission): permission
                case .anybody, .webhook: nil
                }
            #expect(needed == (Self.isWrite(endpoint) ? .administer : .read), "\(endpoint)")
        }
        #expect(Self.endpoints.count { Self.isWrite($0) } == 3)
        #expect(Self.endpoints.count { !Self.isWrite($0) } == 5)
    }

    @Test(arguments: endpoints) func `Without a token it is 401`(endpoint: Endpoint) async throws {
        #expect(try await Self.ask(try await Self.site(), endpoint, permissions: nil) == 401)
    }

    @Test(arguments: endpoints)
    func `A token that only reads writes nothing`(endpoint: Endpoint) async throws {
        let site = try await Self.site()
        for permissions in [
            #"{"*": ["read"]}"#, #"{"search": ["read"], "ads": ["read", "administer"]}"#,
        ] {
            let status = try await Self.ask(site, endpoint, permissions: permissions)
            #expect(status == (Self.isWrite(endpoint) ? 403 : 200), "\(endpoint)")
        }
        #expect(site.keys(of: "search").isEmpty)
    }

    @Test(arguments: endpoints)
    func `A token of another workspace does nothing at all`(endpoint: Endpoint) async throws {
        let site = try await Self.site()
        for permissions in [
            #"{"ads": ["read", "administer"]}"#, #"{"search-two": ["read", "administer"]}"#,
            #"{"Search": ["read", "administer"]}"#, #"{"": ["read", "administer"]}"#, "{}",
        ] {
            let status = try await Self.ask(site, endpoint, permissions: permissions)
            #expect(status == 403, "\(endpoint) \(permissions)")
        }
        #expect(site.keys(of: "search").isEmpty)
        let secret = try await site.call(
            "GET", "/v1/workspaces/search/secrets/A", permissions: #"{"*": ["read"]}"#)
        #expect(secret.status == 200)
    }

    @Test(arguments: endpoints)
    func `A token that only administers reads nothing`(endpoint: Endpoint) async throws {
        let status = try await Self.ask(
            try await Self.site(), endpoint, permissions: #"{"*": ["administer"]}"#)
        #expect((status == 403) == !Self.isWrite(endpoint), "\(endpoint) \(status)")
    }

    @Test(arguments: endpoints)
    func `A forged token does nothing`(endpoint: Endpoint) async throws {
        let site = try await Self.site()
        let claims = TokenForge.claims(
            at: site.time.now(), permissions: #"{"*": ["read", "administer"]}"#)
        for token in [
            try site.forge.token(claims, by: .otherRSA),
            try site.forge.token(claims, header: #"{"alg": "none", "kid": "rsa-1"}"#, by: .nobody),
        ] {
            let answer = try await site.call(
                endpoint.method, Self.target(endpoint), body: "",
                headers: ["authorization": "Bearer \(token)"])
            #expect(answer.status == 401, "\(endpoint)")
        }
    }
}
