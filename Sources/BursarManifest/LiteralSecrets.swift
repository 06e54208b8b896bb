internal import BursarCore

/// Finds what looks like a key: `sk-` at the start of a word and four or more characters after it,
/// wherever it stands, comments and keys included.
enum LiteralSecrets {
    static func ranges(in bytes: [UInt8]) -> [Range<Int>] {
        bytes.withUnsafeBufferPointer { bytes in
            var found: [Range<Int>] = []
            var at = 0
            while at + 7 <= bytes.count {
                guard bytes[at] == 115, bytes[at + 1] == 107, bytes[at + 2] == 45,
                    at == 0 || !isAlphanumeric(bytes[at - 1])
                else {
                    at += 1
                    continue
                }
                var end = at + 3
                while end < bytes.count, isWord(bytes[end]) { end += 1 }
                if end - at >= 7 { found.append(at..<end) }
                at = end
            }
            return found
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte) || (65...90).contains(byte)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == 45 || byte == 95
    }

    static func masked(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        var copied = 0
        for range in ranges(in: bytes) {
            out += bytes[copied..<range.lowerBound]
            out += Array(SecretValue.mask.utf8)
            copied = range.upperBound
        }
        guard copied > 0 else { return text }
        return String(decoding: out + bytes[copied...], as: UTF8.self)
    }

    /// Whether a field that no group knows may hold a secret, by its name.
    static func soundsSecret(_ name: String) -> Bool {
        let plain = name.lowercased()
        return plain.contains("credential")
            || ["key", "secret", "token", "password"].contains { plain.hasSuffix($0) }
    }

    /// Whether a field of this name can only hold a secret, however it is spelt.
    static func isSecretField(_ name: String) -> Bool {
        let plain = name.lowercased().filter { $0 != "_" && $0 != "-" }
        return ["value", "password", "token"].contains(plain)
            || [
                "apikey", "secretkey", "masterkey", "accesskey", "privatekey", "secretaccesskey",
                "clientsecret",
            ].contains { plain.hasSuffix($0) }
    }
}
