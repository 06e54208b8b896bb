internal import BursarCore

/// The keys of a team as the gateway sees them.
struct GatewayKeys: Sendable {
    /// The gateway's name: it retires no other gateway's keys.
    let owner: String
    let workspace: WorkspaceID
    let team: ObservedTeam
    let keys: [ObservedKey]

    /// bursar keeps the team, or did: then only bursar retires.
    var isOwned: Bool {
        team.mark != nil || keys.contains { key in key.mark.map { $0.via == nil } ?? false }
    }

    /// No name of a secret is in lower case, so none of bursar's patterns fits it.
    func alias(_ generation: Generation) -> String { "\(prefix)\(generation)" }

    private var prefix: String { "\(workspace)/gateway@g" }

    /// After every one that was ever seen, whoever minted it: aliases are unique.
    func next(after known: Int) -> Generation {
        let aliases = keys.compactMap { key -> Int? in
            guard let alias = key.alias, alias.hasPrefix(prefix) else { return nil }
            return Int(alias.dropFirst(prefix.count))
        }
        let marks = own.compactMap { $0.mark?.generation.number }
        let highest = (aliases + marks + [known]).max() ?? 0
        // A number somebody wrote by hand must not overflow.
        return Generation(max(0, min(highest, Int(Int32.max))) + 1) ?? .first
    }

    private var own: [ObservedKey] {
        keys.filter {
            $0.mark?.via == KeyMark.gateway && $0.mark?.owner == owner
                && $0.team == workspace.text
        }
    }

    /// Still without an end, older than this one; none where the team is bursar's.
    func replaced(by generation: Generation) -> [ObservedKey] {
        guard !isOwned else { return [] }
        return own.filter { key in
            guard let mark = key.mark else { return false }
            return mark.retiredAt == nil && mark.generation < generation
        }
    }

    /// Whether the key still works, and will.
    func isAlive(_ hash: KeyHash) -> Bool {
        keys.contains { $0.hash == hash && !$0.blocked && $0.mark?.retiredAt == nil }
    }

    func holds(_ hash: KeyHash) -> Bool { keys.contains { $0.hash == hash } }
}
