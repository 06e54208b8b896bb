internal import Crypto
internal import FoundationEssentials

/// The secrets that keys are derived from: the same generation minted again is the same key, and a
/// value that the secret store lost can be computed again.
///
/// One entry a line, `name created-RFC3339 base64(32 bytes)`; empty lines and `#` comments are
/// skipped. The newest entry is in use; older ones are kept while keys of theirs are alive.
package struct Keyring: Sendable {
    /// 32 secret bytes with a name. Prints without them.
    package struct Entry: Sendable, CustomStringConvertible, CustomReflectable {
        package let name: String
        package let created: Instant
        fileprivate let material: SymmetricKey

        package var description: String { "\(name) \(created) \(SecretValue.mask)" }
        package var customMirror: Mirror { Mirror(self, children: [:]) }
    }

    /// The oldest first, never empty, names unique.
    package let entries: [Entry]

    /// The newest entry: new keys are derived with it.
    package var current: Entry { entries[entries.count - 1] }

    package func contains(_ name: String) -> Bool { entries.contains { $0.name == name } }

    /// The value of one generation: `sk-` and HKDF-SHA256 (RFC 5869) in base64url, 46 characters.
    /// - Returns: `nil` where there is no such entry.
    package func value(
        of lineage: Lineage, _ generation: Generation, entry name: String, salt: TeamSalt,
        owner: String
    ) -> SecretValue? {
        guard let entry = entries.first(where: { $0.name == name }) else { return nil }
        let derived = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: entry.material, salt: salt.bytes,
            info: Self.info(owner: owner, lineage, generation), outputByteCount: 32)
        let encoded = derived.withUnsafeBytes { Data($0) }.base64EncodedString()
        return SecretValue(
            "sk-"
                + encoded.replacing("+", with: "-").replacing("/", with: "_")
                .replacing("=", with: ""))
    }

    /// Each part with its length before it, so that no two lists of parts are the same bytes.
    static func info(owner: String, _ lineage: Lineage, _ generation: Generation) -> [UInt8] {
        let parts = [
            "bursar/1", owner, lineage.workspace.text, lineage.secret.text, generation.description,
        ]
        return parts.flatMap { part in
            let bytes = Array(part.utf8)
            let count = UInt32(bytes.count)
            return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } + bytes
        }
    }
}

extension Keyring {
    /// The text is wrong; says where, and nothing of what stands there.
    package struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        package let line: Int
        package let message: String

        package var description: String { "line \(line): \(message)" }
    }

    /// - Throws: the first problem, the line counted from 1.
    package init(_ text: SecretValue) throws(Problem) {
        let lines = text.withExposed { text in
            text.split(omittingEmptySubsequences: false) { $0.isNewline }.map(String.init)
        }
        var entries: [Entry] = []
        for (index, line) in lines.enumerated() {
            let fields = line.split { $0 == " " || $0 == "\t" }
            guard let first = fields.first, !first.hasPrefix("#") else { continue }
            func problem(_ message: String) -> Problem {
                Problem(line: index + 1, message: message)
            }
            guard fields.count == 3 else {
                throw problem("an entry is `name created base64`, three words")
            }
            let name = String(first)
            guard Self.isName(name) else {
                throw problem("a name is up to 64 of a-z, A-Z, 0-9, `.`, `_` and `-`")
            }
            guard !entries.contains(where: { $0.name == name }) else {
                throw problem("the name \(name) stands there twice")
            }
            guard let created = Instant(String(fields[1])) else {
                throw problem("the second word is no RFC 3339 time, like 2026-11-24T10:00:00Z")
            }
            guard let data = Data(base64Encoded: String(fields[2])), data.count == Self.byteCount
            else { throw problem("the third word is not 32 bytes in base64") }
            entries.append(Entry(name: name, created: created, material: SymmetricKey(data: data)))
        }
        guard !entries.isEmpty else {
            throw Problem(line: 1, message: "no entry: make one with `bursar keyring new`")
        }
        self.entries = entries.sorted { ($0.created, $0.name) < ($1.created, $1.name) }
    }

    package static let byteCount = 32

    package static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte)
                    || byte == 45 || byte == 46 || byte == 95
            }
    }

    /// A line of a keyring from 32 random bytes.
    package static func line(name: String, created: Instant, _ bytes: [UInt8]) -> SecretValue {
        precondition(isName(name) && bytes.count == byteCount, "a keyring entry is 32 named bytes")
        return SecretValue("\(name) \(created) \(Data(bytes).base64EncodedString())")
    }
}

/// What makes the keys of two teams differ although owner, id, secret and generation are the same,
/// as after a team was deleted and made again: the first 16 bytes of the SHA-256 over id, a line
/// feed and the milliseconds of `created_at`. No PATCH moves that (measured, LiteLLM 1.106.2), so
/// it is stored nowhere.
package struct TeamSalt: Hashable, Sendable {
    package let bytes: [UInt8]

    package init(_ id: WorkspaceID, createdAt: Instant) {
        let text = "\(id)\n\(createdAt.milliseconds)"
        bytes = Array(SHA256.hash(data: Array(text.utf8)).prefix(16))
    }
}
