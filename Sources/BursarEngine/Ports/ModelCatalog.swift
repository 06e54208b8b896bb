/// Which models a proxy has.
package protocol ModelCatalog: Sendable {
    /// As the proxy orders them; a name may come more than once.
    func models() async throws(IssuerError) -> [ProxyModel]
}

/// A row of the proxy's models.
package struct ProxyModel: Hashable, Sendable {
    /// What callers name, unless their team has another name for it.
    package let name: String
    /// `provider/model`; `nil` where the proxy does not say.
    package let upstream: String?
    /// LiteLLM's `mode`: `chat`, `embedding`, …; `nil` where it is not set.
    package let mode: String?
    /// Names that open it as its own does.
    package let accessGroups: Set<String>

    package init(
        name: String, upstream: String? = nil, mode: String? = nil,
        accessGroups: Set<String> = []
    ) {
        self.name = name
        self.upstream = upstream
        self.mode = mode
        self.accessGroups = accessGroups
    }
}
