import BursarCore
import BursarEngine
import Testing

@testable import BursarGateway

struct TokenTests {
    private static let now = SetTime().now()

    private static func fault(
        _ make: (TokenForge) throws -> String, scheme: String = "Bearer "
    ) async throws -> TokenFault? {
        let forge = TokenForge()
        let check = TokenCheck(
            .init(
                issuer: TokenForge.issuer, audience: TokenForge.audience,
                jwksURL: TokenForge.jwksURL), transport: forge, time: SetTime())
        do throws(TokenFault) {
            let header = SecretValue(scheme + ((try? make(forge)) ?? ""))
            _ = try await check.permissions(header)
            return nil
        } catch {
            return error
        }
    }

    private static func claims(_ changes: [String: String?] = [:]) -> String {
        TokenForge.claims(at: now, changes: changes)
    }

    @Test func `A token of the provider's is taken, by RSA and by elliptic curve`() async throws {
        #expect(try await Self.fault { try $0.token(Self.claims()) } == nil)
        let byCurve = #"{"alg": "ES256", "kid": "ec-1", "typ": "at+jwt"}"#
        #expect(
            try await Self.fault { try $0.token(Self.claims(), header: byCurve, by: .ec) } == nil)
        let several: [String: String?] = ["aud": #"["account", "control-plane"]"#, "nbf": nil]
        #expect(try await Self.fault { try $0.token(Self.claims(several)) } == nil)
        #expect(try await Self.fault({ try $0.token(Self.claims()) }, scheme: "bearer ") == nil)
    }

    /// Each differs from a good token in one thing.
    private static let forged:
        [(name: String, fault: TokenFault, make: @Sendable (TokenForge) throws -> String)] = [
            ("expired", .expired, { try $0.token(claims(["exp": seconds(-30)])) }),
            ("not valid yet", .early, { try $0.token(claims(["nbf": seconds(31)])) }),
            ("without an end", .malformed, { try $0.token(claims(["exp": nil])) }),
            ("an end in words", .malformed, { try $0.token(claims(["exp": "\"never\""])) }),
            ("an end beyond all times", .malformed, { try $0.token(claims(["exp": "1e17"])) }),
            ("another issuer", .issuer, { try $0.token(claims(["iss": "\"https://evil\""])) }),
            ("no issuer", .issuer, { try $0.token(claims(["iss": nil])) }),
            ("another audience", .audience, { try $0.token(claims(["aud": "[\"account\"]"])) }),
            ("no audience", .audience, { try $0.token(claims(["aud": nil])) }),
            (
                "none", .algorithm,
                { try $0.token(claims(), header: header("none", "rsa-1"), by: .nobody) }
            ),
            (
                "HS256 with the RSA key", .algorithm,
                {
                    try $0.token(
                        claims(), header: header("HS256", "rsa-1"), by: .hmac($0.publicRSA))
                }
            ),
            (
                "HS256 with the curve's key", .algorithm,
                { try $0.token(claims(), header: header("HS256", "ec-1"), by: .hmac($0.publicEC)) }
            ),
            (
                "RS256 in name, HMAC in truth", .signature,
                { try $0.token(claims(), by: .hmac($0.publicRSA)) }
            ),
            (
                "the curve's id, signed by RSA", .algorithm,
                { try $0.token(claims(), header: header("RS256", "ec-1")) }
            ),
            (
                "RSA's id, signed by the curve", .algorithm,
                { try $0.token(claims(), header: header("ES256", "rsa-1"), by: .ec) }
            ),
            (
                "RSA's id and name, signed by the curve", .signature,
                { try $0.token(claims(), header: header("RS256", "rsa-1"), by: .ec) }
            ),
            (
                "an unknown id, signed by the known key", .unknownKey,
                { try $0.token(claims(), header: header("RS256", "rsa-2")) }
            ),
            ("no id", .unknownKey, { try $0.token(claims(), header: #"{"alg": "RS256"}"#) }),
            ("another RSA key", .signature, { try $0.token(claims(), by: .otherRSA) }),
            (
                "another curve key", .signature,
                { try $0.token(claims(), header: header("ES256", "ec-1"), by: .otherEC) }
            ),
            ("a cut signature", .signature, { try cut($0) }),
            ("no signature", .signature, { try $0.token(claims(), by: .nobody) }),
            ("claims that were changed", .signature, { try changed($0) }),
            ("two parts", .malformed, { _ in "e30.e30" }),
            ("five parts", .malformed, { "\(try $0.token(claims())).a.b" }),
            ("padding", .malformed, { "\(try $0.token(claims()))=" }),
            ("no JSON", .malformed, { try $0.token("workspaces") }),
            (
                "an extension", .malformed,
                {
                    try $0.token(
                        claims(),
                        header: #"{"alg": "RS256", "kid": "rsa-1", "crit": ["exp"], "exp": 1}"#)
                }
            ),
        ]

    private static func seconds(_ offset: Int64) -> String {
        "\(now.milliseconds / 1000 + offset)"
    }

    private static func header(_ algorithm: String, _ id: String) -> String {
        #"{"alg": "\#(algorithm)", "kid": "\#(id)"}"#
    }

    private static func cut(_ forge: TokenForge) throws -> String {
        let parts = try forge.token(claims()).split(separator: ".")
        let signature = Base64URL.decoded(parts[2]) ?? []
        return "\(parts[0]).\(parts[1]).\(TokenForge.text(signature.dropLast(3)))"
    }

    private static func changed(_ forge: TokenForge) throws -> String {
        let parts = try forge.token(claims()).split(separator: ".")
        let all = TokenForge.claims(at: now, permissions: #"{"*": ["administer"]}"#)
        return "\(parts[0]).\(TokenForge.text(Array(all.utf8))).\(parts[2])"
    }

    @Test(arguments: forged.indices) func `A forged token is refused`(_ index: Int) async throws {
        let (name, fault, make) = Self.forged[index]
        #expect(try await Self.fault(make) == fault, "\(name)")
    }

    @Test func `The clocks may differ by thirty seconds`() async throws {
        let nearly = ["exp": Self.seconds(-29), "nbf": Self.seconds(30)]
        #expect(try await Self.fault { try $0.token(Self.claims(nearly)) } == nil)
    }

    @Test(arguments: ["", "Basic ", "Bearer  Bearer ", "Bearer"])
    func `Another scheme is no token`(scheme: String) async throws {
        let fault = try await Self.fault({ try $0.token(Self.claims()) }, scheme: scheme)
        #expect(fault == .missing)
    }

    @Test(arguments: ["YQ==", "YR", "YWJ\n", "Y", "Y+", "Y/"])
    func `Base64url has one spelling`(text: String) { #expect(Base64URL.decoded(text) == nil) }

    @Test func `Base64url is read whole`() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 73 &+ count) }
            #expect(Base64URL.decoded(TokenForge.text(bytes)) == bytes)
        }
    }

    @Test(arguments: [
        (#"{"workspaces": {"search": ["read"]}}"#, "workspaces"),
        (#"{"workspaces": "{\"search\": [\"read\"]}"}"#, "workspaces"),
        (#"{"a": {"b": {"search": ["read", "fly"]}}}"#, "a.b"),
        (#"{"https://a.example/b": {"search": ["read"]}}"#, "https://a.example/b"),
    ])
    func `Permissions stand where the settings say`(claims: String, path: String) throws {
        let json = try #require(JSONValue(parsing: Array(claims.utf8)))
        let permissions = Permissions(claims: json, at: path)
        let (search, ads) = (
            try #require(WorkspaceID("search")), try #require(WorkspaceID("ads"))
        )
        #expect(permissions.allow(.read, in: search))
        #expect(!permissions.allow(.administer, in: search))
        #expect(!permissions.allow(.read, in: ads))
        #expect(!permissions.allowEverywhere(.read))
    }

    @Test(arguments: [
        "{}", #"{"workspaces": 1}"#, #"{"workspaces": {"search": "read"}}"#,
        #"{"workspaces": ["search"]}"#, #"{"workspaces": "search"}"#,
    ])
    func `A claim of another shape permits nothing`(claims: String) throws {
        let json = try #require(JSONValue(parsing: Array(claims.utf8)))
        let permissions = Permissions(claims: json, at: "workspaces")
        #expect(!permissions.allow(.read, in: try #require(WorkspaceID("search"))))
    }

    @Test func `A star permits it in every workspace, and no more than it says`() throws {
        let json = try #require(
            JSONValue(parsing: Array(#"{"workspaces": {"*": ["read"]}}"#.utf8)))
        let permissions = Permissions(claims: json, at: "workspaces")
        #expect(permissions.allow(.read, in: try #require(WorkspaceID("ads"))))
        #expect(!permissions.allow(.administer, in: try #require(WorkspaceID("ads"))))
    }
}
