package import BursarCore
internal import FoundationEssentials

/// The machine's clock; the only `Task.sleep` there is.
package struct SystemTimekeeper: Timekeeper {
    package init() {}

    package func now() -> Instant {
        Instant(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }

    package func sleep(milliseconds: Int64) async throws(CancellationError) {
        do {
            try await Task.sleep(for: .milliseconds(max(0, milliseconds)))
        } catch {
            throw CancellationError()
        }
    }

    package func random() -> UInt64 { UInt64.random(in: .min ... .max) }
}
