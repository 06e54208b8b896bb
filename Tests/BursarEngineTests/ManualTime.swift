import BursarCore
import BursarEngine
import Synchronization

/// Moves only when somebody waits, and then at once.
final class ManualTime: Timekeeper {
    private let state = Mutex(Instant(milliseconds: 1_795_514_400_000))

    func now() -> Instant { state.withLock { $0 } }

    func sleep(milliseconds: Int64) async throws(CancellationError) {
        if Task.isCancelled { throw CancellationError() }
        state.withLock { now in
            now = Instant(milliseconds: now.milliseconds + max(0, milliseconds))
        }
    }

    /// The longest jitter there is.
    func random() -> UInt64 { .max }

    func advance(_ span: Span) { state.withLock { $0 = $0 + span } }
}
