extension Keyring {
    /// Which of the keys that no marker names, or whose value the store wants once more, have a value that this keyring derives, and with which
    /// entry. Equal hashes are the proof, so it does not matter where the generation was read.
    package func derivable(in observed: ObservedState, owner: Owner) -> [KeyHash: String] {
        let markers = observed.secrets.mapValues { secrets in
            secrets.compactMap { $0.rewrite == nil ? $0.marker?.fingerprint : nil }
        }
        let teams = Dictionary(uniqueKeysWithValues: observed.issuer.teams.map { ($0.id, $0) })
        var found: [KeyHash: String] = [:]
        for key in observed.issuer.keys where key.mark?.retiredAt == nil {
            guard let id = Self.home(of: key), let team = teams[id], let createdAt = team.createdAt,
                markers[id]?.contains(where: { $0.names(key.hash) }) != true,
                case .ours(let lineage, let generation) = KeyRole(
                    of: key, in: team, secrets: observed.secrets[id] ?? [], owner: owner)
            else { continue }
            let salt = TeamSalt(id, createdAt: createdAt)
            let names = key.mark?.keyring.map { [$0] } ?? entries.reversed().map(\.name)
            found[key.hash] = names.first { name in
                value(of: lineage, generation, entry: name, salt: salt, owner: owner.name)
                    .map { KeyHash(of: $0) == key.hash } ?? false
            }
        }
        return found
    }

    private static func home(of key: ObservedKey) -> WorkspaceID? {
        key.alias.flatMap(LineageAlias.init)?.lineage.workspace
    }
}
