internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarManifest

struct RotationGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotation", abstract: "Says when keys are rotated.",
        subcommands: [RotationNext.self])
}

struct RotationNext: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "next",
        abstract: "Prints the next dates on which each key is due. Changes nothing.",
        discussion: """
            Asks LiteLLM when the published keys were minted. With --offline, and for keys that are not \
            minted yet, only what does not go by age has dates. A key that is due already is shown with \
            the present time.

            EXAMPLE: bursar rotation next examples/quickstart -n 3
            """)

    @OptionGroup var source: SourceOptions
    @OptionGroup var connection: ConnectionOptions

    @Option(name: [.customShort("n"), .long], help: "How many dates of each key, 1 to 1000.")
    var count = 1

    @Flag(help: "Ask nobody: from the manifests alone.")
    var offline = false

    @Option(help: "text or json; json stands alone on standard output.")
    var output = PlanCommand.Output.text

    func validate() throws {
        guard (1...1000).contains(count) else { throw ValidationError("-n takes 1 to 1000") }
    }

    func run() async throws {
        let loaded = try source.load()
        let desired = try source.narrow(loaded.desired)
        let now = SystemTimekeeper().now()
        let forecasts = try await forecasts(loaded, desired, now)
        let report = ForecastReport(forecasts, now: now)
        switch output {
        case .text: Terminal.print(report.text(color: Terminal.colorOutput))
        case .json: Terminal.print(report.json())
        }
        if loaded.diagnostics.contains(where: { $0.severity == .error }) { throw Exit.failed }
    }

    private func forecasts(
        _ loaded: Loaded, _ desired: DesiredState, _ now: Instant
    ) async throws -> [RotationForecast] {
        guard !offline else {
            return RotationForecast.offline(desired, now: now, count: count)
        }
        let parts = try Composition(loaded, connection, source.files, for: .reads)
        let reconciler = parts.reconciler()
        return try await reporting { () async throws(IssuerError) in
            try await reconciler.forecast(desired, count: count)
        }
    }
}
