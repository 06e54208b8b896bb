/// A team or a key that reaches models that workspaces bring along, and is not theirs: what it calls is
/// paid with their provider keys.
package struct OpenAccess: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// `team ops`, `team ops by its alias fast`, `key nightly (1f2e3d4c5b6a7988)`.
    package let description: String

    package static func < (a: OpenAccess, b: OpenAccess) -> Bool {
        a.description < b.description
    }

    private init(_ kind: String, _ id: String, alias: String?, by leading: String? = nil) {
        let named = alias.map { $0 == id ? id : "\($0) (\(id))" } ?? id
        let why = leading.map { " by its alias \($0)" } ?? ""
        description = "\(kind) \(VisibleText.escape(named + why))"
    }

    /// All that there is, sorted.
    ///
    /// - Parameters:
    ///   - names: of workspaces' own models.
    ///   - written: workspaces whose list of models this plan writes. Aliases it leaves as they are.
    static func all(
        to names: [String], _ issuer: ObservedIssuer, written: Set<WorkspaceID>, now: Instant
    ) -> [OpenAccess] {
        var open: [OpenAccess] = []
        var homes: Set<String> = []
        func add(
            _ team: String, alias: String?, _ models: ModelAccess?, _ aliases: [String: String],
            _ names: [String]
        ) {
            if models.map({ Reach($0).opensAny(of: names) }) ?? false {
                open.append(OpenAccess("team", team, alias: alias))
            } else if let leading = aliases.filter({ names.contains($0.value) }).keys.min() {
                open.append(OpenAccess("team", team, alias: alias, by: leading))
            }
        }
        for team in issuer.teams {
            homes.insert(team.id.text)
            guard !team.blocked else { continue }
            let own = BroughtModel.prefix(team.id)
            add(
                team.id.text, alias: team.alias, written.contains(team.id) ? nil : team.models,
                team.aliases, names.filter { !$0.hasPrefix(own) })
        }
        for team in issuer.foreignTeams {
            homes.insert(team.id)
            guard !team.blocked else { continue }
            add(team.id, alias: team.alias, team.models, team.aliases, names)
        }
        for key in issuer.keys where isOpen(key, homes, names, now) {
            open.append(OpenAccess("key", key.hash.fingerprint.hex, alias: key.alias))
        }
        return open.sorted()
    }

    static func warning(of open: [OpenAccess]) -> [String] {
        guard !open.isEmpty else { return [] }
        let more = open.count > 10 ? " and \(open.count - 10) more" : ""
        return [
            "can call the models that other workspaces bring along, on their provider keys: "
                + open.prefix(10).map(\.description).joined(separator: ", ") + more
                + ". Give each a list of models, and no alias to one of those"
        ]
    }

    /// One in a team reaches at most what the team does, and then the team is named. One whose team is
    /// not there is taken for one that stands alone.
    private static func isOpen(
        _ key: ObservedKey, _ homes: Set<String>, _ names: [String], _ now: Instant
    ) -> Bool {
        if let team = key.team, homes.contains(team) { return false }
        guard !key.blocked, key.expires.map({ $0 > now }) ?? true, !key.onlyManages else {
            return false
        }
        return switch key.models {
        // Without a team the word for its models opens everything.
        case .team, .unrestricted: true
        case .only(let list): Reach(list: list).opensAny(of: names)
        }
    }
}

extension ObservedKey {
    /// Its `allowed_routes` let it call no model.
    fileprivate var onlyManages: Bool {
        !routes.isEmpty && routes.allSatisfy { Self.management.contains($0) || isManagement($0) }
    }

    private func isManagement(_ route: String) -> Bool {
        Self.managementPaths.contains { route.hasPrefix($0) }
    }

    private static let management: Set<String> = [
        "management_routes", "info_routes", "/model/info", "/v1/model/info", "/v2/team/list",
    ]
    private static let managementPaths = ["/key/", "/team/", "/user/", "/health", "/spend/"]
}
