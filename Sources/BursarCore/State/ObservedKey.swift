/// Which models a key opens, within its team's.
package enum KeyModels: Hashable, Sendable {
    /// Whatever the team's are.
    case team
    case only(Set<String>)
    /// Bound by nothing on the key itself.
    case unrestricted
}

/// A key as LiteLLM holds it.
package struct ObservedKey: Hashable, Sendable {
    package var hash: KeyHash
    package var alias: String?
    /// Any team id, also one that is no workspace's; `nil`: the key stands alone.
    package var team: String?
    /// `nil`: not ours, or its mark was lost.
    package var mark: KeyMark?
    /// LiteLLM's `user_id`: its spend counts as theirs too.
    package var user: String?
    /// The whole of it: LiteLLM replaces metadata as one, so a rewrite must carry what is foreign.
    package var metadata: [String: JSONValue]
    package var models: KeyModels
    package var cap: Money?
    package var requestsPerMinute: Int?
    package var tokensPerMinute: Int?
    package var parallelRequests: Int?
    package var expires: Instant?
    package var blocked: Bool
    /// LiteLLM's `allowed_routes`.
    package var routes: [String]
    package var createdAt: Instant?
    /// When an administrator last wrote it; `nil` where none did or the proxy has no such field.
    package var settingsUpdatedAt: Instant?
    /// The last call, refused ones among them.
    package var lastActive: Instant?
    /// `metadata.spend_logs_metadata`; numbers as text.
    package var spendLogs: [String: String]

    package init(
        hash: KeyHash, alias: String? = nil, team: String? = nil, mark: KeyMark? = nil,
        user: String? = nil, metadata: [String: JSONValue], models: KeyModels, cap: Money? = nil,
        requestsPerMinute: Int? = nil, tokensPerMinute: Int? = nil, parallelRequests: Int? = nil,
        expires: Instant? = nil, blocked: Bool = false, routes: [String], createdAt: Instant? = nil,
        settingsUpdatedAt: Instant? = nil, lastActive: Instant? = nil, spendLogs: [String: String]
    ) {
        self.hash = hash
        self.alias = alias
        self.team = team
        self.mark = mark
        self.user = user
        self.metadata = metadata
        self.models = models
        self.cap = cap
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
        self.parallelRequests = parallelRequests
        self.expires = expires
        self.blocked = blocked
        self.routes = routes
        self.createdAt = createdAt
        self.settingsUpdatedAt = settingsUpdatedAt
        self.lastActive = lastActive
        self.spendLogs = spendLogs
    }
}

extension ObservedKey {
    /// What LiteLLM makes of `key_type: llm_api`: calls to models, no administration.
    package static let modelRoutes = ["llm_api_routes"]

    /// By the mark; a time to come is one of a clock that was ahead, and then LiteLLM's own counts: such
    /// a key would never be due, nor be one of those that leaked.
    ///
    /// - Returns: `nil` where neither tells; never after `now`.
    package func minted(asOf now: Instant) -> Instant? {
        if let mintedAt = mark?.mintedAt, mintedAt <= now { return mintedAt }
        return createdAt.map { min($0, now) }
    }
}
