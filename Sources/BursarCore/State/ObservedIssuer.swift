/// Everything read from LiteLLM in one observation.
package struct ObservedIssuer: Hashable, Sendable {
    /// By ascending id.
    package let teams: [ObservedTeam]
    /// Teams whose id can be no workspace's.
    package let foreignTeamCount: Int
    /// By ascending hash.
    package let keys: [ObservedKey]
    /// The names the proxy serves; never a team's aliases.
    package let models: Set<String>
    /// `nil` where the proxy does not tell.
    package let version: String?
    package let licensed: Bool?

    package init(
        teams: [ObservedTeam], foreignTeamCount: Int, keys: [ObservedKey], models: Set<String>,
        version: String?, licensed: Bool?
    ) {
        self.teams = teams.inOrder { $0.id < $1.id }
        self.foreignTeamCount = foreignTeamCount
        self.keys = keys.inOrder { $0.hash < $1.hash }
        self.models = models
        self.version = version
        self.licensed = licensed
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
