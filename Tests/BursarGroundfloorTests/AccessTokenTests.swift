import BursarCore
import BursarEngine
import BursarGroundfloor
import Foundation
import Testing

struct AccessTokenTests {
    private let time = HandTime()
    private let id: WorkspaceID

    init() throws { id = try #require(WorkspaceID("search")) }

    private func read(_ controlPlane: ControlPlane) async -> String {
        do throws(SecretStoreError) {
            let store = GroundfloorSecretStore(controlPlane) { _ in [] }
            _ = try await store.secrets(of: id)
            return "read"
        } catch {
            return "\(error.label): \(error)"
        }
    }

    @Test func `The provider is asked as RFC 6749 has it`() async throws {
        let plane = FakePlane()
        #expect(await read(plane.controlPlane(time, scope: "control plane")) == "read")
        let request = try #require(plane.tokenRequests.first)
        let headers = Dictionary(
            request.headers.map { ($0.name, $0.value.withExposed { $0 }) }
        ) { $1 }
        #expect(request.method == .post)
        #expect(headers["Content-Type"] == "application/x-www-form-urlencoded")
        let basic = Data("bursar%3A1:canary%2Fof%20a%20client".utf8).base64EncodedString()
        #expect(headers["Authorization"] == "Basic \(basic)")
        #expect(
            request.body.map { String(decoding: $0, as: UTF8.self) }
                == "grant_type=client_credentials&scope=control%20plane")
    }

    @Test func `Parallel calls share one token`() async throws {
        let plane = FakePlane()
        let controlPlane = plane.controlPlane(time)
        await withTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { await read(controlPlane) } }
            for await result in group { #expect(result == "read") }
        }
        #expect(plane.tokenRequests.count == 1)
    }

    @Test(arguments: [(300, 269, 1), (300, 271, 2), (10, 7, 1), (10, 9, 2), (0, 0, 2)])
    func `It is asked for again before it ends`(_ life: Int, _ after: Int64, _ count: Int) async {
        let plane = FakePlane(.init(tokenLife: life))
        let controlPlane = plane.controlPlane(time)
        #expect(await read(controlPlane) == "read")
        time.advance(Span(seconds: after))
        #expect(await read(controlPlane) == "read")
        #expect(plane.tokenRequests.count == count)
    }

    @Test func `Where the provider does not say how long it lives, a minute`() async {
        let plane = FakePlane(.init(tokenLife: nil))
        let controlPlane = plane.controlPlane(time)
        for (seconds, count) in [(0, 1), (47, 1), (2, 2)] as [(Int64, Int)] {
            time.advance(Span(seconds: seconds))
            #expect(await read(controlPlane) == "read")
            #expect(plane.tokenRequests.count == count)
        }
    }

    @Test func `The old one is used as long as it lives, where the provider is gone`() async {
        let plane = FakePlane()
        let controlPlane = plane.controlPlane(time)
        #expect(await read(controlPlane) == "read")
        for _ in 0..<10 { plane.fail("token", .error(.cannotConnect("refused"))) }
        time.advance(Span(seconds: 280))
        #expect(await read(controlPlane) == "read")
        time.advance(Span(seconds: 21))
        let late = await read(controlPlane)
        #expect(late.hasPrefix("unreachable: The OpenID provider cannot be reached"))
        #expect(late.contains("KEYCLOAK_TOKEN_URL"))
        // Tried five times each, not five times five.
        #expect(plane.tokenRequests.count == 11)
        #expect(await read(controlPlane) == "read")
    }

    @Test func `A token that is refused is replaced once`() async {
        let plane = FakePlane()
        let controlPlane = plane.controlPlane(time)
        #expect(await read(controlPlane) == "read")
        plane.forgetTokens()
        #expect(await read(controlPlane) == "read")
        #expect(plane.tokenRequests.count == 2)
        let line = "GET /v1/workspaces/search/secrets"
        plane.fail(line, .status(401, #"{"detail": "not yours"}"#), .status(401))
        let refused = await read(controlPlane)
        #expect(refused.hasPrefix("unauthorized: The Control Plane takes no token"), "\(refused)")
        #expect(plane.tokenRequests.count == 3)
    }

    @Test func `Twenty calls whose token was taken back ask for one new`() async {
        let plane = FakePlane()
        let controlPlane = plane.controlPlane(time)
        #expect(await read(controlPlane) == "read")
        plane.forgetTokens()
        await withTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { await read(controlPlane) } }
            for await result in group { #expect(result == "read") }
        }
        #expect(plane.tokenRequests.count == 2)
    }

    @Test(arguments: [
        (400, #"{"error": "unauthorized_client"}"#, "unauthorized: The OpenID provider gives no"),
        (401, #"{"error_description": "canary/of a client is wrong"}"#, "unauthorized: The OpenID"),
        (403, "", "unauthorized: The OpenID provider gives no token"),
        (404, "<html>", "malformed: An answer cannot be read: the token URL"),
        (
            302, "",
            "malformed: An answer cannot be read: the token URL answers with status 302: check KEYCLOAK"
        ),
        (200, "<html>", "malformed: An answer cannot be read: the OpenID provider's answer"),
        (200, #"{"access_token": "two words"}"#, "malformed: An answer cannot be read"),
        (200, #"{"access_token": ""}"#, "malformed: An answer cannot be read: the OpenID"),
    ])
    func `What is no token is said`(_ status: Int, _ body: String, _ text: String) async {
        let plane = FakePlane()
        plane.fail("token", .status(status, body))
        let result = await read(plane.controlPlane(time))
        #expect(result.hasPrefix(text), "\(result)")
        #expect(!result.contains("canary"))
        #expect(plane.log == ["token"])
    }

    @Test(
        arguments: [
            (nil, nil), (404, 404), (200, 200), (302, 302), (403, nil), (503, nil),
        ] as [(Int?, Int?)])
    func `What asks no stranger for a token is no Control Plane`(
        _ status: Int?, _ found: Int?
    ) async throws {
        let plane = FakePlane()
        if let status { plane.fail("GET /v1/workspaces/a/llm/models", .status(status)) }
        let id = try #require(WorkspaceID("a"))
        #expect(try await plane.controlPlane(time).strangeStatus(asking: id) == found)
        #expect(plane.tokenRequests.isEmpty)
    }

    @Test(arguments: [429, 500, 503])
    func `A provider that is busy is asked again`(_ status: Int) async {
        let plane = FakePlane()
        plane.fail("token", .status(status, headers: ["retry-after": "3"]))
        #expect(await read(plane.controlPlane(time)) == "read")
        #expect(time.waits == [3000])
        for _ in 0..<5 { plane.fail("token", .status(status)) }
        let result = await read(plane.controlPlane(time))
        #expect(result.hasPrefix("unreachable: The OpenID provider"), "\(result)")
    }
}
