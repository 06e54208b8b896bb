internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarManifest

struct DriftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift",
        abstract: "Shows what was changed outside git, and nothing else. Changes nothing.",
        discussion: """
            Exits 2 where something was, 0 where nothing was, and 1 where that could not be told for \
            all workspaces. An edit of a manifest that is not applied yet is no drift.

            EXAMPLE: bursar drift examples/quickstart --output json
            """)

    @OptionGroup var source: SourceOptions
    @OptionGroup var connection: ConnectionOptions

    @Option(help: "text or json; json stands alone on standard output.")
    var output = PlanCommand.Output.text

    func run() async throws {
        let planned = try await PlannedSource.of(source, connection, for: .reads, prune: false)
        let report = DriftReport(
            planned.plan, history: await source.origin.history(of: planned.plan))
        switch output {
        case .text:
            Terminal.print(
                report.text(color: Terminal.colorOutput, width: Terminal.outputColumns))
        case .json: Terminal.print(report.json)
        }
        if planned.plan.hasErrors { throw Exit.failed }
        if !report.isEmpty { throw Exit.changes }
    }
}
