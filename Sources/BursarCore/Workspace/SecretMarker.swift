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
        // By bytes: a plan reads one of these for every secret, and all that counts in it is ASCII.
        guard let text = Self.last(in: description),
            let end = text.utf8.firstIndex(of: UInt8(ascii: "]"))
        else { return nil }
        var owner: Substring?
        var generation: Generation?
        var fingerprint: Fingerprint?
        for bytes in text[..<end].utf8.split(separator: UInt8(ascii: " ")) {
            let part = Substring(bytes)
            guard let split = part.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let value = part[part.utf8.index(after: split)...]
            guard split != part.startIndex, !value.isEmpty else { return nil }
            switch part[..<split] {
            case "owner": owner = value
            case "g": generation = Int(value).flatMap(Generation.init)
            case "sha256": fingerprint = Fingerprint(hex: String(value))
            default: break
            }
        }
        guard let owner, let generation, let fingerprint else { return nil }
        self.init(owner: String(owner), generation: generation, fingerprint: fingerprint)
    }

    /// What follows the start of the last marker. From the end, where it mostly stands.
    static func last(in description: String) -> Substring? {
        let start = "[bursar/1 "
        var rest = description[...]
        while let at = rest.utf8.lastIndex(of: UInt8(ascii: "[")) {
            let found = description[at...]
            if found.utf8.starts(with: start.utf8) {
                return Substring(found.utf8.dropFirst(start.utf8.count))
            }
            rest = rest[..<at]
        }
        return nil
    }

    package var description: String {
        "[bursar/1 owner=\(owner) g=\(generation) sha256=\(fingerprint)]"
    }
}
