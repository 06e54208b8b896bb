package import BursarCore
package import BursarEngine

/// The model in process, so that tests and the simulation run the real adapters without a socket.
package struct ModelTransport: Transport {
    private let sandbox: Sandbox
    private let timekeeper: any Timekeeper

    /// What a request may last that names no timeout.
    private static let timeoutMilliseconds = 30_000

    package init(_ sandbox: Sandbox, timekeeper: any Timekeeper) {
        self.sandbox = sandbox
        self.timekeeper = timekeeper
    }

    package func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        if Task.isCancelled { throw .cancelled }
        guard let target = Self.target(request.url) else {
            throw .invalidRequest("not an absolute http URL")
        }
        let asked = SandboxRequest(
            method: request.method.rawValue, target: target, bearer: Self.bearer(request),
            body: request.body ?? [])
        switch sandbox.exchange(asked, now: timekeeper.now()) {
        case .answered(let response, let delay):
            try await wait(delay, at: request.timeoutMilliseconds ?? Self.timeoutMilliseconds)
            return HTTPResponse(
                status: response.status, headers: response.headers, body: response.body)
        case .broken: throw .interrupted("connection reset by the sandbox")
        case .cut: throw .interrupted("body cut short by the sandbox")
        }
    }

    private func wait(_ delay: Int, at timeout: Int) async throws(TransportError) {
        guard delay > 0 else { return }
        do {
            try await timekeeper.sleep(milliseconds: Int64(min(delay, timeout)))
        } catch {
            throw .cancelled
        }
        if delay > timeout { throw .timedOut(milliseconds: timeout) }
    }

    /// Path and query.
    private static func target(_ url: String) -> String? {
        guard let scheme = ["http://", "https://"].first(where: url.hasPrefix) else { return nil }
        let rest = url.dropFirst(scheme.count)
        guard let slash = rest.firstIndex(of: "/") else { return "/" }
        return String(rest[slash...])
    }

    private static func bearer(_ request: HTTPRequest) -> SecretValue? {
        let header = request.headers.last { $0.name.lowercased() == "authorization" }
        return header.flatMap { $0.value.withExposed(BearerText.token) }
    }
}

package enum BearerText {
    package static func token(_ header: String) -> SecretValue? {
        guard header.lowercased().hasPrefix("bearer ") else { return nil }
        return SecretValue(String(header.dropFirst("bearer ".count)))
    }
}
