package import BursarCore
internal import Crypto
internal import FoundationEssentials

/// What the gateway's secrets are sealed with. Prints without its bytes.
package struct SealingKey: Sendable, CustomStringConvertible, CustomReflectable {
    package static let byteCount = 32

    private let sealing: SymmetricKey
    /// Tells one from another: 16 hex digits, from which the key cannot be found.
    package let fingerprint: String

    /// `nil` unless it is 32 bytes in base64; space around them is no part of it.
    package init?(base64 text: SecretValue) {
        let bytes = text.withExposed { text -> Data? in
            let words = text.split(whereSeparator: \.isWhitespace)
            return words.count == 1 ? Data(base64Encoded: String(words[0])) : nil
        }
        guard let bytes, bytes.count == Self.byteCount else { return nil }
        let root = SymmetricKey(data: bytes)
        sealing = Self.derived(root, "seal", 32)
        fingerprint = Self.derived(root, "name", 8).withUnsafeBytes { Hex.string($0) }
    }

    package var description: String { fingerprint }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    private static func derived(_ root: SymmetricKey, _ use: String, _ count: Int) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: root, info: Array("bursar/1 gateway \(use)".utf8),
            outputByteCount: count)
    }

    /// - Parameter place: what it is of; opened as anything else it does not open.
    func seal(_ value: SecretValue, of place: [String]) -> Sealed {
        let dataKey = SymmetricKey(size: .bits256)
        let place = Self.bytes(of: place)
        let wrapped = dataKey.withUnsafeBytes { Self.box(Array($0), sealing, place) }
        return value.withExposed { text in
            Sealed(dataKey: wrapped, value: Self.box(Array(text.utf8), dataKey, place))
        }
    }

    /// `nil` for what was sealed with another key, of another place, or changed since.
    func open(_ sealed: Sealed, of place: [String]) -> SecretValue? {
        let place = Self.bytes(of: place)
        guard let dataKey = Self.opened(sealed.dataKey, sealing, place),
            let bytes = Self.opened(sealed.value, SymmetricKey(data: dataKey), place)
        else { return nil }
        return String(validating: bytes, as: UTF8.self).map(SecretValue.init)
    }

    private static func box(_ plain: [UInt8], _ key: SymmetricKey, _ place: [UInt8]) -> [UInt8] {
        let box = try? AES.GCM.seal(plain, using: key, authenticating: place)
        guard let combined = box?.combined else {
            preconditionFailure("AES-256-GCM seals anything with a key of 32 bytes")
        }
        return Array(combined)
    }

    private static func opened(_ box: [UInt8], _ key: SymmetricKey, _ place: [UInt8]) -> [UInt8]? {
        guard let sealed = try? AES.GCM.SealedBox(combined: box),
            let plain = try? AES.GCM.open(sealed, using: key, authenticating: place)
        else { return nil }
        return Array(plain)
    }

    /// Each part with its length before it, so that no two lists of parts are the same bytes.
    private static func bytes(of place: [String]) -> [UInt8] {
        place.flatMap { Array("\($0.utf8.count):".utf8) + Array($0.utf8) }
    }
}

/// A value under a key of its own, and that key under the sealing key; each with nonce and tag.
struct Sealed: Hashable, Sendable {
    let dataKey: [UInt8]
    let value: [UInt8]
}
