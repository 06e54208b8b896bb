package import BursarCore

/// Where the value of a new key comes from.
package struct KeyValues: Sendable {
    package let draw: @Sendable () -> SecretValue
    /// What the keys of an order with a keyring entry are derived from.
    package let keyring: Keyring?

    package init(keyring: Keyring? = nil, draw: @escaping @Sendable () -> SecretValue) {
        self.keyring = keyring
        self.draw = draw
    }

    /// Derived where there is a keyring, else drawn.
    package static func from(_ keyring: Keyring?) -> KeyValues {
        KeyValues(keyring: keyring, draw: random.draw)
    }

    /// `sk-` and 256 bits of the system's randomness, base64url without padding.
    package static let random = KeyValues {
        var generator = SystemRandomNumberGenerator()
        var drawn: UInt64 = 0
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text = Array("sk-".utf8)
        // 43 digits of 6 bits each: 258 bits, none of them biased. Ten are drawn at once, since each
        // drawing asks the system.
        for number in 0..<43 {
            if number % 10 == 0 { drawn = generator.next() }
            text.append(alphabet[Int(drawn & 63)])
            drawn >>= 6
        }
        return SecretValue(String(decoding: text, as: UTF8.self))
    }
}
