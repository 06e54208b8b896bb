internal import Dispatch
internal import Synchronization

/// What `body` makes of the parts of a range, in their order.
package func onEveryCore<Part: Sendable>(
    _ range: Range<Int>, _ body: @Sendable (Range<Int>) -> Part
) -> [Part] {
    let size = 128
    let starts = Array(stride(from: range.lowerBound, to: range.upperBound, by: size))
    let parts = Mutex([Part?](repeating: nil, count: starts.count))
    DispatchQueue.concurrentPerform(iterations: starts.count) { index in
        let part = body(starts[index]..<min(starts[index] + size, range.upperBound))
        parts.withLock { $0[index] = part }
    }
    return parts.withLock { $0.compactMap { $0 } }
}
