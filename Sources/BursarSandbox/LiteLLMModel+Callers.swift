internal import BursarCore

/// Who asks.
enum Caller {
    case master
    /// - Parameter role: `nil` for a key without user.
    case key(KeyRow, role: String?)

    /// What is written into `created_by` and into a new team's members.
    var userID: String {
        switch self {
        case .master: "default_user_id"
        case .key(let row, _): row.userID ?? "default_user_id"
        }
    }

    var readsAll: Bool {
        switch self {
        case .master: true
        case .key(_, let role): role == "proxy_admin" || role == "proxy_admin_viewer"
        }
    }

    var writes: Bool {
        switch self {
        case .master: true
        case .key(_, let role): role == "proxy_admin"
        }
    }
}

extension LiteLLMModel {
    /// Answers that need no key.
    func publicAnswer(_ request: SandboxRequest) -> SandboxResponse? {
        switch "\(request.method) \(request.path)" {
        case "GET /health/liveliness", "GET /health/liveness":
            return .json(.string("I'm alive!"))
        case "GET /health/readiness":
            return .json(
                .object([
                    "status": .string("healthy"),
                    "db": .string(options.noDatabase ? "Not connected" : "connected"),
                ]))
        case "GET /health/license":
            return .json(
                .object([
                    "has_license": .bool(false), "license_type": .string("community"),
                    "expiration_date": .null, "allowed_features": .array([]),
                    "limits": .object(JSONValue.nulls("max_users max_teams")),
                ]))
        case "GET /public/model_hub/info":
            return .json(
                .object([
                    "docs_title": .string("LiteLLM API"), "custom_docs_description": .null,
                    "litellm_version": .string(options.version), "useful_links": .object([:]),
                ]))
        default: return nil
        }
    }

    /// Everything LiteLLM checks before a handler runs. Of the reasons against a key: blocked before
    /// expired before its team.
    mutating func admit(
        _ request: SandboxRequest, route: Route, now: Instant
    ) throws(Refusal) -> Caller {
        guard let bearer = request.bearer, !bearer.isEmpty else {
            throw .authentication("No api key passed in.")
        }
        let hash = KeyHash(of: bearer).hex
        if hash == KeyHash(of: options.masterKey).hex { return .master }
        if options.noDatabase {
            throw .proxy(400, "No connected db.", type: "no_db_connection", param: .null)
        }
        guard bearer.withExposed({ $0.hasPrefix("sk-") }) else {
            throw .proxy(
                401,
                "LiteLLM Virtual Key expected. Received=****, expected to start with 'sk-'.",
                type: "auth_error")
        }
        guard let row = keys[hash] else { throw unknown(bearer, hash: hash) }
        if row.blocked == true {
            throw .authentication("Key is blocked. Update via `/key/unblock` if you're an admin.")
        }
        if let expires = row.expires, expires < now {
            throw .proxy(
                401,
                "Authentication Error - Expired Key. Key Expiry time \(Self.spaced(expires)) and "
                    + "current time \(Self.spaced(now))",
                type: "expired_key", param: .string("sk-...\(hash.suffix(4))"))
        }
        try admitTeam(of: row, now: now)
        try allow(row, route: route, path: request.path)
        return try authorize(row, route: route, path: request.path)
    }

    private func unknown(_ bearer: SecretValue, hash: String) -> Refusal {
        let shown = bearer.withExposed { $0.utf8.count > 20 ? String($0.suffix(4)) : "" }
        return .proxy(
            401,
            "Authentication Error, Invalid proxy server token passed. Received API Key = "
                + "sk-...\(shown), Key Hash (Token) =\(hash). Unable to find token in cache or "
                + "`LiteLLM_VerificationTokenTable`",
            type: "token_not_found_in_db", param: .string("key"))
    }

    /// `/team/block` is seen up to 60 s late, an update of `blocked` at once.
    private mutating func admitTeam(of row: KeyRow, now: Instant) throws(Refusal) {
        guard let id = row.teamID else { return }
        guard var team = teams[id] else {
            throw .proxy(
                404,
                PythonText.error(
                    "Team doesn't exist in db. Team=\(id). Create team via `/team/new` call."),
                type: "auth_error")
        }
        let blocked = Remembered.look(&team.seenBlocked, current: team.blocked, now: now)
        teams[id] = team
        if blocked {
            throw .authentication(
                "Team=\(id) is blocked. Update via `/team/unblock` if you're an admin.")
        }
    }

    /// A key's `allowed_routes`.
    private func allow(_ row: KeyRow, route: Route, path: String) throws(Refusal) {
        guard !row.allowedRoutes.isEmpty else { return }
        let allowed = row.allowedRoutes.contains { pattern in
            switch pattern {
            case "llm_api_routes": route.isForCallers
            case "management_routes": !route.isForCallers
            case _ where pattern.hasSuffix("*"): path.hasPrefix(pattern.dropLast())
            default: path == pattern
            }
        }
        guard allowed else {
            throw .detail(
                403,
                "Virtual key is not allowed to call this route. Only allowed to call routes: "
                    + "\(PythonText.list(row.allowedRoutes)). Tried to call route: \(path)")
        }
    }

    private func authorize(_ row: KeyRow, route: Route, path: String) throws(Refusal) -> Caller {
        let role = row.userID.flatMap { users[$0] }
        if route.isWrite, role == "proxy_admin_viewer" {
            throw .proxy(
                403,
                "user not allowed to access this route, role= proxy_admin_viewer. "
                    + "Trying to access: \(path)",
                type: "auth_error")
        }
        if route.isWrite, role != "proxy_admin" {
            throw .authentication(
                "Only proxy admin can be used to generate, delete, update info for new "
                    + "keys/users/teams. Route=\(path). Your role=unknown. Your user_id=*******")
        }
        return .key(row, role: role)
    }

    private static func spaced(_ instant: Instant) -> String {
        TimeSpelling.offset.text(instant).replacing("T", with: " ")
    }

    /// What admin endpoints answer on a proxy without `DATABASE_URL` (seen on 1.106.2); `nil` for
    /// those that need none.
    func refusalWithoutDatabase(_ route: Route) -> Refusal? {
        let long =
            "Database not connected. Connect a database to your proxy - "
            + "https://docs.litellm.ai/docs/simple_proxy#managing-auth---virtual-keys"
        let need =
            "DB not connected. This endpoint needs a database; set DATABASE_URL to a PostgreSQL "
            + "connection string (postgresql://...) to enable it. See "
            + "https://docs.litellm.ai/docs/proxy/virtual_keys"
        switch route {
        case .modelInfo, .models, .chat, .embed: return nil
        case .newTeam: return .raised(500, "No db connected", in: .team)
        case .patchTeam, .updateTeam:
            return .authentication(
                "No DB Connected. See - https://docs.litellm.ai/docs/proxy/virtual_keys")
        case .teamInfo:
            return .proxy(500, PythonText.error(long), type: "auth_error")
        case .listTeams: return .detailError(500, "No db connected. prisma client=None")
        case .deleteTeams: return .detailError(500, "No db connected")
        case .generateKey: return .raised(500, need, in: .generate)
        case .updateKey: return .raised(500, "Database not connected", in: .update)
        case .deleteKeys: return .exception("Not connected to DB!", in: .generate)
        case .listKeys: return .exception("Database not connected", in: .list)
        case .keyInfo: return .exception(long, in: .generate)
        case .newModel, .patchModel, .deleteModel: return .raised(500, long, in: .models)
        case .newUser:
            return .proxy(400, need, type: "internal_server_error", param: .null)
        case .blockKey, .blockTeam:
            return Refusal(
                status: 500,
                body: .object([
                    "error": .object([
                        "message": .string("Internal server error"),
                        "type": .string("internal_server_error"),
                    ])
                ]))
        }
    }
}
