/// LiteLLM's `team_id` and the Control Plane's workspace id.
///
/// `^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$`, at most 64 characters, never `--` (it separates the names
/// of bring-your-own models). No slash: LiteLLM's `PATCH /team/{id}` answers 404 for one.
package struct WorkspaceID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package init?(_ text: String) {
        let bytes = text.utf8
        guard (1...64).contains(bytes.count), let first = bytes.first, let last = bytes.last,
            Self.isAlphanumeric(first), Self.isAlphanumeric(last)
        else { return nil }
        var before: UInt8 = 0
        for byte in bytes {
            guard Self.isAlphanumeric(byte) || byte == 46 || byte == 95 || byte == 45,
                byte != 45 || before != 45
            else { return nil }
            before = byte
        }
        self.text = text
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (97...122).contains(byte) || (48...57).contains(byte)
    }

    package var description: String { text }

    package static func < (a: WorkspaceID, b: WorkspaceID) -> Bool { a.text < b.text }
}

/// The name of a secret: `^[A-Z][A-Z0-9_]*$`, at most 128 characters.
package struct SecretName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package init?(_ text: String) {
        let bytes = text.utf8
        guard (1...128).contains(bytes.count), let first = bytes.first, (65...90).contains(first),
            bytes.allSatisfy({ (65...90).contains($0) || (48...57).contains($0) || $0 == 95 })
        else { return nil }
        self.text = text
    }

    package var description: String { text }

    package static func < (a: SecretName, b: SecretName) -> Bool { a.text < b.text }
}

/// Who keeps what: the configuration's `metadata.name`, and the source it was drawn for.
package struct Owner: Hashable, Sendable {
    package let name: String
    /// `nil` where the configuration names no source id: then two sources of one owner go unnoticed.
    package let source: String?

    package init(name: String, source: String?) {
        self.name = name
        self.source = source
    }
}

/// The number of a key in its lineage, from 1.
package struct Generation: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let number: Int

    /// `nil` below 1.
    package init?(_ number: Int) {
        guard number >= 1 else { return nil }
        self.number = number
    }

    private init(unchecked number: Int) { self.number = number }

    package static let first = Generation(unchecked: 1)

    package var next: Generation { Generation(unchecked: number + 1) }

    package var description: String { String(number) }

    package static func < (a: Generation, b: Generation) -> Bool { a.number < b.number }
}

/// The keys of one workspace and one secret name.
package struct Lineage: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let workspace: WorkspaceID
    package let secret: SecretName

    package init(workspace: WorkspaceID, secret: SecretName) {
        self.workspace = workspace
        self.secret = secret
    }

    /// The alias of the published key, which it bears through every rotation.
    package var plainAlias: String { "\(workspace)/\(secret)" }

    /// The alias under which a generation is minted, and which it bears again once it is old.
    package func alias(_ generation: Generation) -> String { "\(plainAlias)@g\(generation)" }

    /// The alias for a key that is old: the one it has, where that is one of its generation, else
    /// the first that no other key bears. Without a keyring two runs at once may have minted two
    /// keys of one generation; LiteLLM's aliases are unique, so the second becomes `…@g<N>.2`.
    package func oldAlias(
        of key: ObservedKey, _ generation: Generation, among others: [ObservedKey]
    ) -> String {
        let taken = Set(others.filter { $0.hash != key.hash }.compactMap(\.alias))
        // Two mints at one instant get one alias, and LiteLLM refuses to write it again (1.106.2).
        if let alias = key.alias, !taken.contains(alias), let parsed = LineageAlias(alias),
            parsed.lineage == self, parsed.generation == generation
        {
            return alias
        }
        let plain = alias(generation)
        guard taken.contains(plain) else { return plain }
        var copy = 2
        while taken.contains("\(plain).\(copy)") { copy += 1 }
        return "\(plain).\(copy)"
    }

    package var description: String { plainAlias }

    package static func < (a: Lineage, b: Lineage) -> Bool {
        (a.workspace, a.secret) < (b.workspace, b.secret)
    }
}

/// What an alias says of a key, if it follows our pattern.
package struct LineageAlias: Equatable, Sendable {
    package let lineage: Lineage
    /// `nil` for the plain alias. A second key of one generation bears `@g<N>.2`.
    package let generation: Generation?

    /// `nil` where `alias` does not follow our pattern.
    package init?(_ alias: String) {
        // Neither name holds a slash or an at sign: the first of each is the only one.
        guard let slash = alias.utf8.firstIndex(of: UInt8(ascii: "/")),
            let workspace = WorkspaceID(String(alias[..<slash]))
        else { return nil }
        let rest = alias[alias.utf8.index(after: slash)...]
        let at = rest.utf8.firstIndex(of: UInt8(ascii: "@")) ?? rest.endIndex
        guard let secret = SecretName(String(rest[..<at])) else { return nil }
        lineage = Lineage(workspace: workspace, secret: secret)
        guard at < rest.endIndex else {
            generation = nil
            return
        }
        // `+1`, `01` and spaces are somebody else's spelling.
        let suffix = rest[at...].dropFirst()
        guard suffix.hasPrefix("g") else { return nil }
        let numbers = suffix.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        let parsed = numbers.compactMap { text in Int(text).flatMap { "\($0)" == text ? $0 : nil } }
        guard parsed.count == numbers.count, parsed.count <= 2,
            let number = Generation(parsed[0]), parsed.count == 1 || parsed[1] >= 2
        else { return nil }
        generation = number
    }
}
