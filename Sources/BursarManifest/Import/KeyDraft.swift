internal import BursarCore

/// A key that is taken over as it is.
struct KeyDraft {
    let found: FoundKey

    init(_ found: FoundKey) { self.found = found }

    private var key: ObservedKey { found.key }

    /// Why it cannot be taken over, or would not stay as it is; `nil` where it can and does.
    static func fault(
        _ found: FoundKey, _ importer: Importer, in workspace: DesiredWorkspace? = nil
    ) -> String? {
        let key = found.key
        if let mark = key.mark, mark.owner != importer.from {
            return "it belongs to owner \(YAMLText.comment(mark.owner))"
        }
        if key.blocked { return "it is blocked" }
        if let expires = key.expires, expires <= importer.now { return "it expired" }
        if case .only(let own) = key.models {
            if let odd = own.sorted().first(where: { !isModel($0) }) {
                return "its model \(YAMLText.comment(odd)) cannot stand in a manifest"
            }
            if let workspace, case .only(let models) = workspace.models,
                !models.contains(where: { $0.hasSuffix("*") }), !own.isSubset(of: models)
            {
                return "it names models that its team does not have"
            }
        }
        guard let workspace, let alias = key.alias.flatMap(LineageAlias.init),
            alias.lineage.workspace == workspace.id
        else { return nil }
        if alias.generation != nil { return "its alias is that of an old key of bursar's" }
        return (importer.aliases[alias.lineage.plainAlias] ?? 0) > 1
            ? "another key has its alias, too" : nil
    }

    static func looksOurs(_ key: ObservedKey, _ id: WorkspaceID) -> Bool {
        key.mark == nil && key.alias.flatMap(LineageAlias.init)?.lineage.workspace == id
    }

    /// What it has and a published key of bursar's has not; it stays until its first rotation.
    static func notes(_ found: FoundKey) -> [String] {
        let key = found.key
        var notes: [String] = []
        if let cap = key.cap { notes.append("Has a budget of its own, \(cap.dollars)") }
        if let expires = key.expires { notes.append("Expires at \(expires)") }
        if let user = key.user { notes.append("Belongs to user \(YAMLText.comment(user))") }
        if !found.others.isEmpty {
            let names = found.others.map { YAMLText.comment($0) }.joined(separator: ", ")
            notes.append("Keeps until its first rotation: \(names)")
        }
        return notes
    }

    /// By its alias where that is its alone and can stand in a manifest.
    func reference(_ importer: Importer) -> KeyReference {
        guard let alias = key.alias, importer.aliases[alias] == 1, isText(alias),
            KeyHash(hex: alias) == nil
        else { return .hash(key.hash) }
        return .alias(alias)
    }

    func desired(_ secret: SecretName, _ notes: inout [String]) -> DesiredKey {
        var wanted = DesiredKey(secret: secret)
        if case .only(let models) = key.models { wanted.models = models }
        wanted.limits = limits(&notes)
        return wanted
    }

    private func limits(_ notes: inout [String]) -> Limits {
        Limits(
            requestsPerMinute: limit(key.requestsPerMinute, "rpm_limit", &notes),
            tokensPerMinute: limit(key.tokensPerMinute, "tpm_limit", &notes),
            parallelRequests: limit(key.parallelRequests, "max_parallel_requests", &notes))
    }

    /// `LITELLM_API_KEY` for the only one, else made of the alias; never one whose plain alias some
    /// other key bears.
    func secretName(
        in id: WorkspaceID, isOnly: Bool, _ importer: Importer, _ taken: inout Set<SecretName>
    ) -> SecretName? {
        if let own = key.alias.flatMap(LineageAlias.init)?.lineage, own.workspace == id {
            return taken.insert(own.secret).inserted ? own.secret : nil
        }
        var stem = isOnly ? "LITELLM_API_KEY" : ""
        if !isOnly, let alias = key.alias, LiteralSecrets.ranges(in: Array(alias.utf8)).isEmpty {
            for byte in alias.uppercased().utf8.prefix(64) {
                let isPlain = (65...90).contains(byte) || (48...57).contains(byte)
                if isPlain {
                    stem.append(Character(Unicode.Scalar(byte)))
                } else if stem.last != "_", !stem.isEmpty {
                    stem.append("_")
                }
            }
        }
        while stem.last == "_" { stem.removeLast() }
        if stem.isEmpty { stem = "KEY_" + key.hash.hex.prefix(12).uppercased() }
        if stem.first?.isNumber == true { stem = "KEY_" + stem }
        for number in 1...1000 {
            let text = number == 1 ? stem : "\(stem)_\(number)"
            guard let name = SecretName(text),
                importer.aliases[Lineage(workspace: id, secret: name).plainAlias] == nil
            else { continue }
            if taken.insert(name).inserted { return name }
        }
        return nil
    }

    /// For a key without a team: a workspace with as much as the key has; `nil` where none can have
    /// that.
    static func workspace(
        of found: FoundKey, id text: String, _ importer: Importer
    ) -> DesiredWorkspace? {
        guard let id = WorkspaceID(text), let secret = SecretName("LITELLM_API_KEY") else {
            return nil
        }
        let draft = KeyDraft(found)
        var workspace = DesiredWorkspace(
            id: id, name: text, budget: .unlimited, models: .all, keys: [],
            adoption: Adoption(
                team: false, keys: [secret: draft.reference(importer)],
                from: found.key.mark?.owner))
        if let cap = found.key.cap {
            guard let limit = cap.limit else { return nil }
            workspace.budget = .capped(limit: limit, period: nil)
        }
        if case .only(let models) = found.key.models { workspace.models = .only(models) }
        var notes: [String] = []
        workspace.keys = [DesiredKey(secret: secret, limits: draft.limits(&notes))]
        return workspace
    }
}
