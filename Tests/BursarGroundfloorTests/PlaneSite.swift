import BursarCore
import BursarEngine
import BursarGroundfloor
import BursarLiteLLM
import BursarSandbox
import BursarStores
import Foundation
import Synchronization
import TestSupport
import Testing

/// A workspace under an issuer of a Control Plane, beside the stand-in in process.
struct PlaneSite: Sendable {
    static let owner = Owner(name: "prod", source: "5f0e")

    let time = TickTime()
    let sandbox: Sandbox
    let minter: Minter
    let plane: FakePlane
    let directory: TemporaryDirectory
    var desired: DesiredState

    init(_ kind: Minter.Kind = .keeps, secrets: [String] = ["LITELLM_API_KEY"]) throws {
        let sandbox = Sandbox(LiteLLMModel(options: .init()))
        let minter = Minter(kind, sandbox, time)
        self.sandbox = sandbox
        self.minter = minter
        directory = try TemporaryDirectory()
        plane = FakePlane { minter.mint($0, $1) }
        desired = DesiredState(
            workspaces: [
                DesiredWorkspace(
                    id: try #require(WorkspaceID("search")), name: "search",
                    budget: .capped(
                        limit: try #require(MicroUSD(micros: 250_000_000)), period: .days(30)),
                    models: .only(["gf-chat-default"]),
                    limits: Limits(requestsPerMinute: .value(60)),
                    keys: try secrets.map { DesiredKey(secret: try #require(SecretName($0))) })
            ], isWhole: true)
    }

    /// Every key by a rule, whatever its age.
    mutating func rotate(overlap: Span = .hours(24)) {
        desired = DesiredState(
            workspaces: desired.workspaces.map { workspace in
                var workspace = workspace
                for index in workspace.keys.indices {
                    workspace.keys[index].rotation = RotationSpec(
                        trigger: .every(.days(30)), overlap: overlap)
                }
                return workspace
            }, isWhole: true)
        time.advance(.days(40))
    }

    /// What stands between bursar and all that it asks.
    typealias Wrap = @Sendable (any Transport) -> any Transport

    static func cut(_ point: CutPoint) -> Wrap { { CutTransport(inner: $0, cut: point) } }

    func liteLLM(_ wrap: Wrap = { $0 }) -> LiteLLMIssuer {
        LiteLLMIssuer(
            transport: wrap(ModelTransport(sandbox, timekeeper: time)),
            url: "http://proxy", masterKey: LiteLLMModel.Options().masterKey, time: time)
    }

    func issuer(_ wrap: Wrap = { $0 }) -> GroundfloorIssuer {
        let controlPlane = ControlPlane(
            transport: wrap(plane), url: FakePlane.url,
            credentials: ClientCredentials(
                tokenURL: FakePlane.tokenURL, clientID: "bursar",
                secret: SecretValue("of-a-client")), time: time)
        return GroundfloorIssuer(liteLLM(wrap), controlPlane)
    }

    /// On the disk, so that its values can be read.
    var store: DirectorySecretStore { DirectorySecretStore(path: directory.path + "/secrets") }

    func reconciler(
        _ wrap: Wrap = { $0 }, command: RotationCommand? = nil
    ) -> Reconciler {
        Reconciler(
            issuer: issuer(wrap), store: store, time: time,
            policy: PlanPolicy(
                owner: Self.owner, keyCacheTTL: Span(seconds: 60), issuer: .groundfloor,
                command: command))
    }

    func plan(command: RotationCommand? = nil) async throws(IssuerError) -> Plan {
        try await reconciler(command: command).plan(desired)
    }

    @discardableResult
    func apply(
        _ plan: Plan, command: RotationCommand? = nil, _ wrap: Wrap = { $0 }
    ) async -> RunReport {
        let executor = Executor(
            issuer: issuer(wrap), store: store, time: time, owner: Self.owner.name, concurrency: 1)
        return await reconciler(wrap, command: command).apply(
            plan, of: desired, limits: LimitSettings(removals: 9, lostSecrets: 9), with: executor)
    }

    /// Plan and apply.
    @discardableResult
    func run(
        _ cut: CutPoint = CutPoint(), command: RotationCommand? = nil
    ) async throws(IssuerError) -> RunReport {
        await apply(try await plan(command: command), command: command, Self.cut(cut))
    }

    func published(_ secret: String = "LITELLM_API_KEY") -> SecretValue? {
        directory.text("secrets/search/\(secret)").map(SecretValue.init)
    }

    func keys() async throws -> [ObservedKey] {
        try await liteLLM().observe(.everything).keys
    }

    func works(_ value: SecretValue) -> Bool {
        sandbox.ask(
            SandboxRequest(
                method: "GET", target: "/v1/models", bearer: value, body: []), now: time.now()
        ).status == 200
    }

    /// What is wrong with a workspace that should have converged.
    func faults() async throws -> [String] {
        let plan = try await plan()
        var faults = plan.changes.map { "planned: \($0.action) \($0.reason)" }
        if plan.hasErrors { faults.append("the plan has errors") }
        let keys = try await keys()
        var current: Set<KeyHash> = []
        for key in desired.workspaces.flatMap(\.keys) {
            guard let value = published(key.secret.text) else {
                faults.append("\(key.secret) is not published")
                continue
            }
            current.insert(KeyHash(of: value))
            if !works(value) { faults.append("\(key.secret) does not work") }
        }
        for key in keys {
            if current.contains(key.hash) {
                if key.expires != nil { faults.append("\(key.alias ?? "") will end") }
                if key.mark?.controlPlane == nil {
                    faults.append("\(key.alias ?? "") is unstamped")
                }
            } else if key.expires == nil, !key.blocked {
                faults.append("\(key.alias ?? "a key without alias") has no end")
            }
        }
        return faults
    }
}

/// What a Control Plane does at LiteLLM to mint a key.
final class Minter: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        /// In the team, nothing else.
        case keeps
        /// Outside any team, with a user and a cap of its own.
        case outside
        /// The one before is deleted, blocked, or ends within a minute.
        case deletes, blocks, shortens
        /// It gives the one before a day.
        case lengthens
        /// It always gives the same.
        case repeats
        /// A repeated Idempotency-Key gets the same key.
        case remembers
        /// It mints nothing, and says what it was asked with.
        case quotes
    }

    private let kind: Kind
    private let sandbox: Sandbox
    private let time: any Timekeeper
    private let made = Mutex<[(workspace: String, value: String, asked: String)]>([])

    init(_ kind: Kind, _ sandbox: Sandbox, _ time: any Timekeeper) {
        self.kind = kind
        self.sandbox = sandbox
        self.time = time
    }

    var count: Int { made.withLock { $0.count } }

    func mint(_ workspace: String, _ request: HTTPRequest) -> HTTPResponse {
        let asked =
            request.headers.last { $0.name == "Idempotency-Key" }?.value
            .withExposed { $0 } ?? ""
        if kind == .quotes { return answer(422, #"{"detail": "the key \#(asked) is odd"}"#) }
        let before = made.withLock { $0.filter { $0.workspace == workspace } }
        if kind == .remembers, let same = before.first(where: { $0.asked == asked }) {
            return answered(same.value)
        }
        if kind == .repeats, let last = before.last { return answered(last.value) }
        if let last = before.last { end(KeyHash(of: SecretValue(last.value)).hex) }
        let body =
            kind == .outside
            ? #"{"user_id": "somebody", "max_budget": 3, "models": []}"#
            : #"{"team_id": "\#(workspace)"}"#
        guard let value = ask("/key/generate", body)["key"]?.string else { return answer(502) }
        made.withLock { $0.append((workspace, value, asked)) }
        return answered(value)
    }

    private func answered(_ value: String) -> HTTPResponse {
        answer(.object(["virtual_key": .string(value)]))
    }

    private func end(_ hash: String) {
        switch kind {
        case .keeps, .outside, .repeats, .remembers, .quotes: return
        case .deletes: _ = ask("/key/delete", #"{"keys": ["\#(hash)"]}"#)
        case .blocks: _ = ask("/key/update", #"{"key": "\#(hash)", "blocked": true}"#)
        case .shortens: _ = ask("/key/update", #"{"key": "\#(hash)", "duration": "60s"}"#)
        case .lengthens: _ = ask("/key/update", #"{"key": "\#(hash)", "duration": "24h"}"#)
        }
    }

    private func ask(_ path: String, _ body: String) -> JSONValue {
        let response = sandbox.ask(
            SandboxRequest(
                method: "POST", target: path, bearer: LiteLLMModel.Options().masterKey,
                body: Array(body.utf8)), now: time.now())
        return JSONValue(parsing: response.body) ?? .null
    }
}

/// Every look at it is a millisecond later, so that what is made later is younger.
final class TickTime: Timekeeper {
    private let state = Mutex(Instant(milliseconds: 1_795_514_400_000))

    func now() -> Instant {
        state.withLock { now in
            now = Instant(milliseconds: now.milliseconds + 1)
            return now
        }
    }
    func advance(_ span: Span) { state.withLock { $0 = $0 + span } }
    func sleep(milliseconds: Int64) async throws(CancellationError) {
        state.withLock { $0 = Instant(milliseconds: $0.milliseconds + max(0, milliseconds)) }
        if Task.isCancelled { throw CancellationError() }
    }
    func random() -> UInt64 { 4711 }
}

/// Counts the moments before and after each request, and ends the process at one of them.
final class CutPoint: Sendable {
    private let reached = Mutex(0)
    private let last: Int

    init(after last: Int = .max) { self.last = last }

    var count: Int { reached.withLock { $0 } }

    func isPast() -> Bool {
        reached.withLock { reached in
            if reached >= last { return true }
            reached += 1
            return false
        }
    }
}

struct CutTransport: Transport {
    let inner: any Transport
    let cut: CutPoint

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        if cut.isPast() { throw .cancelled }
        let response = try await inner.send(request)
        if cut.isPast() { throw .cancelled }
        return response
    }
}

/// Does something else at one of the moments before each request.
final class Interruption: Sendable {
    private let reached = Mutex(0)
    private let moment: Int
    private let body: @Sendable () async -> Void

    init(at moment: Int = -1, _ body: @escaping @Sendable () async -> Void = {}) {
        self.moment = moment
        self.body = body
    }

    var count: Int { reached.withLock { $0 } }

    func pass() async {
        let isNow = reached.withLock { reached in
            reached += 1
            return reached - 1 == moment
        }
        if isNow { await body() }
    }
}

struct InterruptedTransport: Transport {
    let inner: any Transport
    let interruption: Interruption

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        await interruption.pass()
        return try await inner.send(request)
    }
}
