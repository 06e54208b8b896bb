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
    @OptionGroup var options: ApplyOptions

    func run() async throws {
        let loaded = try source.load()
        let parts = try Composition(loaded, connection, directory: source.directory)
        let desired = try source.narrow(loaded.desired)
        let reconciler = parts.reconciler()
        let plan = try await reporting { () async throws(IssuerError) in
            try await reconciler.plan(desired)
        }
        let run = ApplyRun(
            parts: parts, reconciler: reconciler,
            settings: try limits.settings(parts.configuration), options: options)
        try await run.run(
            plan, of: desired, invalid: loaded.diagnostics.contains { $0.severity == .error })
    }
}
