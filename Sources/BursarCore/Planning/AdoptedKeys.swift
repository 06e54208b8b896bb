/// The keys that a workspace's `adopt` takes over in this run, and those that it names in vain. Its
/// effect ends where bursar's mark stands.
struct AdoptedKeys {
    private enum Finding {
        case key(ObservedKey)
        case impossible(String)
        /// The secret has a key already, and it is not the named one.
        case withoutEffect(String)
    }

    private let desired: DesiredWorkspace
    private let team: ObservedTeam?
    private let keys: [ObservedKey]
    private let secrets: [ObservedSecret]
    private let outside: [ObservedKey]
    private let derivable: [KeyHash: String]
    private let owner: Owner
    private let now: Instant
    private var findings: [SecretName: Finding] = [:]

    /// - Parameters:
    ///   - keys: the team's, and those marked ours.
    ///   - named: what `adopt` names, wherever it is.
    init(
        _ desired: DesiredWorkspace, team: ObservedTeam?, keys: [ObservedKey],
        secrets: [ObservedSecret], outside: [ObservedKey], named: [SecretName: [NamedKey]],
        derivable: [KeyHash: String], owner: Owner, now: Instant
    ) {
        self.desired = desired
        self.team = team
        self.keys = keys
        self.secrets = secrets
        self.outside = outside
        self.derivable = derivable
        self.owner = owner
        self.now = now
        for (secret, reference) in desired.adoption?.keys ?? [:] {
            findings[secret] = finding(secret, reference, named[secret] ?? [])
        }
    }

    /// The one that becomes the published key of this secret.
    subscript(secret: SecretName) -> ObservedKey? {
        if case .key(let key)? = findings[secret] { key } else { nil }
    }

    func contains(_ key: ObservedKey) -> Bool {
        findings.keys.contains { self[$0]?.hash == key.hash }
    }

    var errors: [String] {
        findings.keys.sorted().compactMap { secret in
            if case .impossible(let why)? = findings[secret] { why } else { nil }
        }
    }

    var warnings: [String] {
        findings.keys.sorted().compactMap { secret in
            if case .withoutEffect(let why)? = findings[secret] { why } else { nil }
        }
    }

    /// `nil`: it has been taken over.
    private func finding(
        _ secret: SecretName, _ reference: KeyReference, _ named: [NamedKey]
    ) -> Finding? {
        let lineage = Lineage(workspace: desired.id, secret: secret)
        let shown = VisibleText.escape(reference.description)
        guard !lives(lineage) else { return beside(lineage, shown, named) }
        var candidates = named
        if candidates.isEmpty {
            let unmarked = keys.filter {
                $0.team == desired.id.text && $0.alias == lineage.plainAlias && $0.mark == nil
            }
            guard unmarked.allSatisfy({ mayBeAdopted($0, lineage) }) else { return nil }
            candidates = unmarked.map {
                NamedKey(key: $0, teamOwner: team?.mark?.owner, isContested: false)
            }
        }
        guard let first = candidates.first else {
            // It was there once: what is gone is minted anew.
            let isOurs = team?.mark?.owner == owner.name
            guard !isOurs || team?.mark?.generations[secret] == nil else { return nil }
            return .impossible("there is no key \(shown): check spec.adopt")
        }
        guard candidates.count == 1 else {
            return .impossible(
                "\(candidates.count) keys bear the alias \(shown): name one by its hash")
        }
        if let fault = fault(of: first, for: lineage) {
            return .impossible("key \(shown) cannot be taken over: \(fault)")
        }
        return .key(first.key)
    }

    /// A key without a mark that bears the lineage's alias may have been taken over before an edit of
    /// its metadata erased the mark. Not one that bursar derived, and none after a rotation: those
    /// were published, so that their secret is lost, which must not look like an adoption.
    private func mayBeAdopted(_ key: ObservedKey, _ lineage: Lineage) -> Bool {
        let highest = team?.mark?.generations[lineage.secret] ?? .first
        return derivable[key.hash] == nil && highest == .first
    }

    /// There is a key of ours, or its value in the store.
    private func lives(_ lineage: Lineage) -> Bool {
        secrets.contains { $0.name == lineage.secret && $0.marker?.owner == owner.name }
            || !ours(lineage).isEmpty
    }

    /// The keys that bear our mark.
    private func ours(_ lineage: Lineage) -> [ObservedKey] {
        keys.filter { key in
            guard key.mark != nil else { return false }
            let role = KeyRole(
                of: key, in: desired.id, teamMark: team?.mark, secrets: secrets, owner: owner)
            if case .ours(lineage, _) = role { return true }
            return false
        }
    }

    /// What is named for a secret that has a key: `nil` where it is that key, or was. Nothing tells
    /// what was named before the first rotation from what never was there, so that is not asked.
    private func beside(_ lineage: Lineage, _ shown: String, _ named: [NamedKey]) -> Finding? {
        let ours = ours(lineage)
        let others = named.filter { named in !ours.contains { $0.hash == named.key.hash } }
        let wasAdopted =
            ours.contains { $0.mark?.adopted == true }
            || team?.mark?.generations[lineage.secret] ?? .first > .first
        let published = secrets.first { $0.name == lineage.secret }?.marker?.fingerprint
        guard named.isEmpty ? !wasAdopted : !others.isEmpty,
            !others.contains(where: { published?.names($0.key.hash) == true })
        else { return nil }
        return .withoutEffect(
            "spec.adopt names key \(shown) for \(lineage.secret), which has a key already: nothing is "
                + "taken over; name it for another secret, or take it out of spec.adopt")
    }

    private func fault(of named: NamedKey, for lineage: Lineage) -> String? {
        let key = named.key
        if named.isContested { return "several secrets name it" }
        let from = desired.adoption?.from
        if let mark = key.mark {
            if mark.owner == owner.name {
                let home = key.alias.flatMap(LineageAlias.init)?.lineage
                if home?.secret == mark.secret, let home { return "it is the key of \(home)" }
            } else if mark.owner != from {
                return "it belongs to owner \(mark.owner): say `from: \(mark.owner)`"
            }
        }
        if let other = named.teamOwner, other != owner.name, other != from {
            return "it is in a team of owner \(other): say `from: \(other)`"
        }
        if key.blocked { return "it is blocked" }
        if let expires = key.expires, expires <= now { return "it expired at \(expires)" }
        let isTaken = (keys + outside).contains {
            $0.alias == lineage.plainAlias && $0.hash != key.hash
        }
        return isTaken ? "another key bears the alias \(lineage.plainAlias): rename that one" : nil
    }
}

/// A key that some workspace's `adopt` names.
struct NamedKey: Hashable {
    let key: ObservedKey
    /// Of the team it is in; `nil`: none, or no bursar's.
    let teamOwner: String?
    /// Another workspace or secret names it as well.
    let isContested: Bool
}

/// The keys that manifests name, found among all of the proxy's.
struct NamedKeys {
    private var found: [WorkspaceID: [SecretName: [NamedKey]]] = [:]

    init(_ desired: DesiredState, _ issuer: ObservedIssuer) {
        let adopting = desired.workspaces.filter { $0.adoption?.keys.isEmpty == false }
        guard !adopting.isEmpty else { return }
        let byAlias = Dictionary(grouping: issuer.keys, by: \.alias)
        let byHash = Dictionary(grouping: issuer.keys, by: \.hash)
        let owners = Dictionary(
            issuer.teams.map { ($0.id.text, $0.mark?.owner) }, uniquingKeysWith: { $1 })
        func keys(_ reference: KeyReference) -> [ObservedKey] {
            switch reference {
            case .alias(let alias): byAlias[alias] ?? []
            case .hash(let hash): byHash[hash] ?? []
            }
        }
        // By the whole source, also where a part of it is planned.
        var count: [KeyHash: Int] = [:]
        for (reference, times) in desired.adoptedKeys {
            for key in keys(reference) { count[key.hash, default: 0] += times }
        }
        var named: [WorkspaceID: [SecretName: [ObservedKey]]] = [:]
        for workspace in adopting {
            named[workspace.id] = workspace.adoption?.keys.mapValues(keys)
        }
        found = named.mapValues {
            $0.mapValues {
                $0.map { key in
                    NamedKey(
                        key: key, teamOwner: key.team.flatMap { owners[$0] } ?? nil,
                        isContested: (count[key.hash] ?? 0) > 1)
                }
            }
        }
    }

    func of(_ workspace: DesiredWorkspace) -> [SecretName: [NamedKey]] {
        found[workspace.id] ?? [:]
    }
}
