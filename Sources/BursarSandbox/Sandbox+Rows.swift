package import BursarCore

/// The tables past the API, for checks after every step of a simulation.
extension Sandbox {
    package struct Key: Equatable, Sendable {
        package let hash: KeyHash
        /// Without what calls move by themselves: spend, last use.
        private let row: KeyRow

        fileprivate init?(_ row: KeyRow) {
            guard let hash = KeyHash(hex: row.token) else { return nil }
            self.hash = hash
            var row = row
            row.spend = .zero
            row.totalSpend = .zero
            row.lastActive = nil
            row.updatedAt = row.createdAt
            self.row = row
        }

        package var alias: String? { row.alias }
        package var team: String? { row.teamID }
        package var user: String? { row.userID }
        package var models: [String] { row.models }
        package var cap: Money? { row.maxBudget }
        package var routes: [String] { row.allowedRoutes }
        package var metadata: [String: JSONValue] { row.metadata }
        package var expires: Instant? { row.expires }
        package var blocked: Bool { row.blocked == true }
        package var settingsUpdatedAt: Instant? { row.settingsUpdatedAt }
    }

    package struct Team: Equatable, Sendable {
        package let id: String
        package let alias: String?
        package let metadata: [String: JSONValue]
        package let cap: Money?
        package let period: String?
        package let budgetResetAt: Instant?
        package let spend: Money
        package let models: [String]
        package let aliases: [String: String]
        package let blocked: Bool
        package let createdAt: Instant

        fileprivate init(_ row: TeamRow) {
            id = row.id
            alias = row.alias
            metadata = row.metadata
            cap = row.maxBudget
            period = row.budgetDuration
            budgetResetAt = row.budgetResetAt
            spend = row.spend
            models = row.models
            aliases = row.modelAliases ?? [:]
            blocked = row.blocked
            createdAt = row.createdAt
        }
    }

    /// A row of the models' table, its values among it.
    package struct Model: Equatable, Sendable {
        package let id: String
        package let name: String
        package let params: [String: JSONValue]
        package let info: [String: JSONValue]

        fileprivate init?(_ served: ServedModel) {
            guard let stored = served.stored else { return nil }
            id = stored.id
            name = served.name
            params = stored.params
            info = stored.info
        }
    }

    package struct Rows: Sendable {
        package let keys: [KeyHash: Key]
        package let teams: [String: Team]
        package let models: [Model]
    }

    /// Calls to rows of the models' table, the oldest first.
    package var upstream: [UpstreamCall] { inspect(\.upstream) }

    package var rows: Rows {
        inspect { model in
            Rows(
                keys: Dictionary(
                    uniqueKeysWithValues: model.keys.values.compactMap(Key.init).map {
                        ($0.hash, $0)
                    }),
                teams: model.teams.mapValues(Team.init),
                models: model.models.compactMap(Model.init))
        }
    }
}
