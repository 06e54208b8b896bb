package import BursarCore
internal import Crypto
internal import FoundationEssentials

/// An OpenID provider for the sandbox: client credentials and a key set, at the paths where Keycloak
/// has them. Its one client may do everything; it guards nothing but the sandbox.
package struct SandboxProvider: Sendable {
    /// Only a name: the same at whatever port it listens.
    package static let issuer = "http://127.0.0.1/realms/sandbox"
    package static let audience = "control-plane"
    package static let client = "bursar"
    package static let secret = SecretValue("sandbox")

    private static let base = "/realms/sandbox/protocol/openid-connect"
    package static let tokenPath = base + "/token"
    package static let keysPath = base + "/certs"

    private static let lifetime = Span(seconds: 300)
    private static let keyName = "sandbox"
    private let key = P256.Signing.PrivateKey()

    package init() {}

    /// `nil` for what is no endpoint of the provider's.
    ///
    /// - Parameter authorization: the header as it came.
    package func respond(
        to request: SandboxRequest, authorization: SecretValue?, now: Instant
    ) -> SandboxResponse? {
        switch (request.method, request.path) {
        case ("GET", Self.keysPath): .json(keySet)
        case ("POST", Self.tokenPath): grant(request, authorization, now)
        default: nil
        }
    }

    private var keySet: JSONValue {
        let raw = [UInt8](key.publicKey.rawRepresentation)
        let own: [String: JSONValue] = [
            "kty": .string("EC"), "crv": .string("P-256"), "alg": .string("ES256"),
            "use": .string("sig"), "kid": .string(Self.keyName),
            "x": .string(Self.text(raw.prefix(32))), "y": .string(Self.text(raw.suffix(32))),
        ]
        return .object(["keys": .array([.object(own)])])
    }

    /// RFC 6749, section 4.4.
    private func grant(
        _ request: SandboxRequest, _ authorization: SecretValue?, _ now: Instant
    ) -> SandboxResponse {
        let form = SandboxRequest(
            method: "POST", target: "?" + String(decoding: request.body, as: UTF8.self),
            bearer: nil, body: []
        ).query
        guard form["grant_type"] == "client_credentials" else {
            return Self.refusal(400, "unsupported_grant_type")
        }
        let pair = "\(form["client_id"] ?? ""):\(form["client_secret"] ?? "")"
        guard let token = token(now),
            (Self.basic(authorization) ?? pair)
                == Self.secret.withExposed({ "\(Self.client):\($0)" })
        else { return Self.refusal(401, "invalid_client") }
        return .json(
            .object([
                "access_token": .string(token), "token_type": .string("Bearer"),
                "expires_in": .number(Int(Self.lifetime.seconds)),
            ]))
    }

    /// `client:secret`; `nil` where the header holds none.
    private static func basic(_ authorization: SecretValue?) -> String? {
        authorization?.withExposed { header in
            let words = header.split(separator: " ")
            guard words.count == 2, words[0].lowercased() == "basic" else { return nil }
            return Data(base64Encoded: String(words[1])).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    private static func refusal(_ status: Int, _ error: String) -> SandboxResponse {
        .json(.object(["error": .string(error)]), status: status)
    }

    /// `nil` where it could not be signed.
    private func token(_ now: Instant) -> String? {
        let claims: [String: JSONValue] = [
            "iss": .string(Self.issuer), "aud": .string(Self.audience),
            "sub": .string(Self.client),
            "exp": .number(Int((now + Self.lifetime).milliseconds / 1000)),
            "workspaces": .object(["*": .array([.string("read"), .string("administer")])]),
        ]
        let header: [String: JSONValue] = [
            "alg": .string("ES256"), "typ": .string("JWT"), "kid": .string(Self.keyName),
        ]
        let parts = [header, claims].map { Self.text(JSONValue.object($0).bytes) }
        let signed = parts.joined(separator: ".")
        let signature = try? key.signature(for: Array(signed.utf8))
        return signature.map { "\(signed).\(Self.text([UInt8]($0.rawRepresentation)))" }
    }

    /// base64url without padding, RFC 7515.
    private static func text(_ bytes: some Collection<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }
}
