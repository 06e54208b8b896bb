import BursarCore
import BursarEngine
import BursarLiteLLM
import BursarSandbox
import Synchronization
import TestSupport
import Testing

@testable import BursarGateway

/// A gateway in process with a database and a provider of its own.
struct GatewaySite: Sendable {
    let directory: TemporaryDirectory
    let gateway: Gateway
    let forge: TokenForge
    let time: SetTime
    /// The LiteLLM behind it.
    let sandbox: Sandbox
    let masterKey: SecretValue

    /// - Parameter database: in the directory.
    init(
        in directory: TemporaryDirectory? = nil, database path: String = "./gateway.sqlite",
        options: LiteLLMModel.Options = .init(), webhook: Bool = true,
        onRequest: @escaping @Sendable (Gateway.Access) -> Void = { _ in }
    ) throws {
        let directory = try directory ?? TemporaryDirectory()
        self.directory = directory
        forge = TokenForge()
        time = SetTime()
        let settings = GatewaySettings(
            name: "test", file: "\(directory.path)/gateway.yaml",
            listen: try #require(ListenAddress("127.0.0.1:0")), database: path,
            liteLLMURL: "http://127.0.0.1:4000",
            tokens: .init(
                issuer: TokenForge.issuer, audience: TokenForge.audience,
                jwksURL: TokenForge.jwksURL),
            accounts: [
                "acme": [try Self.id("ads"), try Self.id("search")], "else": [try Self.id("docs")],
            ],
            rates: RateCard(
                unitsPerUSD: RateCard.standard.unitsPerUSD,
                models: [
                    "by-token": .init(
                        input: ComputeUnits(picos: 1_000_000_000),
                        output: ComputeUnits(picos: 3))
                ]))
        let database = try GatewayDatabase(
            path: settings.path(settings.database), of: settings.name)
        sandbox = Sandbox(LiteLLMModel(options: options))
        masterKey = options.masterKey
        let liteLLM = LiteLLMIssuer(
            transport: ModelTransport(sandbox, timekeeper: time), url: "http://proxy",
            masterKey: masterKey, time: time)
        gateway = Gateway(
            settings: settings, database: database, sealing: try Self.sealingKey(1),
            webhookToken: webhook ? SecretValue(Self.webhookToken) : nil, liteLLM: liteLLM,
            transport: forge, time: time, onRequest: onRequest)
    }

    static let webhookToken = "webhook-token-0123456789"

    static func id(_ text: String) throws -> WorkspaceID { try #require(WorkspaceID(text)) }

    static func sealingKey(_ number: UInt8) throws -> SealingKey {
        let text = TokenForge.text([UInt8](repeating: number, count: 32))
        return try #require(SealingKey(base64: SecretValue("\(text)=\n")))
    }

    /// Of a token that permits this.
    func bearer(_ permissions: String) throws -> SecretValue {
        SecretValue(
            "Bearer "
                + (try forge.token(TokenForge.claims(at: time.now(), permissions: permissions))))
    }

    /// Asks LiteLLM itself, past all faults.
    @discardableResult
    func liteLLM(
        _ method: String, _ target: String, _ body: String = "", bearer: SecretValue? = nil
    ) -> (status: Int, json: JSONValue) {
        let answer = sandbox.ask(
            SandboxRequest(
                method: method, target: target, bearer: bearer ?? masterKey,
                body: Array(body.utf8)), now: time.now())
        return (answer.status, JSONValue(parsing: answer.body) ?? .null)
    }

    /// All keys of a team, by hash.
    func keys(of team: String) -> [String: JSONValue] {
        let rows = liteLLM(
            "GET", "/key/list?return_full_object=true&size=100&team_id=\(team)"
        ).json["keys"]?.array
        let pairs = (rows ?? []).map { ($0["token"]?.string ?? "", $0) }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    func call(
        _ method: String, _ target: String, permissions: String? = nil, body: String = "",
        headers: [String: String] = [:]
    ) async throws -> (status: Int, json: JSONValue?, headers: [String: String]) {
        var all = headers.mapValues(SecretValue.init)
        if let permissions { all["authorization"] = try bearer(permissions) }
        let answer = await gateway.respond(
            to: GatewayRequest(method: method, target: target, headers: all) { limit in
                body.utf8.count > limit ? .failure(.tooLarge) : .success(Array(body.utf8))
            })
        return (answer.status, JSONValue(parsing: answer.body), answer.headers)
    }
}

/// Moves only when it is told to; whoever waits for a moment waits no time, and who waits for the end of
/// something waits for that.
final class SetTime: Timekeeper {
    private let state = Mutex(Instant(milliseconds: 1_795_514_400_000))

    func now() -> Instant { state.withLock { $0 } }
    func advance(_ span: Span) { state.withLock { $0 = $0 + span } }
    func sleep(milliseconds: Int64) async throws(CancellationError) {
        if milliseconds >= Gateway.bodyMilliseconds {
            // Ends when the task is cancelled.
            let (never, source) = AsyncStream.makeStream(of: Void.self)
            for await _ in never {}
            source.finish()
        }
        if Task.isCancelled { throw CancellationError() }
    }
    func random() -> UInt64 { 4711 }
}
