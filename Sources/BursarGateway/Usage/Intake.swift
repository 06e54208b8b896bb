internal import BursarCore
internal import Synchronization

/// What a delivery came to.
struct Delivery: Hashable, Sendable {
    var recorded = 0
    /// Known already.
    var repeated = 0
    /// Failed calls that cost nothing.
    var failures = 0
    /// Without what a completion must have.
    var unreadable = 0
    /// Of those recorded, how many belong to no workspace that can be told.
    var unattributed = 0
}

extension Delivery {
    /// The completions of a callback's body: one payload, or an array of them.
    static func completions(
        in body: [UInt8]
    ) throws(Problem) -> (completions: [Completion], delivery: Delivery) {
        let isBatch = body.first { !(9...13).contains($0) && $0 != 32 } == UInt8(ascii: "[")
        let readings: [Completion.Reading]
        do throws(JSONReader.Fault) {
            readings = try JSONReader.read(body) { (json) throws(JSONReader.Fault) in
                guard isBatch else { return [Completion.read(try json.completionMembers())] }
                return try json.elements { (json) throws(JSONReader.Fault) in
                    Completion.read(try json.completionMembers())
                } ?? []
            }
        } catch {
            throw .invalidBody("it is no payload of LiteLLM's `generic_api` callback")
        }
        return sorted(readings)
    }

    static func sorted(
        _ readings: [Completion.Reading]
    ) -> (completions: [Completion], delivery: Delivery) {
        var delivery = Delivery()
        var completions: [Completion] = []
        for reading in readings {
            switch reading {
            case .completion(let completion): completions.append(completion)
            case .failure: delivery.failures += 1
            case .unreadable: delivery.unreadable += 1
            }
        }
        return (completions, delivery)
    }
}

/// How many deliveries are read at once: a body of a batch is large. The others wait, unread, up to
/// a number, so that LiteLLM, which sends only 5xx again, is told in time that it has to.
final class Intake: Sendable {
    static let atOnce = 4
    static let longestLine = 2_000

    private struct State {
        var running = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// `false` where the line is too long. Otherwise `leave` must follow.
    func enter() async -> Bool {
        let isFull = state.withLock { $0.waiting.count >= Self.longestLine }
        guard !isFull else { return false }
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.running < Self.atOnce else {
                    state.waiting.append(continuation)
                    return false
                }
                state.running += 1
                return true
            }
            if isFree { continuation.resume() }
        }
        return true
    }

    /// Hands the place to whoever has waited longest.
    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
