/// A workspace as LiteLLM holds it.
package struct ObservedTeam: Hashable, Sendable {
    package var id: WorkspaceID
    package var alias: String?
    /// `nil`: not ours, or its mark was lost.
    package var mark: TeamMark?
    package var cap: Money?
    /// As LiteLLM spells it, which need not be a spelling of ours; `nil`: never starts anew.
    package var period: String?
    package var softBudget: Money?
    package var models: ModelAccess
    /// What callers say, and the model that it leads to.
    package var aliases: [String: String]
    package var requestsPerMinute: Int?
    package var tokensPerMinute: Int?
    package var blocked: Bool
    /// In the current budget period, over all keys that there are and were.
    package var spend: Money
    package var createdAt: Instant?
    package var budgetResetAt: Instant?

    package init(
        id: WorkspaceID, alias: String? = nil, mark: TeamMark? = nil, cap: Money? = nil,
        period: String? = nil, softBudget: Money? = nil, models: ModelAccess,
        aliases: [String: String] = [:],
        requestsPerMinute: Int? = nil, tokensPerMinute: Int? = nil, blocked: Bool = false,
        spend: Money, createdAt: Instant? = nil, budgetResetAt: Instant? = nil
    ) {
        self.id = id
        self.alias = alias
        self.mark = mark
        self.cap = cap
        self.period = period
        self.softBudget = softBudget
        self.models = models
        self.aliases = aliases
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
        self.blocked = blocked
        self.spend = spend
        self.createdAt = createdAt
        self.budgetResetAt = budgetResetAt
    }
}
