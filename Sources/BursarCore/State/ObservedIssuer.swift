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

    package init(
        teams: [ObservedTeam], foreignTeams: [ForeignTeam] = [], keys: [ObservedKey],
        models: Set<String>, modelGroups: [String: Set<String>] = [:],
        brought: [ObservedModel] = [], version: String?, licensed: Bool?
    ) {
        self.teams = teams.inOrder { $0.id < $1.id }
        self.foreignTeams = foreignTeams
        self.keys = keys.inOrder { $0.hash < $1.hash }
        self.models = models
        self.modelGroups = modelGroups
        self.brought = brought
        self.version = version
        self.licensed = licensed
    }
}

/// A team whose id can be no workspace's.
package struct ForeignTeam: Hashable, Sendable {
    package let id: String
    package let alias: String?
    package let models: ModelAccess
    package let blocked: Bool

    package init(id: String, alias: String?, models: ModelAccess, blocked: Bool) {
        self.id = id
        self.alias = alias
        self.models = models
        self.blocked = blocked
    }
}

extension Array {
    /// Most arrive sorted, and to move what is large takes its time. Inlinable, so that other targets
    /// compare their own type and not whatever an element may be.
    @inlinable
    package func inOrder(by areInOrder: (Element, Element) -> Bool) -> [Element] {
        for index in indices.dropFirst() where !areInOrder(self[index - 1], self[index]) {
            // The places and not the elements, which are large.
            return indices.sorted { areInOrder(self[$0], self[$1]) }.map { self[$0] }
        }
        return self
    }
}
