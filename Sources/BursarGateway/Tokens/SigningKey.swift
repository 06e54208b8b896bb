internal import BursarCore
internal import FoundationEssentials
internal import JWTKit

/// A public key of the provider's, for one algorithm and no other.
struct SigningKey: Sendable {
    enum Algorithm: String, Sendable {
        case rs256 = "RS256"
        case es256 = "ES256"
    }

    let id: String
    let algorithm: Algorithm
    private let verifier: any JWTAlgorithm

    /// - Parameter jwk: of a key set (RFC 7517).
    /// - Returns: `nil` for a key that signs no tokens we take: without an id, for encryption, with
    ///   another algorithm, or an RSA key under 2048 bits.
    init?(jwk: JSONValue) async {
        guard let id = jwk["kid"]?.string, !id.isEmpty,
            jwk["use"]?.string ?? "sig" == "sig"
        else { return nil }
        let algorithm: Algorithm
        // A collection of this key alone: the library takes its first key for an id that it does not
        // know (5.7.1), and here there is no other.
        let keys = JWTKeyCollection()
        switch jwk["kty"]?.string {
        case "RSA":
            guard let modulus = jwk["n"]?.string, let exponent = jwk["e"]?.string,
                let key = try? Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent)
            else { return nil }
            algorithm = .rs256
            await keys.add(rsa: key, digestAlgorithm: .sha256)
        case "EC":
            guard jwk["crv"]?.string == "P-256", let x = jwk["x"]?.string,
                let y = jwk["y"]?.string,
                let key = try? ES256PublicKey(parameters: (x, y))
            else { return nil }
            algorithm = .es256
            await keys.add(ecdsa: key)
        default: return nil
        }
        // What the set says must be what the kind of key allows; it need not say anything.
        guard jwk["alg"]?.string ?? algorithm.rawValue == algorithm.rawValue,
            let verifier = try? await keys.getKey(), verifier.name == algorithm.rawValue
        else { return nil }
        self.id = id
        self.algorithm = algorithm
        self.verifier = verifier
    }

    func verifies(_ signature: [UInt8], of signed: [UInt8]) -> Bool {
        (try? verifier.verify(signature, signs: signed)) ?? false
    }
}
