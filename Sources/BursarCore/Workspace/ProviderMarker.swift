internal import Crypto

/// What bursar writes at the end of a provider secret's description: enough to tell whether its source
/// still gives the value that is stored, and nothing to find that value by.
/// `[bursar/1 owner=prod salt=<32 hex> hmac=<32 hex> from=<8 hex>]`
package struct ProviderMarker: Hashable, Sendable, CustomStringConvertible {
    package let owner: String
    /// 128 bits, drawn for every put, so that equal values do not look equal.
    package let salt: String
    /// The first 128 bits of HMAC-SHA256 of the value, keyed by the salt.
    package let hmac: String
    /// A digest of where the manifest said that the value is read.
    package let origin: String

    /// - Parameter salt: any 128 bits that were not used before.
    package init(owner: String, salt: (UInt64, UInt64), value: SecretValue, source: ValueSource) {
        self.owner = owner
        self.salt = Hex.string(
            [salt.0, salt.1].flatMap { half in
                (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) }
            })
        hmac = Self.hmac(value, salt: self.salt)
        origin = source.digest
    }

    /// The last marker in a description; `nil` where there is none, or it is a key's.
    package init?(in description: String) {
        guard let text = SecretMarker.last(in: description), let end = text.firstIndex(of: "]")
        else { return nil }
        var fields: [Substring: Substring] = [:]
        for part in text[..<end].split(separator: " ") {
            let halves = part.split(separator: "=", maxSplits: 1)
            guard halves.count == 2 else { return nil }
            fields[halves[0]] = halves[1]
        }
        guard let owner = fields["owner"], let salt = fields["salt"], let hmac = fields["hmac"],
            [salt, hmac].allSatisfy({ $0.utf8.count == 32 && $0.utf8.allSatisfy(Hex.isDigit) })
        else { return nil }
        self.owner = String(owner)
        self.salt = String(salt)
        self.hmac = String(hmac)
        origin = fields["from"].map(String.init) ?? ""
    }

    package func isOf(_ value: SecretValue) -> Bool { Self.hmac(value, salt: salt) == hmac }

    package var description: String {
        "[bursar/1 owner=\(owner) salt=\(salt) hmac=\(hmac) from=\(origin)]"
    }

    private static func hmac(_ value: SecretValue, salt: String) -> String {
        value.withExposed { text in
            Hex.string(
                HMAC<SHA256>.authenticationCode(
                    for: Array(text.utf8), using: SymmetricKey(data: Array(salt.utf8))
                ).prefix(16))
        }
    }
}

extension ValueSource {
    /// Of what the manifest says, not of what stands there.
    var digest: String { String(Hex.sha256(description).prefix(8)) }
}
