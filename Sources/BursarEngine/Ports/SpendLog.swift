package import BursarCore

/// What a proxy remembers of its calls.
package protocol SpendLog: Sendable {
    /// Calls that began within these times, page by page from 1.
    func calls(
        from: Instant, to: Instant, page: Int
    ) async throws(IssuerError) -> SpendLogPage
}

package struct SpendLogPage: Hashable, Sendable {
    package let calls: [Completion.Reading]
    package let pages: Int
    /// The proxy stopped counting, so there may be more pages than it says.
    package let isCapped: Bool

    package init(calls: [Completion.Reading], pages: Int, isCapped: Bool = false) {
        self.calls = calls
        self.pages = pages
        self.isCapped = isCapped
    }
}
