/// Everything that is served, as data.
enum Endpoint: CaseIterable, Sendable {
    case health, ready, openAPI
    case models, usage, mint
    case secrets, secret, putSecret, deleteSecret
    case billing, webhook

    /// Whom an endpoint answers.
    enum Access: Hashable, Sendable {
        case anybody
        case workspace(Permission)
        /// Who may do this in each of its workspaces.
        case account(Permission)
        /// Whoever knows the token at the end of the path.
        case webhook
    }

    struct Shape: Sendable {
        let method: String
        /// `{name}` is any one segment.
        let path: String
        let access: Access
        /// In bytes; 0 where no body is read.
        var bodyLimit = 0
    }

    var shape: Shape {
        switch self {
        case .health: Shape(method: "GET", path: "/healthz", access: .anybody)
        case .ready: Shape(method: "GET", path: "/readyz", access: .anybody)
        case .openAPI: Shape(method: "GET", path: "/openapi.json", access: .anybody)
        case .models: .workspace("GET", "/llm/models", .read)
        case .usage: .workspace("GET", "/llm/usage", .read)
        // A client may send `{}`.
        case .mint: .workspace("POST", "/llm/virtual-key", .administer, bodyLimit: 1024)
        case .secrets: .workspace("GET", "/secrets", .read)
        case .secret: .workspace("GET", "/secrets/{name}", .read)
        // Six bytes for one, where JSON escapes them all.
        case .putSecret:
            .workspace(
                "PUT", "/secrets/{name}", .administer,
                bodyLimit: 6 * (SecretLimits.value + SecretLimits.description) + 1024)
        case .deleteSecret: .workspace("DELETE", "/secrets/{name}", .administer)
        case .billing:
            Shape(
                method: "GET", path: "/v1/accounts/{account}/billing/summary",
                access: .account(.read))
        // LiteLLM sends up to 512 completions at once, and their messages unless it is told not to.
        case .webhook:
            Shape(
                method: "POST", path: "/webhooks/litellm/{token}", access: .webhook,
                bodyLimit: 64 << 20)
        }
    }

    var method: String { shape.method }
    var path: String { shape.path }
}

extension Endpoint.Shape {
    fileprivate static func workspace(
        _ method: String, _ path: String, _ permission: Permission, bodyLimit: Int = 0
    ) -> Self {
        Self(
            method: method, path: "/v1/workspaces/{workspace}" + path,
            access: .workspace(permission), bodyLimit: bodyLimit)
    }
}

/// A request's endpoint, and what stands in its path and query.
struct Route: Sendable {
    let endpoint: Endpoint
    private let values: [String: String]
    private let query: [(name: String, value: String)]

    init(method: String, target: String) throws(Problem) {
        let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let raw = halves[0].split(separator: "/", omittingEmptySubsequences: false)
        let segments = raw.compactMap { PercentText.decoded($0) }
        guard segments.count == raw.count else { throw Problem.notFound("no such path") }
        var allowed: [String] = []
        for endpoint in Endpoint.allCases {
            guard let values = Self.values(of: segments, in: endpoint.path) else { continue }
            guard endpoint.method == method else {
                allowed.append(endpoint.method)
                continue
            }
            self.endpoint = endpoint
            self.values = values
            query = try Self.query(halves.count == 2 ? halves[1] : "")
            return
        }
        throw allowed.isEmpty ? .notFound("no such path") : .methodNotAllowed(allowed)
    }

    /// What stands in the path in the place of `{name}`; empty where there is no such place.
    subscript(name: String) -> String { values[name] ?? "" }

    /// Of a name that comes twice, the last.
    func parameter(_ name: String) -> String? { query.last { $0.name == name }?.value }

    private static func values(of segments: [String], in path: String) -> [String: String]? {
        let shape = path.split(separator: "/", omittingEmptySubsequences: false)
        guard shape.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (part, segment) in zip(shape, segments) {
            if part.hasPrefix("{") {
                guard !segment.isEmpty else { return nil }
                values[String(part.dropFirst().dropLast())] = segment
            } else if part != segment {
                return nil
            }
        }
        return values
    }

    private static func query(
        _ text: Substring
    ) throws(Problem) -> [(name: String, value: String)] {
        try text.split(separator: "&").map { (pair) throws(Problem) in
            let halves = pair.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentText.decoded(halves[0]),
                let value = PercentText.decoded(halves.count == 2 ? halves[1] : "")
            else { throw .invalidQuery("it is no percent-encoded text") }
            return (name, value)
        }
    }
}
