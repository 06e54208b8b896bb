package import BursarCore
package import BursarEngine

extension ControlPlane {
    /// What a workspace used in a time.
    package struct Usage: Hashable, Sendable {
        package let completions: Int
        package let tokens: Int
    }

    /// Asks for a token, and for nothing else.
    package func authenticate() async throws(ControlPlaneError) {
        _ = try await tokens.current()
    }

    /// The status with which a question without a token is answered, where no Control Plane answers so:
    /// each asks who wants to know.
    /// - Returns: `nil`: it may be one.
    package func strangeStatus(asking workspace: WorkspaceID) async throws(ControlPlaneError)
        -> Int?
    {
        let call = ControlPlaneAPI.models(of: workspace)
        let response: HTTPResponse
        do throws(TransportError) {
            response = try await transport.send(
                HTTPRequest(
                    call.method, url + call.path,
                    headers: [.init("Accept", "application/json")],
                    timeoutMilliseconds: Self.timeoutMilliseconds))
        } catch {
            throw error == .cancelled ? .cancelled : .unreachable(error, .controlPlane)
        }
        // A busy one says nothing of what it is.
        return [401, 403, 429].contains(response.status) || response.status >= 500
            ? nil : response.status
    }

    /// The ids of the models that the workspace may call, in the Control Plane's order.
    package func models(of workspace: WorkspaceID) async throws(ControlPlaneError) -> [String] {
        let call = ControlPlaneAPI.models(of: workspace)
        guard let rows = try await send(call)["models"]?.array else {
            throw .malformed("\(call.name) has no list `models`")
        }
        return rows.compactMap { $0["id"]?.string }
    }

    package func usage(
        of workspace: WorkspaceID, last span: Span
    ) async throws(ControlPlaneError) -> Usage {
        let call = ControlPlaneAPI.usage(of: workspace, last: span)
        let totals = try await send(call)["totals"]
        guard let completions = totals?["completions"]?.int,
            let tokens = totals?["total_tokens"]?.int
        else { throw .malformed("\(call.name) has no `totals`") }
        return Usage(completions: completions, tokens: tokens)
    }

    /// Whether the token may write there: removes a secret that nobody has.
    /// - Throws: `.forbidden` where it may not.
    package func checkWriting(
        in workspace: WorkspaceID, removing name: SecretName
    ) async throws(ControlPlaneError) {
        do throws(ControlPlaneError) {
            _ = try await send(ControlPlaneAPI.remove(name, of: workspace))
        } catch {
            if case .missing = error { return }
            throw error
        }
    }
}
