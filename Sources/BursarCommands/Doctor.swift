internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarManifest

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks the configuration, LiteLLM and the secret store, each with a mend.",
        discussion: "EXAMPLE: bursar doctor examples/quickstart")

    @OptionGroup var source: SourceOptions
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let loaded = try source.load()
        let parts = try Composition(loaded, connection, directory: source.directory)
        Terminal.print("ok    configuration: owner \(parts.configuration.owner.name)\n")
        Terminal.print("ok    time zones: the IANA database \(IANAZone.databaseVersion)\n")
        if parts.configuration.owner.source == nil {
            Terminal.print(
                "warn  no spec.source.id: a second repository with the same owner goes unnoticed; "
                    + "add a UUID\n")
        }
        let observed = try await reporting { () async throws(IssuerError) in
            try await parts.issuer.observe(.everything)
        }
        Terminal.print(
            "ok    LiteLLM \(observed.version ?? "of unknown version") answers as admin\n")
        let licence =
            switch observed.licensed {
            case true?: "enterprise licence"
            case false?: "no enterprise licence; bursar needs none"
            case nil: "licence unknown"
            }
        Terminal.print("ok    \(licence)\n")
        Terminal.print(
            "ok    \(observed.teams.count) teams, \(observed.keys.count) keys, "
                + "\(observed.models.count) models\n")
        if observed.models.isEmpty {
            Terminal.print("warn  the proxy offers no model: `models: all` would mean none\n")
        }
        if let keyring = parts.keyring {
            Terminal.print("ok    keyring: \(keyring.current.name) is in use\n")
        } else {
            Terminal.print(
                "warn  no keyring: a secret that the store loses cannot be published again; "
                    + "make one with `bursar keyring new`\n")
        }
        for workspace in loaded.desired.workspaces.prefix(1) {
            do throws(SecretStoreError) {
                _ = try await parts.store.secrets(of: workspace.id)
                Terminal.print("ok    the secret store answers\n")
            } catch {
                Terminal.print("fail  secret store: \(error)\n")
                throw Exit.failed
            }
        }
        if loaded.diagnostics.contains(where: { $0.severity == .error }) { throw Exit.failed }
    }
}
