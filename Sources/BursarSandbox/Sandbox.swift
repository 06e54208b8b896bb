package import BursarCore
internal import Synchronization

/// A model with its fault plan, shared by whatever transports and servers drive it.
package final class Sandbox: Sendable {
    /// One line of the access log.
    package struct Access: Hashable, Sendable {
        package let method: String
        package let path: String
        /// `nil` where the answer was withheld.
        package let status: Int?
        package let fault: FaultPlan.Fault?
    }

    private struct State {
        var model: LiteLLMModel
        var faults: FaultPlan
    }

    private let state: Mutex<State>
    private let onRequest: @Sendable (Access) -> Void
    private let onCompletion: @Sendable ([UInt8]) -> Void

    /// - Parameters:
    ///   - onRequest: called once a request, after the model has answered.
    ///   - onCompletion: given the payload of every callback as JSON, where the model sends them.
    package init(
        _ model: LiteLLMModel = LiteLLMModel(), faults: FaultPlan = .none,
        onRequest: @escaping @Sendable (Access) -> Void = { _ in },
        onCompletion: @escaping @Sendable ([UInt8]) -> Void = { _ in }
    ) {
        state = Mutex(State(model: model, faults: faults))
        self.onRequest = onRequest
        self.onCompletion = onCompletion
    }

    /// Replaces the plan; its count begins anew.
    package func inject(_ faults: FaultPlan) {
        state.withLock { $0.faults = faults }
    }

    /// Asks the model past the fault plan and the log: for what a test wants to know or arrange.
    package func ask(_ request: SandboxRequest, now: Instant) -> SandboxResponse {
        state.withLock { $0.model.respond(to: request, now: now) }
    }

    func inspect<Result>(_ look: (LiteLLMModel) -> Result) -> Result {
        state.withLock { look($0.model) }
    }

    /// What comes of a request over a wire, with the faults that only a wire can show.
    package func exchange(_ request: SandboxRequest, now: Instant) -> SandboxOutcome {
        let (outcome, fault, callbacks) = state.withLock { state in
            let fault = state.faults.fault(for: request)
            let outcome: SandboxOutcome =
                if let fault {
                    fault.outcome { state.model.respond(to: request, now: now) }
                } else {
                    .answered(state.model.respond(to: request, now: now), delayMilliseconds: 0)
                }
            return (outcome, fault, state.model.takeCallbacks())
        }
        for payload in callbacks { onCompletion(payload.bytes) }
        let status: Int? =
            switch outcome {
            case .answered(let response, _): response.status
            case .broken, .cut: nil
            }
        onRequest(
            Access(method: request.method, path: request.path, status: status, fault: fault))
        return outcome
    }
}
