/// Everything that LiteLLM holds, for those who begin with what exists already.
package struct FoundState: Sendable {
    package let teams: [FoundTeam]
    package let keys: [FoundKey]

    package init(teams: [FoundTeam], keys: [FoundKey]) {
        self.teams = teams.sorted { $0.id < $1.id }
        self.keys = keys.sorted { $0.key.hash < $1.key.hash }
    }
}

package struct FoundTeam: Sendable {
    /// LiteLLM's, which need not be a workspace's.
    package let id: String
    /// `nil` where it is none.
    package let team: ObservedTeam?
    /// The names of what is set on it and bursar does not manage; never a value.
    package let others: [String]

    package init(id: String, team: ObservedTeam?, others: [String]) {
        self.id = id
        self.team = team
        self.others = others
    }
}

package struct FoundKey: Sendable {
    package let key: ObservedKey
    /// See `FoundTeam.others`.
    package let others: [String]

    package init(key: ObservedKey, others: [String]) {
        self.key = key
        self.others = others
    }
}
