internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarGateway

struct GatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "The Control Plane beside LiteLLM: keys, models, secrets, usage, billing.",
        discussion: """
            Serves until SIGTERM or SIGINT; what is under way is finished. The key to LiteLLM \
            comes from LITELLM_MASTER_KEY.

            EXAMPLE: bursar gateway -f gateway.yaml
            """,
        subcommands: [ReconcileUsageCommand.self])

    @Option(name: .shortAndLong, help: "The gateway's own file.")
    var file = "./gateway.yaml"

    @Option(help: "human or json; a line a request on standard error.")
    var logFormat = RunLog.Format.human

    @Option(help: "Write the URL into this file once requests are taken.")
    var readyFile: String?

    func run() async throws {
        let log = AccessLog(logFormat)
        let gateway = try GatewayComposition(file: file).gateway { log.write($0) }
        let (listen, ready) = (gateway.listen, readyFile)
        do {
            try await GatewayServer.run(gateway, trapsSignals: true) { port in
                let url = "http://\(listen.with(port: port))"
                Terminal.note("gateway at \(url)")
                if let ready { ReadyFile.write(url, to: ready) }
            }
        } catch {
            Terminal.error("the gateway cannot listen on \(listen): \(error)")
            throw Exit.failed
        }
    }
}
