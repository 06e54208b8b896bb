internal import BursarCore

/// A key in `/key/list?return_full_object=true`, as far as bursar reads it.
struct WireKey: WireDecodable {
    private(set) var token = ""
    private(set) var key_alias: String?
    private(set) var team_id: String?
    private(set) var user_id: String?
    private(set) var metadata: JSONValue?
    private(set) var models: [String]?
    private(set) var max_budget: Money?
    private(set) var rpm_limit: Int?
    private(set) var tpm_limit: Int?
    private(set) var max_parallel_requests: Int?
    private(set) var expires: Instant?
    private(set) var blocked: Bool?
    private(set) var allowed_routes: [String]?
    private(set) var created_at: Instant?
    private(set) var settings_updated_at: Instant?
    private(set) var last_active: Instant?

    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        var token: String?
        try json.members { (name, json) throws(JSONReader.Fault) in
            switch name {
            case "token": token = try json.string()
            case "key_alias": key_alias = try json.string()
            case "team_id": team_id = try json.string()
            case "user_id": user_id = try json.string()
            case "metadata": metadata = try json.value()
            case "models": models = try json.strings()
            case "max_budget": max_budget = try json.money()
            case "rpm_limit": rpm_limit = try json.int()
            case "tpm_limit": tpm_limit = try json.int()
            case "max_parallel_requests": max_parallel_requests = try json.int()
            case "expires": expires = try json.instant()
            case "blocked": blocked = try json.bool()
            case "allowed_routes": allowed_routes = try json.strings()
            case "created_at": created_at = try json.instant()
            case "settings_updated_at": settings_updated_at = try json.instant()
            case "last_active": last_active = try json.instant()
            default: break
            }
        }
        self.token = try JSONReader.required(token, "token")
    }

    /// `nil` for a row that is not named by a hash.
    var observed: ObservedKey? {
        guard let hash = KeyHash(hex: token) else { return nil }
        let metadata = metadata?.object ?? [:]
        return ObservedKey(
            hash: hash, alias: key_alias, team: team_id, mark: KeyMark(json: metadata["bursar"]),
            user: user_id, metadata: metadata, models: KeyModels(wire: models ?? []),
            cap: max_budget,
            requestsPerMinute: rpm_limit, tokensPerMinute: tpm_limit,
            parallelRequests: max_parallel_requests, expires: expires,
            // A key that was never blocked has null.
            blocked: blocked ?? false, routes: allowed_routes ?? [],
            createdAt: created_at, settingsUpdatedAt: settings_updated_at,
            lastActive: last_active,
            spendLogs: Self.texts(metadata["spend_logs_metadata"]))
    }

    private static func texts(_ json: JSONValue?) -> [String: String] {
        (json?.object ?? [:]).compactMapValues { value in
            switch value {
            case .string(let text), .number(let text): text
            case .bool(let flag): String(flag)
            case .null, .array, .object: nil
            }
        }
    }
}

struct WireKeyPage: WireDecodable {
    let keys: [WireKey]
    let total_count: Int

    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        var keys: [WireKey]?
        var total: Int?
        try json.members { (name, json) throws(JSONReader.Fault) in
            switch name {
            case "keys": keys = try json.list(of: WireKey.self)
            case "total_count": total = try json.int()
            default: break
            }
        }
        self.keys = try JSONReader.required(keys, "keys")
        total_count = try JSONReader.required(total, "total_count")
    }
}

extension KeyModels {
    /// A word that opens everything beats the others.
    init(wire names: [String]) {
        let names = Set(names)
        if names.isEmpty || !names.isDisjoint(with: ModelWord.everything) {
            self = .unrestricted
        } else if names.contains(ModelWord.team) {
            self = .team
        } else {
            self = .only(names.subtracting([ModelWord.nothing]))
        }
    }
}
