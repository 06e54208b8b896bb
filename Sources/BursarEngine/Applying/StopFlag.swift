internal import Synchronization

/// Set by the first SIGINT or SIGTERM: the operation in hand is finished, the next not begun.
package final class StopFlag: Sendable {
    private let state = Mutex(false)

    package init() {}

    package func stop() { state.withLock { $0 = true } }

    package var isSet: Bool { state.withLock { $0 } }
}
