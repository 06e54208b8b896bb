/// How long to wait before trying again: exponential with full jitter, bounded in time and number.
///
/// Full jitter (a random share of the whole span) spreads clients that failed together best:
/// aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter.
package struct Backoff: Hashable, Sendable {
    /// Attempts in all, the first among them; at least 1.
    package let attempts: Int
    package let firstMilliseconds: Int64
    package let longestMilliseconds: Int64
    /// A server that asks for more than this gets this.
    package let longestRetryAfter: Span

    package static let standard = Backoff(
        attempts: 5, firstMilliseconds: 250, longestMilliseconds: 10_000,
        longestRetryAfter: Span(seconds: 60))

    package init(
        attempts: Int, firstMilliseconds: Int64, longestMilliseconds: Int64,
        longestRetryAfter: Span
    ) {
        precondition(attempts >= 1 && firstMilliseconds > 0, "a backoff makes at least one attempt")
        self.attempts = attempts
        self.firstMilliseconds = firstMilliseconds
        self.longestMilliseconds = longestMilliseconds
        self.longestRetryAfter = longestRetryAfter
    }

    /// Milliseconds before the next attempt, `failed` attempts (from 1) having failed; `nil`: none
    /// is left, or `disposition` says that none would help.
    ///
    /// `random` is any 64 random bits. What the server asked for is waited in full, with jitter of
    /// up to a tenth on top.
    package func wait(
        afterFailed failed: Int, _ disposition: Disposition, random: UInt64
    ) -> Int64? {
        guard case .retry(let asked) = disposition, failed < attempts else { return nil }
        if let asked, asked.seconds > 0 {
            let base = min(asked, longestRetryAfter).seconds * 1000
            return base + share(of: base / 10, random)
        }
        let doublings = min(max(failed - 1, 0), 30)
        let ceiling = min(longestMilliseconds, firstMilliseconds << Int64(doublings))
        return share(of: ceiling, random)
    }

    /// From 0 to `ceiling`, both among them.
    private func share(of ceiling: Int64, _ random: UInt64) -> Int64 {
        Int64(random % UInt64(max(0, ceiling) + 1))
    }
}
