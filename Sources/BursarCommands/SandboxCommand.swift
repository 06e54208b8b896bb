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
        discussion: "EXAMPLE: bursar sandbox --port 4000 --master-key sk-sandbox")

    @Option(help: "The port on 127.0.0.1; 0 takes a free one.")
    var port = 4000

    @Option(help: "The admin key it expects; it guards nothing but this sandbox.")
    var masterKey = "sk-sandbox"

    @Option(help: "Write the URL into this file once requests are taken.")
    var readyFile: String?

    @Flag(help: "Print a line for every request.")
    var log = false

    func run() async throws {
        let prints = log
        let sandbox = Sandbox(
            LiteLLMModel(options: .init(masterKey: SecretValue(masterKey)))
        ) { access in
            guard prints else { return }
            Terminal.note(
                "\(access.method) \(access.path) \(access.status.map(String.init) ?? "-")")
        }
        let file = readyFile
        let port = port
        let signals = await UnixSignalsSequence(trapping: [.sigint, .sigterm])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await SandboxServer.run(sandbox, port: port, timekeeper: SystemTimekeeper()) {
                    Self.announce("http://127.0.0.1:\($0)", file: file)
                }
            }
            group.addTask { for await _ in signals { return } }
            // Whichever ends first: the server because it cannot listen, or a signal.
            defer { group.cancelAll() }
            do { try await group.next() } catch {
                Terminal.error("the sandbox cannot listen on port \(port): \(error)")
                throw Exit.failed
            }
        }
    }

    private static func announce(_ url: String, file: String?) {
        Terminal.note("sandbox at \(url)")
        if let file { ReadyFile.write(url, to: file) }
    }
}
