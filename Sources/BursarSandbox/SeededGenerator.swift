/// SplitMix64: the same seed gives the same ids and keys, run after run. Never for real secrets.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Text of the URL-safe alphabet.
    mutating func text(_ count: Int) -> String {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        let bytes = (0..<count).map { _ in alphabet[Int(next() % 64)] }
        return String(decoding: bytes, as: UTF8.self)
    }

    mutating func uuid() -> String {
        let digits = Array("0123456789abcdef".utf8)
        let hex = (0..<32).map { _ in digits[Int(next() % 16)] }
        let parts = [hex[0..<8], hex[8..<12], hex[12..<16], hex[16..<20], hex[20..<32]]
        return parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "-")
    }
}
