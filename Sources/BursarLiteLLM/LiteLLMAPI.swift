internal import BursarCore
internal import BursarEngine

/// One request to LiteLLM, as a value. It holds no secret that could be printed.
struct LiteLLMCall: Sendable {
    /// Whose credential goes along.
    enum Caller: Sendable {
        case nobody, admin
        case key(SecretValue)
    }

    var method: HTTPRequest.Method
    var path: String
    var query: [(name: String, value: String)] = []
    var body: [String: JSONValue]?
    /// A member of the body that is a secret, put in when it is sent.
    var secret: (name: String, value: SecretValue)?
    /// The same for members of the body's `litellm_params`.
    var parameters: [String: SecretValue] = [:]
    var caller: Caller = .admin

    /// For messages: `GET /key/list`.
    var name: String { "\(method.rawValue) \(path)" }
}

/// The endpoints bursar uses, and nothing else of LiteLLM.
enum LiteLLMAPI {
    /// LiteLLM's own limit (422 above).
    static let pageSize = 100

    static let modelHub = LiteLLMCall(
        method: .get, path: "/public/model_hub/info", caller: .nobody)
    static let readinessDetails = LiteLLMCall(method: .get, path: "/health/readiness/details")
    static let readiness = LiteLLMCall(method: .get, path: "/health/readiness", caller: .nobody)
    static let licence = LiteLLMCall(method: .get, path: "/health/license")
    static let modelInfo = LiteLLMCall(method: .get, path: "/model/info")

    /// Only what exists, and of that only what the key may call.
    static func modelInfo(as key: SecretValue) -> LiteLLMCall {
        LiteLLMCall(method: .get, path: "/v1/model/info", caller: .key(key))
    }

    static func models(as key: SecretValue) -> LiteLLMCall {
        LiteLLMCall(method: .get, path: "/v1/models", caller: .key(key))
    }

    static func teams(page: Int) -> LiteLLMCall {
        LiteLLMCall(
            method: .get, path: "/v2/team/list",
            query: [
                ("page", "\(page)"), ("page_size", "\(pageSize)"), ("sort_by", "team_id"),
                ("sort_order", "asc"),
            ])
    }

    static func team(_ id: WorkspaceID) -> LiteLLMCall {
        LiteLLMCall(
            method: .get, path: "/team/info", query: [("team_id", id.text), ("key_limit", "1")])
    }

    /// Ordered by the one unique column that never changes, so that pages shift as little as can be.
    static func keys(page: Int, team: WorkspaceID? = nil, hash: KeyHash? = nil) -> LiteLLMCall {
        var query = [
            (name: "page", value: "\(page)"), ("size", "\(pageSize)"), ("sort_by", "token"),
            ("sort_order", "asc"), ("return_full_object", "true"),
        ]
        if let team { query.append(("team_id", team.text)) }
        if let hash { query.append(("key_hash", hash.hex)) }
        return LiteLLMCall(method: .get, path: "/key/list", query: query)
    }

    static func newTeam(_ body: [String: JSONValue]) -> LiteLLMCall {
        LiteLLMCall(method: .post, path: "/team/new", body: body)
    }

    /// PATCH merges metadata; `/team/update` would replace what is foreign in it.
    static func patchTeam(_ id: WorkspaceID, _ body: [String: JSONValue]) -> LiteLLMCall {
        LiteLLMCall(method: .patch, path: "/team/\(id.text)", body: body)
    }

    static func deleteTeam(_ id: WorkspaceID) -> LiteLLMCall {
        LiteLLMCall(
            method: .post, path: "/team/delete", body: ["team_ids": .array([.string(id.text)])])
    }

    /// The dates in the one form that 1.106.2 takes, in UTC; both ends are within.
    static func spendLogs(from: Instant, to: Instant, page: Int) -> LiteLLMCall {
        func text(_ instant: Instant) -> String {
            String(instant.description.prefix(19)).replacing("T", with: " ")
        }
        return LiteLLMCall(
            method: .get, path: "/spend/logs/v2",
            query: [
                ("start_date", text(from)), ("end_date", text(to)), ("page", "\(page)"),
                ("page_size", "\(spendLogPageSize)"), ("sort_by", "startTime"),
                ("sort_order", "asc"),
            ])
    }

    /// LiteLLM's own limit.
    static let spendLogPageSize = 1000

    /// - Parameter value: `nil`: LiteLLM draws it.
    static func generateKey(_ body: [String: JSONValue], value: SecretValue?) -> LiteLLMCall {
        LiteLLMCall(
            method: .post, path: "/key/generate", body: body,
            secret: value.map { (name: "key", value: $0) })
    }

    static func updateKey(_ body: [String: JSONValue]) -> LiteLLMCall {
        LiteLLMCall(method: .post, path: "/key/update", body: body)
    }

    static func newModel(_ row: ModelRow) -> LiteLLMCall {
        LiteLLMCall(
            method: .post, path: "/model/new", body: OperationRequests.model(row),
            parameters: row.values)
    }

    /// Merges parameters; `/model/update` loses those that LiteLLM has no field for.
    static func patchModel(_ row: ModelRow) -> LiteLLMCall {
        LiteLLMCall(
            method: .patch, path: "/model/\(row.model.id)/update",
            body: OperationRequests.model(row), parameters: row.values)
    }

    static func deleteModel(_ id: String) -> LiteLLMCall {
        LiteLLMCall(method: .post, path: "/model/delete", body: ["id": .string(id)])
    }

    static func deleteKey(_ hash: KeyHash) -> LiteLLMCall {
        LiteLLMCall(
            method: .post, path: "/key/delete", body: ["keys": .array([.string(hash.hex)])])
    }
}
