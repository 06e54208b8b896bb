/// A team or a key that is not bursar's and reaches models that it does not name: workspaces' own as
/// well, and what it calls is paid with their provider keys.
package struct OpenAccess: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// `team ops`, `key nightly (1f2e3d4c5b6a7988)`.
    package let description: String

    package static func < (a: OpenAccess, b: OpenAccess) -> Bool {
        a.description < b.description
    }

    private init(_ kind: String, _ id: String, alias: String?) {
        let named = alias.map { $0 == id ? id : "\($0) (\(id))" } ?? id
        description = "\(kind) \(VisibleText.escape(named))"
    }

    /// All that there is, sorted.
    ///
    /// - Parameters:
    ///   - names: of workspaces' own models.
    ///   - ours: teams that are bursar's; what stands in them reaches no more than they do.
    static func all(
        to names: [String], _ issuer: ObservedIssuer, ours: Set<WorkspaceID>, now: Instant
    ) -> [OpenAccess] {
        func reaches(_ access: ModelAccess) -> Bool { Reach(access).opensAny(of: names) }
        var open: [OpenAccess] = []
        var homes: [String: Bool] = [:]
        for team in issuer.teams {
            let isOpen = !ours.contains(team.id) && !team.blocked && reaches(team.models)
            homes[team.id.text] = isOpen
            if isOpen { open.append(OpenAccess("team", team.id.text, alias: team.alias)) }
        }
        for team in issuer.foreignTeams {
            homes[team.id] = !team.blocked && reaches(team.models)
            if homes[team.id] == true {
                open.append(OpenAccess("team", team.id, alias: team.alias))
            }
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
            "not bursar's, and can call the models that workspaces bring along, on their provider keys: "
                + open.prefix(10).map(\.description).joined(separator: ", ") + more
                + ". Give each a list of models"
        ]
    }

    /// One in a team reaches at most what the team does, and then the team is named. One whose team is
    /// not there is taken for one that stands alone.
    private static func isOpen(
        _ key: ObservedKey, _ homes: [String: Bool], _ names: [String], _ now: Instant
    ) -> Bool {
        if let team = key.team, homes[team] != nil { return false }
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

/// Which names a list of models opens, as LiteLLM reads it.
struct Reach {
    private let list: Set<String>?

    /// - Parameter list: not empty.
    init(list: Set<String>) { self.list = list }

    init(_ access: ModelAccess) {
        list = if case .only(let names) = access { names } else { nil }
    }

    func opens(_ name: String) -> Bool {
        guard let list else { return true }
        return list.contains(name)
            || list.contains { $0.utf8.contains(UInt8(ascii: "*")) && Self.matches(name, $0) }
    }

    func opensAny(of names: [String]) -> Bool { names.contains(where: opens) }

    /// LiteLLM's `*`: any run of characters, anywhere.
    private static func matches(_ name: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard let first = parts.first, let last = parts.last, name.hasPrefix(first),
            name.utf8.count >= first.utf8.count + last.utf8.count, name.hasSuffix(last)
        else { return false }
        var rest = name.dropFirst(first.count).dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let range = rest.firstRange(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return true
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
