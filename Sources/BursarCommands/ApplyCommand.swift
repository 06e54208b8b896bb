internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarManifest

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Brings LiteLLM and the secret store to what the manifests say.",
        discussion: "EXAMPLE: bursar apply examples/quickstart --yes --audit audit.jsonl")

    @OptionGroup var source: SourceOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var limits: LimitOptions
    @OptionGroup var pruning: PruneOptions
    @OptionGroup var options: ApplyOptions

    func run() async throws {
        let planned = try await PlannedSource.of(source, connection, prune: pruning.prune)
        let run = ApplyRun(
            parts: planned.parts, reconciler: planned.reconciler,
            settings: try limits.settings(planned.parts.configuration), options: options)
        try await run.run(
            planned.plan, of: planned.desired,
            invalid: planned.loaded.diagnostics.contains { $0.severity == .error })
    }
}
