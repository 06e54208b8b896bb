import Foundation
import TestSupport
import Testing

/// Which LiteLLM a gateway stands beside.
struct LiteLLMPlace: Sendable {
    let url: String
    let masterKey: String
}

/// The built gateway with a file and a port of its own.
struct GatewayBinarySite: Sendable {
    static let webhookToken = "walk-0123456789-abcdef"

    let directory: TemporaryDirectory
    let url: String
    private let port: Int
    private let provider: OpenIDProvider

    init(_ provider: OpenIDProvider) throws {
        directory = try TemporaryDirectory()
        port = try FreePort.any()
        url = "http://127.0.0.1:\(port)"
        self.provider = provider
        try directory.write(Self.webhookToken + "\n", to: "webhook.token")
        let key = Data((0..<32).map { _ in UInt8.random(in: .min ... .max) })
        try directory.write(key.base64EncodedString(), to: "gateway.key")
    }

    /// Runs it while `body` does, and ends it then.
    func serve(
        _ proxy: LiteLLMPlace, _ body: () async throws -> Void
    ) async throws -> BuiltBinary.Result {
        try write(proxy, database: "gateway.sqlite")
        let directory = directory
        let (started, seen) = AsyncStream.makeStream(of: Int32.self)
        async let ended = BuiltBinary.run(
            ["gateway", "--ready-file", "ready"], environment: Self.environment(proxy),
            in: directory.url
        ) { process in
            while directory.text("ready") == nil, process.isRunning {}
            seen.yield(process.processIdentifier)
            seen.finish()
        }
        let pid = try #require(await started.first { _ in true })
        do { try await body() } catch {
            kill(pid, SIGTERM)
            Issue.record("\(try await ended.all)")
            throw error
        }
        kill(pid, SIGTERM)
        return try await ended
    }

    func run(
        _ arguments: String..., before proxy: LiteLLMPlace, database: String
    ) async throws -> BuiltBinary.Result {
        try write(proxy, database: database)
        return try await BuiltBinary.run(
            arguments, environment: Self.environment(proxy), in: directory.url)
    }

    private static func environment(_ proxy: LiteLLMPlace) -> [String: String] {
        ["LITELLM_MASTER_KEY": proxy.masterKey]
    }

    private func write(_ proxy: LiteLLMPlace, database: String) throws {
        try directory.write(
            """
            apiVersion: bursar/v1
            kind: Gateway
            metadata: {name: walk}
            spec:
              listen: 127.0.0.1:\(port)
              database: ./\(database)
              litellm: {url: "\(proxy.url)"}
              sealing: {keyFile: ./gateway.key}
              tokens:
                issuer: \(provider.issuer(.es256))
                audience: \(OpenIDProvider.audience)
                jwksURL: \(provider.jwksURL(.es256))
              webhook: {tokenFile: ./webhook.token}
              accounts: {acme: [search]}

            """, to: "gateway.yaml")
    }
}
