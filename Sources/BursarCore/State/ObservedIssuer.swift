/// Everything read from LiteLLM in one observation.
package struct ObservedIssuer: Hashable, Sendable {
    /// By ascending id.
    package let teams: [ObservedTeam]
    /// Teams whose id can be no workspace's.
    package let foreignTeams: [ForeignTeam]
    /// By ascending hash.
    package let keys: [ObservedKey]
    /// The names the proxy serves to whoever lists them; never a team's aliases, and none that a
    /// workspace brought along.
    package let models: Set<String>
    /// The names that open a model of `models` beside its own, where there are any.
    package let modelGroups: [String: Set<String>]
    /// What workspaces brought along, and what bears a name like that.
    package let brought: [ObservedModel]
    /// `nil` where the proxy does not tell.
    package let version: String?
    package let licensed: Bool?
    /// Whether the list of teams tells their aliases: older proxies do so of one team at a time.
    package let listsAliases: Bool

    package init(
        teams: [ObservedTeam], foreignTeams: [ForeignTeam] = [], keys: [ObservedKey],
        models: Set<String>, modelGroups: [String: Set<String>] = [:],
        brought: [ObservedModel] = [], version: String?, licensed: Bool?,
        listsAliases: Bool = true
    ) {
        self.teams = teams.inOrder(by: \.id)
        self.foreignTeams = foreignTeams
        self.keys = keys.inOrder(by: \.hash)
        self.models = models
        self.modelGroups = modelGroups
        self.brought = brought
        self.version = version
        self.licensed = licensed
        self.listsAliases = listsAliases
    }
}

/// A team whose id can be no workspace's.
package struct ForeignTeam: Hashable, Sendable {
    package let id: String
    package let alias: String?
    package let models: ModelAccess
    /// See `ObservedTeam.aliases`.
    package let aliases: [String: String]
    package let blocked: Bool

    package init(
        id: String, alias: String?, models: ModelAccess, aliases: [String: String] = [:],
        blocked: Bool
    ) {
        self.id = id
        self.alias = alias
        self.models = models
        self.aliases = aliases
        self.blocked = blocked
    }
}

extension Array {
    /// Most arrive sorted. Inlinable, so that other targets compare their own type and not whatever
    /// an element may be.
    @inlinable
    package func inOrder<Key: Comparable>(by key: (Element) -> Key) -> [Element] {
        let keys = map(key)
        for index in indices.dropFirst() where keys[index] < keys[index - 1] {
            // The places and not the elements, which are large to compare and to move.
            return indices.sorted { keys[$0] < keys[$1] }.map { self[$0] }
        }
        return self
    }
}
