/// What bursar writes at the end of a secret's description, so that a plan reads no value:
/// `[bursar/1 owner=prod g=5 sha256=<first 16 hex digits of the key's SHA-256>]`.
package struct SecretMarker: Hashable, Sendable, CustomStringConvertible {
    package let owner: String
    package let generation: Generation
    package let fingerprint: Fingerprint

    package init(owner: String, generation: Generation, fingerprint: Fingerprint) {
        self.owner = owner
        self.generation = generation
        self.fingerprint = fingerprint
    }

    /// The last marker in a description; `nil` where there is none or it is not whole.
    package init?(in description: String) {
        guard let text = Self.last(in: description), let end = text.firstIndex(of: "]") else {
            return nil
        }
        var fields: [Substring: Substring] = [:]
        for part in text[..<end].split(separator: " ") {
            let halves = part.split(separator: "=", maxSplits: 1)
            guard halves.count == 2 else { return nil }
            fields[halves[0]] = halves[1]
        }
        guard let owner = fields["owner"], let number = fields["g"].flatMap({ Int($0) }),
            let generation = Generation(number),
            let fingerprint = fields["sha256"].flatMap({ Fingerprint(hex: String($0)) })
        else { return nil }
        self.init(owner: String(owner), generation: generation, fingerprint: fingerprint)
    }

    /// What follows the start of the last marker. From the end, where it mostly stands.
    private static func last(in description: String) -> Substring? {
        let start = "[bursar/1 "
        var rest = description[...]
        while let at = rest.utf8.lastIndex(of: UInt8(ascii: "[")) {
            let found = description[at...]
            if found.hasPrefix(start) { return found.dropFirst(start.count) }
            rest = rest[..<at]
        }
        return nil
    }

    package var description: String {
        "[bursar/1 owner=\(owner) g=\(generation) sha256=\(fingerprint)]"
    }
}
