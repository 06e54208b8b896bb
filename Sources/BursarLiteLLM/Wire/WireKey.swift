internal import BursarCore

/// A key in `/key/list?return_full_object=true`, as far as bursar reads it.
struct WireKey: Decodable {
    let token: String
    let key_alias: String?
    let team_id: String?
    let metadata: JSONValue?
    let models: [String]?
    let max_budget: WireMoney?
    let rpm_limit: Int?
    let tpm_limit: Int?
    let max_parallel_requests: Int?
    let expires: WireInstant?
    let blocked: Bool?
    let allowed_routes: [String]?
    let created_at: WireInstant?
    let settings_updated_at: WireInstant?
    let last_active: WireInstant?

    /// `nil` for a row that is not named by a hash.
    var observed: ObservedKey? {
        guard let hash = KeyHash(hex: token) else { return nil }
        let metadata = metadata?.object ?? [:]
        return ObservedKey(
            hash: hash, alias: key_alias, team: team_id, mark: KeyMark(json: metadata["bursar"]),
            metadata: metadata, models: KeyModels(wire: models ?? []), cap: max_budget?.money,
            requestsPerMinute: rpm_limit, tokensPerMinute: tpm_limit,
            parallelRequests: max_parallel_requests, expires: expires?.instant,
            // A key that was never blocked has null.
            blocked: blocked ?? false, routes: allowed_routes ?? [],
            createdAt: created_at?.instant, settingsUpdatedAt: settings_updated_at?.instant,
            lastActive: last_active?.instant,
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

struct WireKeyPage: Decodable {
    let keys: [WireKey]
    let total_count: Int
}

/// `/model/info` and `/v1/model/info`.
struct WireModelInfo: Decodable {
    struct Row: Decodable { let model_name: String }
    let data: [Row]
}

/// `/v1/models`.
struct WireModels: Decodable {
    struct Row: Decodable { let id: String }
    let data: [Row]
}

struct WireVersion: Decodable {
    let litellm_version: String?
}

struct WireLicence: Decodable {
    let has_license: Bool?
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
