/// Keys that a Control Plane minted for a run that broke off before it stamped them. Nobody has their
/// values, so they are ended like every key that was never published.
struct Orphans {
    /// As which key of ours each counts.
    private var roles: [KeyHash: KeyRole] = [:]

    /// So far back a key is known by the request that it was minted for.
    private static let remembered = 50

    /// - Parameters:
    ///   - keys: all that may be of the team, each with what it is by mark and alias.
    private init(
        _ team: ObservedTeam?, _ keys: Zip2Sequence<[ObservedKey], [KeyRole]>,
        secrets: [ObservedSecret], adopted: AdoptedKeys, _ policy: PlanPolicy
    ) {
        guard policy.issuer == .groundfloor, let team, let mark = team.mark,
            mark.owner == policy.owner.name
        else { return }
        let candidates = keys.filter { key, role in
            role == .foreign && key.team == team.id.text && !adopted.contains(key)
                && (key.mark == nil || key.mark?.request != nil)
        }.map(\.0)
        guard !candidates.isEmpty else { return }
        let salt = team.createdAt.map { TeamSalt(team.id, createdAt: $0) }
        for (secret, highest) in mark.generations.sorted(by: { $0.key < $1.key }) {
            let lineage = Lineage(workspace: team.id, secret: secret)
            let requests = Self.requests(lineage, highest, policy.owner.name, salt)
            for key in candidates {
                guard let generation = key.mark?.request.flatMap({ requests[$0] }) else { continue }
                roles[key.hash] = .ours(lineage, generation)
            }
            let known = keys.compactMap { key, role -> (key: ObservedKey, number: Generation)? in
                guard case .ours(lineage, let generation) = role else { return nil }
                return (key, generation)
            }
            let marker = secrets.first { $0.name == secret }?.marker?.generation
            let seen = known.map(\.number) + [marker].compactMap(\.self)
            // Every number that was begun was seen: then no run broke off.
            guard seen.max().map({ $0 < highest }) ?? true else { continue }
            let newest = known.compactMap(\.key.createdAt).max()
            for key in candidates where key.mark == nil && roles[key.hash] == nil {
                guard let createdAt = key.createdAt, newest.map({ $0 < createdAt }) ?? true else {
                    continue
                }
                roles[key.hash] = .ours(lineage, highest)
            }
        }
    }

    /// - Returns: the keys with what each is; an orphan without the mark of who minted it.
    static func told(
        _ keys: [ObservedKey], in workspace: WorkspaceID, of team: ObservedTeam?,
        secrets: [ObservedSecret], adopted: AdoptedKeys, _ policy: PlanPolicy
    ) -> (keys: [ObservedKey], roles: [KeyRole]) {
        var keys = keys
        var roles = keys.map { key in
            KeyRole(
                of: key, in: workspace, teamMark: team?.mark, secrets: secrets,
                owner: policy.owner)
        }
        let orphans = Orphans(team, zip(keys, roles), secrets: secrets, adopted: adopted, policy)
        guard !orphans.roles.isEmpty else { return (keys, roles) }
        for (index, key) in keys.enumerated() {
            guard let role = orphans.roles[key.hash] else { continue }
            (keys[index].mark, roles[index]) = (nil, role)
        }
        return (keys, roles)
    }

    private static func requests(
        _ lineage: Lineage, _ highest: Generation, _ owner: String, _ salt: TeamSalt?
    ) -> [String: Generation] {
        var requests: [String: Generation] = [:]
        for number in max(1, highest.number - remembered)...highest.number {
            guard let generation = Generation(number) else { continue }
            requests[MintRequest.id(of: lineage, generation, owner: owner, salt: salt)] = generation
        }
        return requests
    }
}
