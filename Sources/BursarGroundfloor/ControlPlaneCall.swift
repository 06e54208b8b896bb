internal import BursarCore
internal import BursarEngine

/// One request to a Control Plane, as a value. It holds no secret that could be printed.
struct ControlPlaneCall: Sendable {
    let method: HTTPRequest.Method
    let path: String
    var body: [String: JSONValue]?
    /// A member of the body that is a secret, put in when it is sent.
    var secret: (name: String, value: SecretValue)?
    /// Whoever knows it gets the answer again, so it is as secret as that.
    var idempotencyKey: SecretValue?
    var headers: [HTTPRequest.Header] = []

    /// For messages: `GET /v1/workspaces/search/secrets`.
    var name: String { "\(method.rawValue) \(path)" }
}

/// The endpoints bursar uses, and nothing else of a Control Plane.
enum ControlPlaneAPI {
    private static func home(_ workspace: WorkspaceID) -> String { "/v1/workspaces/\(workspace)" }

    static func secrets(of workspace: WorkspaceID) -> ControlPlaneCall {
        ControlPlaneCall(method: .get, path: home(workspace) + "/secrets")
    }

    static func secret(_ name: SecretName, of workspace: WorkspaceID) -> ControlPlaneCall {
        ControlPlaneCall(method: .get, path: home(workspace) + "/secrets/\(name)")
    }

    static func put(_ secret: SecretWrite) -> ControlPlaneCall {
        ControlPlaneCall(
            method: .put, path: home(secret.workspace) + "/secrets/\(secret.name)",
            body: ["description": .string(secret.description)],
            secret: (name: "value", value: secret.value))
    }

    static func remove(_ name: SecretName, of workspace: WorkspaceID) -> ControlPlaneCall {
        ControlPlaneCall(method: .delete, path: home(workspace) + "/secrets/\(name)")
    }

    /// - Parameters:
    ///   - request: what the Control Plane may log and keep.
    ///   - idempotencyKey: a repeated call with it gets the same key.
    static func mint(
        in workspace: WorkspaceID, request: String?, idempotencyKey: SecretValue
    ) -> ControlPlaneCall {
        ControlPlaneCall(
            method: .post, path: home(workspace) + "/llm/virtual-key", body: [:],
            idempotencyKey: idempotencyKey,
            headers: request.map { [HTTPRequest.Header("X-Request-Id", $0)] } ?? [])
    }

    static func models(of workspace: WorkspaceID) -> ControlPlaneCall {
        ControlPlaneCall(method: .get, path: home(workspace) + "/llm/models")
    }

    static func usage(of workspace: WorkspaceID, last span: Span) -> ControlPlaneCall {
        ControlPlaneCall(
            method: .get,
            path: home(workspace) + "/llm/usage?since_seconds=\(span.seconds)&limit=1")
    }
}
