/// One field of a team, as it is to be.
package enum TeamField: Hashable, Sendable {
    case alias(String)
    case cap(MicroUSD?)
    /// Sending it starts the budget's period anew, even unchanged: only ever sent when it changes.
    case period(BudgetPeriod?)
    case softBudget(Money?)
    case models(ModelAccess)
    /// All of them: LiteLLM replaces them as one.
    case aliases([String: String])
    case requestsPerMinute(Int?)
    case tokensPerMinute(Int?)
    case blocked(Bool)
    case mark(TeamMark)
}

/// One field of a key, as it is to be.
package enum KeyField: Hashable, Sendable {
    case alias(String)
    case team(WorkspaceID)
    /// `nil`: the workspace's.
    case models(Set<String>?)
    case noCap
    case requestsPerMinute(Int?)
    case tokensPerMinute(Int?)
    case parallelRequests(Int?)
    /// From the moment LiteLLM reads it; `nil` clears the expiry.
    case expiresIn(Span?)
    /// LiteLLM lets no key into a team that its user is no member of.
    case noUser
    case blocked(Bool)
    case routes([String])
    case mark(KeyMark)
    case spendLogs([String: String])
}

extension KeyField {
    /// On a key that was retired since the plan was made it would undo that.
    fileprivate var revives: Bool {
        switch self {
        case .mark, .blocked(false), .expiresIn(nil): true
        default: false
        }
    }
}

/// A team that is to be.
package struct TeamCreation: Hashable, Sendable {
    package var id: WorkspaceID
    package var alias: String
    package var cap: MicroUSD?
    package var period: BudgetPeriod?
    package var softBudget: Money?
    /// Never `.all`: LiteLLM's `[]` would open other workspaces' models too.
    package var models: ModelAccess
    package var aliases: [String: String]
    package var requestsPerMinute: Int?
    package var tokensPerMinute: Int?
    package var blocked: Bool
    package var mark: TeamMark

    package init(
        id: WorkspaceID, alias: String, cap: MicroUSD?, period: BudgetPeriod?,
        softBudget: Money? = nil, models: ModelAccess, aliases: [String: String] = [:],
        requestsPerMinute: Int? = nil, tokensPerMinute: Int? = nil, blocked: Bool = false,
        mark: TeamMark
    ) {
        precondition(models != .all, "a team is never created open to every model")
        self.id = id
        self.alias = alias
        self.cap = cap
        self.period = period
        self.softBudget = softBudget
        self.models = models
        self.aliases = aliases
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
        self.blocked = blocked
        self.mark = mark
    }
}

/// A key to be minted; its value and the moment are the executor's.
package struct MintOrder: Hashable, Sendable {
    package let lineage: Lineage
    package let generation: Generation
    package let owner: String
    /// The keyring entry its value is derived with; `nil`: it is drawn.
    package let keyring: String?
    /// `nil`: the workspace's.
    package let models: Set<String>?
    package let requestsPerMinute: Int?
    package let tokensPerMinute: Int?
    package let parallelRequests: Int?
    package let applied: [String: String]
    /// Copied by LiteLLM into every spend log: what usage is attributed by.
    package let spendLogs: [String: String]
}

/// An old or never published key that gets its end.
package struct Retirement: Hashable, Sendable {
    package let key: ObservedKey
    package let lineage: Lineage
    /// The mark it bears, or the one put back where it was lost; the executor adds the moment.
    package let mark: KeyMark
    package let overlap: Span
    package let source: OverlapSource
    /// `nil`: now. Set where the retirement stands already and only its expiry or mark is put back.
    package let retiredAt: Instant?

    package init(
        key: ObservedKey, lineage: Lineage, mark: KeyMark, overlap: Span, source: OverlapSource,
        retiredAt: Instant?
    ) {
        self.key = key
        self.lineage = lineage
        self.mark = mark
        self.overlap = overlap
        self.source = source
        self.retiredAt = retiredAt
    }
}

/// A provider secret that is to be put; its value is read when it is.
package struct ProviderPut: Hashable, Sendable {
    package let workspace: WorkspaceID
    package let name: SecretName
    package let source: ValueSource
    /// What the store must still hold under this name; `nil`: nothing.
    package let before: ProviderMarker?
}

/// A row for a workspace's own model. The values that it is to hold are read when it is written, and
/// must be those that the secret store has by then.
package struct ModelOrder: Hashable, Sendable {
    package let model: BroughtModel
    package let owner: String
    /// Of the secrets whose value is written; a row that is there keeps the others.
    package let sources: [SecretName: ValueSource]
    /// What the mark says of those that are kept.
    package let kept: [SecretName: String]
    package let applied: [String: String]
}

/// One call, or a few that belong together, against LiteLLM or the secret store.
package enum Operation: Hashable, Sendable {
    case createTeam(TeamCreation)
    case updateTeam(WorkspaceID, [TeamField])
    case mint(MintOrder)
    /// Computes the value of a key that exists, with the named keyring entry: asks nobody.
    case derive(ObservedKey, Lineage, Generation, entry: String)
    /// Asks with the key minted or derived in this run; it should reach these models, and that one is
    /// missing is a warning.
    case verify(Lineage, Generation, models: Set<String>)
    /// Puts the value minted or derived in this run, and its marker, into the secret store.
    case publish(Lineage, Generation)
    /// Gives the plain alias to the key minted or derived in this run.
    case claimAlias(Lineage, Generation)
    case updateKey(ObservedKey, Lineage, [KeyField])
    case retire(Retirement)
    case block(ObservedKey, Lineage)
    case delete(ObservedKey, Lineage)
    case removeSecret(Lineage)
    /// Reads the source and puts what it gives.
    case putSecret(ProviderPut)
    /// A provider secret, as long as it bears this marker.
    case dropSecret(WorkspaceID, SecretName, ProviderMarker)
    case registerModel(ModelOrder)
    case updateModel(ModelOrder)
    /// Makes the row anew. One operation: the values are read before the row that is there goes.
    case replaceModel(ModelOrder)
    case removeModel(WorkspaceID, id: String, name: String)
    /// Its keys would go with it, so there must be none.
    case deleteTeam(WorkspaceID)

    /// It cannot be done without the keyring it was planned with.
    package var needsKeyring: Bool {
        switch self {
        case .mint, .derive: true
        default: false
        }
    }

    /// The key that must still stand as it was planned when this runs: these are the operations
    /// after which something is gone, or which would bring back a key that was retired meanwhile.
    package var guarded: Lineage? {
        switch self {
        case .publish(let lineage, _), .block(_, let lineage), .delete(_, let lineage),
            .removeSecret(let lineage):
            lineage
        case .retire(let retirement): retirement.lineage
        case .updateKey(_, let lineage, let fields):
            fields.contains(where: \.revives) ? lineage : nil
        case .createTeam, .updateTeam, .deleteTeam, .mint, .derive, .verify, .claimAlias,
            .putSecret, .dropSecret, .registerModel, .updateModel, .replaceModel,
            .removeModel:
            nil
        }
    }
}
