internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarSandbox
internal import BursarSandboxServer
internal import UnixSignals

struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "A LiteLLM stand-in on loopback, to try bursar without a proxy. Keeps nothing.",
        discussion: """
            With --gateway it has a Control Plane, too, with a provider of tokens in Keycloak's \
            place: client `bursar`, secret `sandbox`.

            EXAMPLE: bursar sandbox --port 4000 --gateway 8080
            """)

    @Option(help: "The port on 127.0.0.1; 0 takes a free one.")
    var port = 4000

    @Option(help: "The admin key it expects; it guards nothing but this sandbox.")
    var masterKey = Self.knownKey

    private static let knownKey = "sk-sandbox"

    @Option(help: "Also run the gateway on this port of 127.0.0.1; 0 takes a free one.")
    var gateway: Int?

    @Option(
        help: "Write the URL into this file once requests are taken, and the gateway's under it.")
    var readyFile: String?

    @Flag(help: "Print a line for every request.")
    var log = false

    func run() async throws {
        let (completions, sink) = AsyncStream.makeStream(of: [UInt8].self)
        let sandbox = sandbox { sink.yield($0) }
        let (urls, started) = AsyncStream.makeStream(of: String.self)
        let signals = await UnixSignalsSequence(trapping: [.sigint, .sigterm])
        let (port, provider) = (port, gateway.map { _ in SandboxProvider() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await Self.listening("sandbox", on: port) {
                    try await SandboxServer.run(
                        sandbox, provider: provider, port: port, timekeeper: SystemTimekeeper()
                    ) { started.yield("http://127.0.0.1:\($0)") }
                }
            }
            group.addTask { for await _ in signals { return } }
            group.addTask {
                guard let url = await urls.first(where: { _ in true }) else { return }
                try await serve(beside: url, completions)
            }
            // Whichever ends first: a server because it cannot listen, or a signal.
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func sandbox(onCompletion: @escaping @Sendable ([UInt8]) -> Void) -> Sandbox {
        let prints = log
        return Sandbox(
            LiteLLMModel(
                options: .init(
                    masterKey: SecretValue(masterKey), sendsCallbacks: gateway != nil)),
            onRequest: { access in
                guard prints else { return }
                Terminal.note(
                    "\(access.method) \(access.path) \(access.status.map(String.init) ?? "-")")
            }, onCompletion: onCompletion)
    }

    /// Announces the sandbox, and the gateway where there is to be one, which it then runs. Returns
    /// when the task is cancelled.
    private func serve(
        beside url: String, _ completions: AsyncStream<[UInt8]>
    ) async throws {
        Terminal.note("sandbox at \(url)\n  export \(liteLLM(at: url))")
        guard let port = gateway else {
            if let readyFile { ReadyFile.write(url, to: readyFile) }
            // Nothing comes.
            for await _ in completions {}
            return
        }
        let log = log ? AccessLog(.human) : nil
        let beside = try reporting { () throws(SetupProblem) in
            try SandboxGateway(port: port, sandbox: url, masterKey: SecretValue(masterKey)) {
                log?.write($0)
            }
        }
        defer { beside.remove() }
        try await Self.listening("gateway", on: port) {
            try await beside.run(completions) { port in
                let own = "http://127.0.0.1:\(port)"
                Terminal.note("gateway at \(own)\n  export \(Self.controlPlane(at: own, url))")
                if let readyFile { ReadyFile.write("\(url)\n\(own)", to: readyFile) }
            }
        }
    }

    /// The variables of a bursar that is to talk to it. A key of one's own is not repeated.
    private func liteLLM(at url: String) -> String {
        let key = masterKey == Self.knownKey ? masterKey : "…"
        return "LITELLM_URL=\(url) LITELLM_MASTER_KEY=\(key)"
    }

    private static func controlPlane(at gateway: String, _ sandbox: String) -> String {
        let secret = SandboxProvider.secret.withExposed { $0 }
        return
            "CONTROL_PLANE_URL=\(gateway) KEYCLOAK_TOKEN_URL=\(sandbox)\(SandboxProvider.tokenPath) "
            + "KEYCLOAK_CLIENT_SECRET=\(secret)"
    }

    private static func listening(
        _ name: String, on port: Int, _ run: () async throws -> Void
    ) async throws {
        do { try await run() } catch {
            if Task.isCancelled { return }
            let flag = name == "sandbox" ? "--port" : "--gateway"
            Terminal.error(
                "the \(name) cannot listen on port \(port): \(error)"
                    + "\n  = help: \(flag) 0 takes a free one")
            throw Exit.failed
        }
    }
}
