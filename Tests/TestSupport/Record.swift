internal import Synchronization

/// What was seen, in order, across threads.
package final class Record<Item: Sendable>: Sendable {
    private let items = Mutex<[Item]>([])

    package init() {}

    package var all: [Item] { items.withLock { $0 } }

    package func add(_ item: Item) { items.withLock { $0.append(item) } }

    package func clear() { items.withLock { $0 = [] } }
}
