/// A field that bursar leaves alone, clears, or keeps at a value.
package enum Managed<Value: Hashable & Sendable>: Hashable, Sendable {
    /// Absent in the manifest: whatever LiteLLM holds stays.
    case unmanaged
    /// `null` in the manifest.
    case cleared
    case value(Value)

    /// What LiteLLM should hold given what it holds now.
    package func applied(to current: Value?) -> Value? {
        switch self {
        case .unmanaged: current
        case .cleared: nil
        case .value(let value): value
        }
    }
}

/// Calls and tokens a minute, and calls at once. LiteLLM pools the first two over a team's keys and
/// holds the last one by key (`max_parallel_requests` of a team is stored by no endpoint, 1.106.2).
package struct Limits: Hashable, Sendable {
    package var requestsPerMinute: Managed<Int>
    package var tokensPerMinute: Managed<Int>
    package var parallelRequests: Managed<Int>

    package init(
        requestsPerMinute: Managed<Int> = .unmanaged, tokensPerMinute: Managed<Int> = .unmanaged,
        parallelRequests: Managed<Int> = .unmanaged
    ) {
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
        self.parallelRequests = parallelRequests
    }
}

/// Which models may be called. An empty list can never mean all: to LiteLLM `[]` does.
package enum ModelAccess: Hashable, Sendable {
    case all
    case only(Set<String>)
}
