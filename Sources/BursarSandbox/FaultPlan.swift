internal import BursarCore

/// Which requests go wrong, and how. The first rule that applies to a request is the one.
package struct FaultPlan: Sendable {
    package enum Fault: Hashable, Sendable {
        /// Answers, but late.
        case latency(milliseconds: Int)
        /// Refuses with a status of a proxy in front; nothing is done.
        case status(Int, retryAfter: Int?)
        /// Breaks the connection; nothing is done.
        case reset
        /// Does what was asked and breaks off within the answer.
        case truncated
        /// Does what was asked and breaks the connection before the answer.
        case lostAnswer
        /// A proxy's page with status 200 in place of the answer; nothing is done.
        case html
        /// Does what was asked and answers JSON of another shape.
        case wrongJSON
    }

    package enum Scope: Hashable, Sendable {
        case every
        /// The request of that number, counted from 0 over all.
        case index(Int)
        /// Every request whose number, counted from 1, is a multiple.
        case everyNth(Int)
        /// - Parameter method: `nil` for any.
        case matching(method: String?, pathPrefix: String)
    }

    package struct Rule: Hashable, Sendable {
        package var scope: Scope
        package var fault: Fault
        /// How often it still applies; `nil` for always.
        package var times: Int?

        package init(_ scope: Scope, _ fault: Fault, times: Int? = nil) {
            self.scope = scope
            self.fault = fault
            self.times = times
        }

        fileprivate func applies(to request: SandboxRequest, number: Int) -> Bool {
            guard times != 0 else { return false }
            switch scope {
            case .every: return true
            case .index(let index): return index == number
            case .everyNth(let step): return step > 0 && (number + 1) % step == 0
            case .matching(let method, let prefix):
                return (method == nil || method == request.method)
                    && request.path.hasPrefix(prefix)
            }
        }
    }

    package private(set) var rules: [Rule]
    private var seen = 0

    package init(_ rules: [Rule] = []) { self.rules = rules }

    package static let none = FaultPlan()

    /// Counts the request.
    mutating func fault(for request: SandboxRequest) -> Fault? {
        let number = seen
        seen += 1
        guard let index = rules.firstIndex(where: { $0.applies(to: request, number: number) })
        else { return nil }
        if let left = rules[index].times { rules[index].times = left - 1 }
        return rules[index].fault
    }
}

/// How an exchange ends, faults included.
package enum SandboxOutcome: Sendable {
    case answered(SandboxResponse, delayMilliseconds: Int)
    /// Broken off before the answer.
    case broken
    /// Broken off within it.
    case cut(SandboxResponse)
}

extension FaultPlan.Fault {
    private static let page = SandboxResponse(
        status: 200, headers: ["content-type": "text/html"],
        body: Array("<!doctype html><html><body>Sign in</body></html>".utf8))

    /// - Parameter respond: does what the request asks.
    func outcome(_ respond: () -> SandboxResponse) -> SandboxOutcome {
        switch self {
        case .latency(let milliseconds):
            return .answered(respond(), delayMilliseconds: milliseconds)
        case .status(let status, let retryAfter):
            var response = SandboxResponse(
                status: status, headers: ["content-type": "text/plain"],
                body: Array("upstream \(status)".utf8))
            if let retryAfter { response.headers["retry-after"] = String(retryAfter) }
            return .answered(response, delayMilliseconds: 0)
        case .reset: return .broken
        case .truncated: return .cut(respond())
        case .lostAnswer:
            _ = respond()
            return .broken
        case .html: return .answered(Self.page, delayMilliseconds: 0)
        case .wrongJSON:
            let real = respond()
            let other: JSONValue = .object(["unexpected": .array([.number(1)])])
            return .answered(.json(other, status: real.status), delayMilliseconds: 0)
        }
    }
}
