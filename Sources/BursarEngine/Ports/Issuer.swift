package import BursarCore

/// Whoever keeps the workspaces and mints their keys.
///
/// Every call retries by itself what a retry can mend, within bounds. A write that returns has been
/// answered, not read back: the engine observes again.
package protocol Issuer: Sendable {
    func observe(_ scope: ObservationScope) async throws(IssuerError) -> ObservedIssuer

    /// All keys of the team, read afresh, by ascending hash; empty where there is no team.
    func lineageKeys(of workspace: WorkspaceID) async throws(IssuerError) -> [ObservedKey]

    /// Read afresh; `nil` where there is none.
    func team(_ id: WorkspaceID) async throws(IssuerError) -> ObservedTeam?

    /// Done also when the team exists already with an equal mark.
    /// - Returns: when it was made, by the server's clock and once for all: keys are derived with it.
    ///   `nil` where the server does not tell.
    /// - Throws: `.conflict` where the id is taken by a team with another mark or none.
    func createTeam(_ team: TeamCreation) async throws(IssuerError) -> Instant?

    /// Writes these fields and no other. Sending `period` again starts the budget period anew.
    func updateTeam(_ id: WorkspaceID, _ fields: [TeamField]) async throws(IssuerError)

    /// Its keys go with it. Done also when there is no such team.
    func deleteTeam(_ id: WorkspaceID) async throws(IssuerError)

    /// Done also when a key of this value exists already.
    /// - Returns: the key's value: the one asked for, or the server's own where it takes none from
    ///   outside; the key's mark then names no keyring entry.
    func mint(_ mint: Mint) async throws(IssuerError) -> MintedKey

    /// Asks with the key itself what it may call. Never before the key exists, and not while its
    /// team is blocked: then every key is refused.
    /// - Returns: the names of the models that exist and that the key may call.
    /// - Throws: `.refused` where the key is not accepted.
    func verify(_ value: SecretValue) async throws(IssuerError) -> Set<String>

    /// Writes these fields and no other; `mark` and `spendLogs` keep what else `key.metadata` holds.
    func updateKey(_ key: ObservedKey, _ fields: [KeyField]) async throws(IssuerError)

    /// Done also when there is no such key.
    func deleteKey(_ hash: KeyHash) async throws(IssuerError)
}

/// What an observation covers.
package enum ObservationScope: Hashable, Sendable {
    case everything
    /// These teams and their keys alone; a team that does not exist is left out.
    case workspaces([WorkspaceID])
}

/// A key that was made.
package struct MintedKey: Sendable {
    package let value: SecretValue
    /// Keys of ours in the team that worked before and, unasked, do not any more.
    package let ended: Set<KeyHash>

    package init(_ value: SecretValue, ended: Set<KeyHash> = []) {
        self.value = value
        self.ended = ended
    }
}

/// A key to be made.
package struct Mint: Sendable {
    package let value: SecretValue
    package let lineage: Lineage
    package let generation: Generation
    /// By default its generation's, until it is published.
    package let alias: String
    /// `nil`: the team's; empty: none.
    package let models: Set<String>?
    package let requestsPerMinute: Int?
    package let tokensPerMinute: Int?
    package let parallelRequests: Int?
    package let mark: KeyMark
    /// What LiteLLM writes into every spend log of the key.
    package let spendLogs: [String: String]
    /// See `MintRequest`.
    package let request: String?

    package init(
        value: SecretValue, lineage: Lineage, generation: Generation, alias: String? = nil,
        models: Set<String>? = nil,
        requestsPerMinute: Int? = nil, tokensPerMinute: Int? = nil, parallelRequests: Int? = nil,
        mark: KeyMark, spendLogs: [String: String] = [:], request: String? = nil
    ) {
        self.value = value
        self.lineage = lineage
        self.generation = generation
        self.alias = alias ?? lineage.alias(generation)
        self.models = models
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
        self.parallelRequests = parallelRequests
        self.mark = mark
        self.spendLogs = spendLogs
        self.request = request
    }
}
