import BursarCore
import BursarEngine
import Crypto
import CryptoExtras
import Foundation
import Synchronization

/// An OpenID provider in process, and whoever would like to be one: it signs anything in any way.
final class TokenForge: Transport {
    static let issuer = "https://id.example/realms/acme"
    static let audience = "control-plane"
    static let jwksURL = "https://id.example/certs"

    enum Signer {
        case rsa, ec, otherRSA, otherEC
        case hmac([UInt8])
        case nobody
    }

    private struct State {
        var published: [String]
        var requests = 0
        var failure: TransportError?
        var status = 200
    }

    private static let rsa = TokenForge.newRSA()
    private static let otherRSA = TokenForge.newRSA()
    private let ec = P256.Signing.PrivateKey()
    private let otherEC = P256.Signing.PrivateKey()
    private let state: Mutex<State>

    init() {
        state = Mutex(State(published: []))
        publish([rsaJWK("rsa-1"), ecJWK("ec-1")])
    }

    private static func newRSA() -> _RSA.Signing.PrivateKey? {
        try? _RSA.Signing.PrivateKey(keySize: .bits2048)
    }

    var requests: Int { state.withLock { $0.requests } }

    func publish(_ keys: [String]) { state.withLock { $0.published = keys } }

    func fail(_ failure: TransportError?, status: Int = 200) {
        state.withLock {
            $0.failure = failure
            $0.status = status
        }
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let state = state.withLock { state in
            state.requests += 1
            return state
        }
        if let failure = state.failure { throw failure }
        guard request.url == Self.jwksURL else {
            return HTTPResponse(status: 404, headers: [:], body: [])
        }
        let body = "{\"keys\": [\(state.published.joined(separator: ","))]}"
        return HTTPResponse(status: state.status, headers: [:], body: Array(body.utf8))
    }

    func rsaJWK(_ id: String, more: String = "", other: Bool = false) -> String {
        let key = other ? Self.otherRSA : Self.rsa
        guard let parts = try? key?.publicKey.getKeyPrimitives() else { return "{}" }
        return """
            {"kty": "RSA", "kid": "\(id)", "n": "\(Self.text(parts.modulus))", \
            "e": "\(Self.text(parts.publicExponent))"\(more)}
            """
    }

    func ecJWK(_ id: String, more: String = "") -> String {
        let raw = ec.publicKey.rawRepresentation
        return """
            {"kty": "EC", "crv": "P-256", "kid": "\(id)", "x": "\(Self.text(raw.prefix(32)))", \
            "y": "\(Self.text(raw.suffix(32)))"\(more)}
            """
    }

    /// What an attacker would use as the secret of HS256.
    var publicRSA: [UInt8] { Array((Self.rsa?.publicKey.pemRepresentation ?? "").utf8) }
    var publicEC: [UInt8] { Array(ec.publicKey.rawRepresentation) }

    /// Claims that are taken at `now`, but for what `changes` sets or, with `nil`, removes.
    static func claims(
        at now: Instant, permissions: String = #"{"search": ["read", "administer"]}"#,
        changes: [String: String?] = [:]
    ) -> String {
        let seconds = now.milliseconds / 1000
        var members: [String: String?] = [
            "iss": "\"\(issuer)\"", "aud": "\"\(audience)\"", "exp": "\(seconds + 300)",
            "nbf": "\(seconds)", "sub": "\"ci\"", "workspaces": permissions,
        ]
        for (name, value) in changes { members[name] = .some(value) }
        let pairs = members.compactMap { name, value in value.map { "\"\(name)\": \($0)" } }
        return "{\(pairs.sorted().joined(separator: ", "))}"
    }

    func token(
        _ claims: String, header: String = #"{"alg": "RS256", "kid": "rsa-1"}"#,
        by signer: Signer = .rsa
    ) throws -> String {
        let signed = "\(Self.text(Array(header.utf8))).\(Self.text(Array(claims.utf8)))"
        return "\(signed).\(Self.text(try signature(Array(signed.utf8), signer)))"
    }

    private func signature(_ bytes: [UInt8], _ signer: Signer) throws -> [UInt8] {
        switch signer {
        case .rsa, .otherRSA:
            let key = if case .rsa = signer { Self.rsa } else { Self.otherRSA }
            let signature = try key?.signature(for: bytes, padding: .insecurePKCS1v1_5)
            return Array(signature?.rawRepresentation ?? Data())
        case .ec: return Array(try ec.signature(for: bytes).rawRepresentation)
        case .otherEC: return Array(try otherEC.signature(for: bytes).rawRepresentation)
        case .hmac(let secret):
            let code = HMAC<SHA256>.authenticationCode(
                for: bytes, using: SymmetricKey(data: secret))
            return Array(code)
        case .nobody: return []
        }
    }

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }
}
