/// Why a token is not taken. Nothing of the token stands in it.
enum TokenFault: Error, Hashable, Sendable {
    case missing, malformed, algorithm, unknownKey, signature, issuer, audience, expired, early
    /// The provider's keys cannot be read.
    case provider(String)

    var problem: Problem {
        switch self {
        case .missing: .unauthorized("send `Authorization: Bearer` and a token", challenge: nil)
        case .malformed: .unauthorized("it is no JWT of three parts with an expiry")
        case .algorithm: .unauthorized("its algorithm is not its key's: RS256 or ES256")
        case .unknownKey: .unauthorized("its `kid` is none of the provider's keys")
        case .signature: .unauthorized("its signature is wrong")
        case .issuer: .unauthorized("its issuer is another one")
        case .audience: .unauthorized("it is for another audience")
        case .expired: .unauthorized("it has expired")
        case .early: .unauthorized("it is not valid yet")
        case .provider(let text): .providerUnavailable(text)
        }
    }
}
