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

    /// - Parameter onRequest: called once a request, after the model has answered.
    package init(
        _ model: LiteLLMModel = LiteLLMModel(), faults: FaultPlan = .none,
        onRequest: @escaping @Sendable (Access) -> Void = { _ in }
    ) {
        state = Mutex(State(model: model, faults: faults))
        self.onRequest = onRequest
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
        let (outcome, fault) = state.withLock { state in
            let fault = state.faults.fault(for: request)
            guard let fault else {
                let response = state.model.respond(to: request, now: now)
                return (SandboxOutcome.answered(response, delayMilliseconds: 0), fault)
            }
            return (fault.outcome { state.model.respond(to: request, now: now) }, fault)
        }
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
