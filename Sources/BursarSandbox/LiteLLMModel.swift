package import BursarCore

/// LiteLLM as far as bursar speaks to it: a pure state machine, (state, request, now) to
/// (state, response). Written from what LiteLLM 1.106.2 was seen to answer; the contract suite
/// holds it against the real one.
///
/// Simplified: spend is booked at once (LiteLLM writes it 2 to 15 s later), nothing is reserved
/// before a call, and `max_parallel_requests` is stored but not enforced.
package struct LiteLLMModel: Sendable {
    package let options: Options
    var generator: SeededGenerator
    /// By hash.
    var keys: [String: KeyRow] = [:]
    /// Hashes by team.
    var teamKeys: [String: Set<String>] = [:]
    var deletedKeys: [String: DeletedKey] = [:]
    /// Hashes by alias, the oldest first. LiteLLM looks an alias up before it inserts, so two mints
    /// at one instant may share one.
    var aliases: [String: [String]] = [:]
    var teams: [String: TeamRow] = [:]
    /// What calls are held against. It outlives a team: one made again under the same id is
    /// refused by what the former one spent.
    var teamSpend: [String: Money] = [:]
    /// Role by user id.
    var users: [String: String] = [:]
    var models: [ServedModel]
    /// To rows of the table, the oldest first.
    var upstream: [UpstreamCall] = []
    var rates: [String: RateWindow] = [:]
    /// The earliest budget reset among all rows; nothing is due before it.
    var nextReset: Instant?
    var sequence = 0
    /// The callbacks' payloads that nobody has taken yet.
    private var callbacks: [JSONValue] = []

    package init(options: Options = Options(), seed: UInt64 = 1) {
        self.options = options
        generator = SeededGenerator(seed: seed)
        models = options.models
    }

    package mutating func respond(to request: SandboxRequest, now: Instant) -> SandboxResponse {
        startBudgetsAnew(now: now)
        do throws(Refusal) {
            return try answer(request, now: now)
        } catch {
            return error.response
        }
    }

    mutating func callBack(_ payload: JSONValue) { callbacks.append(payload) }

    mutating func takeCallbacks() -> [JSONValue] {
        defer { callbacks = [] }
        return callbacks
    }

    private mutating func answer(
        _ request: SandboxRequest, now: Instant
    ) throws(Refusal) -> SandboxResponse {
        if let open = publicAnswer(request) { return open }
        let route = try Route(request)
        let caller = try admit(request, route: route, now: now)
        if options.noDatabase, let refused = refusalWithoutDatabase(route) { throw refused }
        switch route {
        case .generateKey: return try generateKey(request, by: caller, now: now)
        case .updateKey: return try updateKey(request, now: now)
        case .blockKey(let blocked):
            return try blockKey(request, blocked: blocked, now: now)
        case .deleteKeys: return try deleteKeys(request, by: caller, now: now)
        case .listKeys: return try listKeys(request, by: caller, now: now)
        case .keyInfo: return try keyInfo(request, by: caller, now: now)
        case .newTeam: return try newTeam(request, by: caller, now: now)
        case .patchTeam(let id): return try patchTeam(id, request, now: now)
        case .updateTeam: return try updateTeam(request, now: now)
        case .blockTeam(let blocked): return try blockTeam(request, blocked: blocked, now: now)
        case .deleteTeams: return try deleteTeams(request, by: caller, now: now)
        case .teamInfo: return try teamInfo(request, by: caller)
        case .listTeams: return try listTeams(request, by: caller)
        case .newUser: return try newUser(request, by: caller, now: now)
        case .modelInfo: return try modelInfo(request, by: caller, now: now)
        case .newModel: return try newModel(request)
        case .patchModel(let id): return try patchModel(id, request)
        case .deleteModel: return try deleteModel(request)
        case .models: return try listModels(by: caller, now: now)
        case .chat: return try complete(request, by: caller, now: now)
        case .embed: return try embed(request, by: caller, now: now)
        }
    }

    /// The background job that LiteLLM runs every ten minutes or so, here without delay.
    private mutating func startBudgetsAnew(now: Instant) {
        guard let due = nextReset, due <= now else { return }
        for (token, row) in keys {
            guard let at = row.budgetResetAt, at <= now, let period = row.budgetDuration else {
                continue
            }
            keys[token]?.spend = .zero
            keys[token]?.budgetResetAt = BudgetCalendar.reset(period, from: now)
        }
        for (id, row) in teams {
            guard let at = row.budgetResetAt, at <= now, let period = row.budgetDuration else {
                continue
            }
            teams[id]?.spend = .zero
            teams[id]?.updatedAt = now
            teams[id]?.budgetResetAt = BudgetCalendar.reset(period, from: now)
            teamSpend[id] = .zero
        }
        nextReset =
            (keys.values.compactMap(\.budgetResetAt) + teams.values.compactMap(\.budgetResetAt))
            .min()
    }

    mutating func expectReset(_ at: Instant?) {
        guard let at else { return }
        nextReset = nextReset.map { min($0, at) } ?? at
    }

    mutating func nextSequence() -> Int {
        sequence += 1
        return sequence
    }
}

/// The endpoints that are there.
enum Route {
    case generateKey, updateKey, blockKey(Bool), deleteKeys, listKeys, keyInfo
    case newTeam, patchTeam(String), updateTeam, blockTeam(Bool), deleteTeams, teamInfo, listTeams
    case newUser, newModel, patchModel(String), deleteModel, modelInfo, models, chat, embed

    init(_ request: SandboxRequest) throws(Refusal) {
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: false)
        if request.method == "PATCH", parts.count == 3, parts[1] == "team", !parts[2].isEmpty {
            self = .patchTeam(String(parts[2]))
            return
        }
        if request.method == "PATCH", parts.count == 4, parts[1] == "model",
            parts[3] == "update"
        {
            self = .patchModel(String(parts[2]))
            return
        }
        if let found = Self.table["\(request.method) \(request.path)"] {
            self = found
        } else if ["GET", "POST"].contains(where: { Self.table["\($0) \(request.path)"] != nil }) {
            throw .methodNotAllowed
        } else {
            throw .notFound
        }
    }

    private static let table: [String: Route] = [
        "POST /key/generate": .generateKey, "POST /key/update": .updateKey,
        "POST /key/block": .blockKey(true), "POST /key/unblock": .blockKey(false),
        "POST /key/delete": .deleteKeys, "GET /key/list": .listKeys, "GET /key/info": .keyInfo,
        "POST /team/new": .newTeam, "POST /team/update": .updateTeam,
        "POST /team/block": .blockTeam(true), "POST /team/unblock": .blockTeam(false),
        "POST /team/delete": .deleteTeams, "GET /team/info": .teamInfo,
        "GET /v2/team/list": .listTeams, "POST /user/new": .newUser,
        "POST /model/new": .newModel, "POST /model/delete": .deleteModel,
        "GET /model/info": .modelInfo, "GET /v1/model/info": .modelInfo,
        "GET /v1/models": .models, "GET /models": .models,
        "POST /v1/chat/completions": .chat, "POST /chat/completions": .chat,
        "POST /v1/embeddings": .embed, "POST /embeddings": .embed,
    ]

    /// What a key of `key_type: llm_api` may still do.
    var isForCallers: Bool {
        switch self {
        case .modelInfo, .models, .chat, .embed: true
        default: false
        }
    }

    var isWrite: Bool {
        switch self {
        case .listKeys, .keyInfo, .teamInfo, .listTeams, .modelInfo, .models, .chat, .embed: false
        default: true
        }
    }
}
