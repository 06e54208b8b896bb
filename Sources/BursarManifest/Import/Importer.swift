internal import BursarCore

/// Sorts what was found into manifests and what is left.
struct Importer {
    enum Outcome {
        case known
        case manifest(ImportDraft.Manifest)
        case left(String)
    }

    let owner: Owner
    let from: String?
    let now: Instant
    private let found: FoundState
    private let ids: Set<WorkspaceID>
    private let names: [String: Int]
    private let existingNames: Set<String>
    private let keys: [String: [FoundKey]]
    /// How many keys bear an alias.
    let aliases: [String: Int]

    init(
        _ found: FoundState, owner: Owner, from: String?, existing: [DesiredWorkspace], now: Instant
    ) {
        self.found = found
        self.owner = owner
        self.from = from
        self.now = now
        ids = Set(existing.map(\.id))
        existingNames = Set(existing.map(\.name))
        keys = Dictionary(grouping: found.keys.filter { $0.key.team != nil }) { $0.key.team ?? "" }
        var aliases: [String: Int] = [:]
        for key in found.keys {
            if let alias = key.key.alias { aliases[alias, default: 0] += 1 }
        }
        self.aliases = aliases
        var names: [String: Int] = [:]
        for team in found.teams { names[Self.name(team), default: 0] += 1 }
        self.names = names
    }

    private static func name(_ team: FoundTeam) -> String {
        team.team?.alias.flatMap { $0.isEmpty ? nil : $0 } ?? team.id
    }

    func team(_ found: FoundTeam) -> Outcome {
        if let team = found.team, ids.contains(team.id) || isOurs(team) { return .known }
        let shown = YAMLText.comment(found.id)
        // An id that looks like a secret can stand in no manifest.
        guard let team = found.team, isText(team.id.text) else {
            return .left(
                section(
                    "Team \(shown) cannot be a workspace: an id has lower-case letters, digits, `.`, `_` "
                        + "and `-`, at most 64 and never `--`"))
        }
        var draft = TeamDraft(found, team, name: Self.name(found), keys: keys[found.id] ?? [], self)
        let name = draft.workspace.name
        if names[name] != 1 || existingNames.contains(name) {
            draft.faults.append("another team or workspace has its name")
        }
        guard draft.faults.isEmpty else {
            let reasons = draft.faults.map { "Team \(shown): \($0)." }
            return .left(section(reasons.joined(separator: "\n")) + draft.text)
        }
        return .manifest(
            ImportDraft.Manifest(
                name: ImportDraft.file(of: team.id), text: draft.text, workspace: draft.workspace))
    }

    private func isOurs(_ team: ObservedTeam) -> Bool {
        if team.mark?.owner == owner.name { return true }
        return team.mark == nil
            && (keys[team.id.text] ?? []).contains { $0.key.mark?.owner == owner.name }
    }

    /// Of keys without a team, and of those whose team is gone.
    func keysOutside() -> [String] {
        let teams = Set(found.teams.map(\.id))
        var taken = Set(ids.map(\.text)).union(teams)
        return found.keys.compactMap { key in
            if let team = key.key.team, teams.contains(team) { return nil }
            if key.key.mark?.owner == owner.name { return nil }
            return loneKey(key, &taken)
        }
    }

    private func loneKey(_ found: FoundKey, _ taken: inout Set<String>) -> String {
        let key = found.key
        let shown = YAMLText.comment(key.alias.flatMap { $0.isEmpty ? nil : $0 } ?? key.hash.hex)
        var lines = ["Key \(shown)" + (key.team == nil ? " has no team." : "'s team is gone.")]
        lines += KeyDraft.notes(found).map { $0 + "." }
        if let fault = KeyDraft.fault(found, self) {
            return section((lines + ["It cannot be taken over: \(fault)."]).joined(separator: "\n"))
        }
        guard let workspace = KeyDraft.workspace(of: found, id: freeID(key, &taken), self) else {
            return section(
                (lines + ["Its budget or models cannot be a workspace's: write one by hand."])
                    .joined(separator: "\n"))
        }
        return section(lines.joined(separator: "\n")) + WorkspaceText.of(workspace)
    }

    /// Made of the alias.
    private func freeID(_ key: ObservedKey, _ taken: inout Set<String>) -> String {
        var text = ""
        let plain = (key.alias ?? "").lowercased().utf8
        for byte in plain.prefix(48) {
            if (97...122).contains(byte) || (48...57).contains(byte) {
                text.append(Character(Unicode.Scalar(byte)))
            } else if text.last?.isLetter == true || text.last?.isNumber == true {
                text.append("-")
            }
        }
        while text.last == "-" { text.removeLast() }
        if text.isEmpty || !LiteralSecrets.ranges(in: Array(text.utf8)).isEmpty {
            text = "key-\(key.hash.hex.prefix(12))"
        }
        var id = text
        var copy = 2
        while !taken.insert(id).inserted {
            id = "\(text)-\(copy)"
            copy += 1
        }
        return id
    }

    private func section(_ text: String) -> String {
        "\n" + text.split(separator: "\n").map { "# \($0)\n" }.joined()
    }
}
