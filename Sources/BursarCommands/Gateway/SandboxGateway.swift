internal import BursarCore
internal import BursarEngine
internal import BursarGateway
internal import BursarHTTP
internal import BursarLiteLLM
internal import BursarSandbox
internal import FoundationEssentials

/// The gateway beside the stand-in, with a database that goes with it: to try the Control Plane
/// without a proxy, a provider or a file.
struct SandboxGateway: Sendable {
    let gateway: Gateway
    /// Of the database.
    private let directory: String
    private let webhookToken: SecretValue

    /// Who pays for the workspaces of `examples/quickstart`.
    private static let accounts = [
        "acme": ["assistant", "code-review", "search"].compactMap { WorkspaceID($0) }
    ]

    /// - Parameters:
    ///   - port: on 127.0.0.1; 0 takes a free one.
    ///   - sandbox: the stand-in's URL, where its provider is, too.
    init(
        port: Int, sandbox: String, masterKey: SecretValue,
        onRequest: @escaping @Sendable (Gateway.Access) -> Void
    ) throws(SetupProblem) {
        guard let listen = ListenAddress("127.0.0.1:\(port)") else {
            throw SetupProblem("\(port) is no port")
        }
        let directory = try Self.directory()
        self.directory = directory
        let settings = GatewaySettings(
            name: "sandbox", file: "\(directory)/gateway.yaml", listen: listen,
            liteLLMURL: sandbox,
            tokens: .init(
                issuer: SandboxProvider.issuer, audience: SandboxProvider.audience,
                jwksURL: sandbox + SandboxProvider.keysPath),
            accounts: Self.accounts)
        let database: GatewayDatabase
        do throws(StoreFault) {
            database = try GatewayDatabase(
                path: settings.path(settings.database), of: settings.name)
        } catch {
            try? FileManager.default.removeItem(atPath: directory)
            throw SetupProblem(error.description)
        }
        webhookToken = SecretValue(Hex.string(Self.random()))
        let (transport, time) = (CurlTransport(), SystemTimekeeper())
        gateway = Gateway(
            settings: settings, database: database, sealing: Self.sealingKey(),
            webhookToken: webhookToken,
            liteLLM: LiteLLMIssuer(
                transport: transport, url: sandbox, masterKey: masterKey, time: time),
            transport: transport, time: time, onRequest: onRequest)
    }

    private static func directory() throws(SetupProblem) -> String {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "bursar-sandbox-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(
                at: directory, withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700])
        } catch { throw SetupProblem("\(directory.path) cannot be made") }
        return directory.path
    }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }

    /// Serves until the task is cancelled. LiteLLM's callbacks come by themselves.
    ///
    /// - Parameter completions: their payloads.
    func run(
        _ completions: AsyncStream<[UInt8]>, ready: @escaping @Sendable (Int) -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await GatewayServer.run(gateway, trapsSignals: false) { ready($0) }
            }
            group.addTask { for await payload in completions { await deliver(payload) } }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// As LiteLLM does, once more where it may help.
    private func deliver(_ payload: [UInt8]) async {
        let target = webhookToken.withExposed { "/webhooks/litellm/\($0)" }
        for _ in 0..<Self.attempts {
            let answer = await gateway.respond(
                to: GatewayRequest(method: "POST", target: target, headers: [:]) { _ in
                    .success(payload)
                })
            guard answer.status >= 500, !Task.isCancelled else { return }
            try? await SystemTimekeeper().sleep(milliseconds: 1000)
        }
    }

    private static let attempts = 5

    private static func sealingKey() -> SealingKey {
        guard let key = SealingKey(base64: SecretValue(Data(random()).base64EncodedString()))
        else {
            preconditionFailure("32 bytes in base64 are a sealing key")
        }
        return key
    }

    private static func random() -> [UInt8] {
        (0..<SealingKey.byteCount).map { _ in UInt8.random(in: 0...255) }
    }
}
