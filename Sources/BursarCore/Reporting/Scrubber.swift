/// Makes a server's text fit for people: no key in it, one line, not too long.
package struct Scrubber: Sendable {
    package static let longest = 300
    private let secrets: [SecretValue]

    /// - Parameter secrets: masked wherever they stand, as hashes too.
    package init(_ secrets: [SecretValue]) { self.secrets = secrets }

    package func scrub(_ text: String) -> String {
        var text = text
        for secret in secrets {
            text = secret.scrubbed(from: text)
            // LiteLLM names a refused key by its hash, from which a weak master key can be guessed.
            text = text.replacing(KeyHash(of: secret).hex, with: SecretValue.mask)
        }
        text = Self.withoutKeys(text)
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            // Control characters would act on the terminal; direction marks would reorder it.
            let safe =
                scalar.properties.generalCategory != .control
                && scalar.properties.generalCategory != .format
                && scalar.properties.generalCategory != .lineSeparator
            out.append(safe ? scalar : " ")
        }
        var line = String(out).split(separator: " ").joined(separator: " ")
        if line.count > Self.longest { line = String(line.prefix(Self.longest - 1)) + "…" }
        return line
    }

    /// Masks whatever looks like `sk-…`, the shortened form with its last four characters too.
    /// Inside a word (`task-force`) only what is long enough to be a key.
    private static func withoutKeys(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let start = Array("sk-".utf8)
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index...].starts(with: start) else {
                out.append(bytes[index])
                index += 1
                continue
            }
            var end = index + start.count
            while end < bytes.count, isKeyByte(bytes[end]) { end += 1 }
            let insideWord = index > 0 && isKeyByte(bytes[index - 1]) && bytes[index - 1] != 46
            if insideWord, end - index < 16 {
                out += bytes[index..<end]
            } else {
                out += Array("sk-\(SecretValue.mask)".utf8)
            }
            index = end
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Letters, digits, `-`, `_`, and the points of LiteLLM's shortened form.
    private static func isKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 45, 46, 95: true
        default: false
        }
    }
}
