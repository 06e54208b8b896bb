package import BursarCore

/// The clock, the one way to wait, and randomness: simulated time runs through here.
package protocol Timekeeper: Sendable {
    func now() -> Instant
    /// Negative counts as 0.
    func sleep(milliseconds: Int64) async throws(CancellationError)
    /// 64 random bits: for jitter, never for keys.
    func random() -> UInt64
}

extension Timekeeper {
    package func sleep(for span: Span) async throws(CancellationError) {
        try await sleep(milliseconds: span.seconds * 1000)
    }
}
