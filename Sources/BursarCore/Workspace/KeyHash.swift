internal import Crypto

/// LiteLLM's name of a key: the lower-case hex SHA-256 of the whole `sk-…` string
/// (`litellm/proxy/_types.py`, 1.106.2). Safe to print: the key cannot be found from it.
package struct KeyHash: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let hex: String

    /// `nil` unless `hex` is 64 lower-case hex digits.
    package init?(hex: String) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy(Hex.isDigit) else { return nil }
        self.hex = hex
    }

    package init(of value: SecretValue) {
        hex = value.withExposed { Hex.string(SHA256.hash(data: Array($0.utf8))) }
    }

    /// The first 16 digits: what a secret's marker holds.
    package var fingerprint: Fingerprint { Fingerprint(first16: String(hex.prefix(16))) }

    package var description: String { hex }

    package static func < (a: KeyHash, b: KeyHash) -> Bool { a.hex < b.hex }
}

/// The first 16 hex digits of a key's hash, as a marker names it.
package struct Fingerprint: Hashable, Sendable, CustomStringConvertible {
    package let hex: String

    fileprivate init(first16: String) { hex = first16 }

    /// `nil` unless `hex` is 16 lower-case hex digits.
    package init?(hex: String) {
        guard hex.utf8.count == 16, hex.utf8.allSatisfy(Hex.isDigit) else { return nil }
        self.hex = hex
    }

    package func names(_ hash: KeyHash) -> Bool { hash.hex.hasPrefix(hex) }

    package var description: String { hex }
}

package enum Hex {
    package static func string(_ bytes: some Sequence<UInt8>) -> String {
        func digit(_ half: UInt8) -> UInt8 { half < 10 ? 48 + half : 87 + half }
        var out: [UInt8] = []
        out.reserveCapacity(64)
        for byte in bytes {
            out.append(digit(byte >> 4))
            out.append(digit(byte & 15))
        }
        return String(decoding: out, as: UTF8.self)
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    /// Hex SHA-256, for checksums of text that is no secret.
    package static func sha256(_ text: String) -> String {
        string(SHA256.hash(data: Array(text.utf8)))
    }

    package static func sha256(_ bytes: [UInt8]) -> String {
        string(SHA256.hash(data: bytes))
    }
}
