import BursarCore
import BursarEngine
import BursarGroundfloor
import BursarStores
import Testing

@testable import BursarGateway

/// The client of a Control Plane against this one.
struct GatewaySecretStoreTests {
    @Test func `The gateway's Secrets are a store`() async throws {
        let site = try GatewaySite()
        let store = GroundfloorSecretStore(GatewayTransport(site: site).controlPlane()) { _ in [] }
        let conformance = StoreConformance(
            store, first: try GatewaySite.id("search"), second: try GatewaySite.id("ads"))
        for law in StoreConformance.laws {
            #expect(await conformance.check(law) == nil, "\(law.name)")
        }
    }

    @Test func `A token that permits too little is said with what is missing`() async throws {
        let site = try GatewaySite()
        let reads = GatewayTransport(site: site, permissions: #"{"search": ["read"]}"#)
        let id = try GatewaySite.id("search")
        let name = try #require(SecretName("A"))
        let store = GroundfloorSecretStore(reads.controlPlane()) { _ in [] }
        #expect(try await store.secrets(of: id).isEmpty)
        let error = await #expect(throws: SecretStoreError.self) {
            try await store.put(
                SecretWrite(
                    workspace: id, name: name, value: SecretValue("v"), description: "d"))
        }
        #expect(error?.label == "unauthorized")
        #expect(error?.description.contains("`administer` in the workspace search") == true)
        await #expect(throws: ControlPlaneError.self) {
            try await reads.controlPlane().checkWriting(in: id, removing: name)
        }
        try await GatewayTransport(site: site).controlPlane().checkWriting(in: id, removing: name)
    }

    @Test func `Models and usage are read`() async throws {
        let site = try MintTests.site()
        let plane = GatewayTransport(site: site).controlPlane()
        let id = try GatewaySite.id("search")
        #expect(try await plane.models(of: id) == ["gf-chat-default"])
        let usage = try await plane.usage(of: id, last: .days(1))
        #expect((usage.completions, usage.tokens) == (0, 0))
        let none = await #expect(throws: ControlPlaneError.self) {
            try await plane.models(of: try GatewaySite.id("none"))
        }
        #expect(none?.label == "missing")
    }
}
