package import BursarCore

/// Where the value of a new key comes from.
package struct KeyValues: Sendable {
    package let draw: @Sendable () -> SecretValue

    package init(draw: @escaping @Sendable () -> SecretValue) { self.draw = draw }

    /// `sk-` and 256 bits of the system's randomness, base64url without padding.
    package static let random = KeyValues {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text = Array("sk-".utf8)
        // 43 digits of 6 bits each: 258 bits, none of them biased.
        for _ in 0..<43 { text.append(alphabet[Int(generator.next() & 63)]) }
        return SecretValue(String(decoding: text, as: UTF8.self))
    }
}
