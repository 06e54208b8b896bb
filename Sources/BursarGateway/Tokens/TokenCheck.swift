internal import BursarCore
internal import BursarEngine

/// Reads bearer tokens: JWTs (RFC 7519) that the provider signed for this gateway.
struct TokenCheck: Sendable {
    /// Between the provider's clock and ours.
    static let leeway = Span(seconds: 30)

    private let settings: GatewaySettings.Tokens
    private let keys: SigningKeys
    private let time: any Timekeeper

    init(_ settings: GatewaySettings.Tokens, transport: any Transport, time: any Timekeeper) {
        self.settings = settings
        keys = SigningKeys(url: settings.jwksURL, transport: transport, time: time)
        self.time = time
    }

    /// - Parameter authorization: the header of that name.
    func permissions(_ authorization: SecretValue?) async throws(TokenFault) -> Permissions {
        guard let authorization else { throw .missing }
        let token = try authorization.withExposed { (text) throws(TokenFault) in
            try Self.parts(ofHeader: text)
        }
        // Before any arithmetic: the library would take a key of its own choice for an unknown id.
        let key = try await keys.key(token.keyID)
        guard token.algorithm == key.algorithm.rawValue else { throw .algorithm }
        guard key.verifies(token.signature, of: token.signed) else { throw .signature }
        try check(token.claims)
        return Permissions(claims: token.claims, at: settings.permissionsClaim)
    }

    private struct Token {
        let keyID: String
        let algorithm: String
        let claims: JSONValue
        let signed: [UInt8]
        let signature: [UInt8]
    }

    private static func parts(ofHeader text: String) throws(TokenFault) -> Token {
        let words = text.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer" else { throw .missing }
        let parts = words[1].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let first = Base64URL.decoded(parts[0]),
            let header = JSONValue(parsing: first), let second = Base64URL.decoded(parts[1]),
            let claims = JSONValue(parsing: second), claims.object != nil,
            let signature = Base64URL.decoded(parts[2]), let algorithm = header["alg"]?.string,
            // An extension that must be understood, and is not.
            header["crit"] == nil
        else { throw .malformed }
        guard SigningKey.Algorithm(rawValue: algorithm) != nil else { throw .algorithm }
        guard let id = header["kid"]?.string, !id.isEmpty else { throw .unknownKey }
        return Token(
            keyID: id, algorithm: algorithm, claims: claims,
            signed: Array("\(parts[0]).\(parts[1])".utf8), signature: signature)
    }

    private func check(_ claims: JSONValue) throws(TokenFault) {
        guard claims["iss"]?.string == settings.issuer else { throw .issuer }
        let audience = claims["aud"]
        let named = audience?.string.map { [$0] } ?? audience?.array?.compactMap(\.string) ?? []
        guard named.contains(settings.audience) else { throw .audience }
        guard let expiry = Self.date(claims["exp"]) else { throw .malformed }
        let now = time.now()
        guard now < expiry + Self.leeway else { throw .expired }
        guard let start = claims["nbf"] else { return }
        guard let start = Self.date(start) else { throw .malformed }
        guard now >= start - Self.leeway else { throw .early }
    }

    /// Seconds since 1970, with a fraction or without.
    private static func date(_ json: JSONValue?) -> Instant? {
        guard case .number(let text) = json, let seconds = Money(decimal: text),
            let milliseconds = Int64(exactly: seconds.picos / 1_000_000_000),
            (-(1 << 60)...(1 << 60)).contains(milliseconds)
        else { return nil }
        return Instant(milliseconds: milliseconds)
    }
}
