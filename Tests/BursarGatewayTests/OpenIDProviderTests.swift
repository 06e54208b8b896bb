import BursarCore
import BursarEngine
import BursarHTTP
import TestSupport
import Testing

@testable import BursarGateway

/// Against a provider that we did not write.
@Suite(.enabled(if: OpenIDProvider.isThere))
struct OpenIDProviderTests {
    @Test func `A real provider's tokens are taken, each by its own realm`() async throws {
        let provider = try OpenIDProvider(
            clients: [
                "ci": #"{"search": ["read", "administer"]}"#, "viewer": #"{"*": ["read"]}"#,
            ])
        let search = try #require(WorkspaceID("search"))
        let ads = try #require(WorkspaceID("ads"))
        for realm in OpenIDProvider.Realm.allCases {
            let check = TokenCheck(
                .init(
                    issuer: provider.issuer(realm), audience: OpenIDProvider.audience,
                    jwksURL: provider.jwksURL(realm)), transport: CurlTransport(),
                time: SystemTimekeeper())
            let token = try await provider.token("ci", realm)
            let ci = try await check.permissions(SecretValue("Bearer \(token)"))
            #expect(ci.allow(.administer, in: search))
            #expect(!ci.allow(.read, in: ads))
            let viewer = try await check.permissions(
                SecretValue("Bearer \(try await provider.token("viewer", realm))"))
            #expect(viewer.allow(.read, in: ads))
            #expect(!viewer.allow(.administer, in: ads))
            let other: OpenIDProvider.Realm = realm == .rs256 ? .es256 : .rs256
            let foreign = SecretValue("Bearer \(try await provider.token("ci", other))")
            await #expect(throws: TokenFault.unknownKey) {
                try await check.permissions(foreign)
            }
        }
    }
}
