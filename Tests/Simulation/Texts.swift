import Synchronization

/// What a run said.
final class Texts: Sendable {
    private let state = Mutex<[String]>([])

    func add(_ text: String) { state.withLock { $0.append(text) } }
    var all: [String] { state.withLock { $0 } }
}
