internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarLiteLLM
internal import BursarManifest
internal import BursarStores

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks the configuration, LiteLLM and the secret store, each with a mend.",
        discussion: "EXAMPLE: bursar doctor examples/quickstart")

    @OptionGroup var source: SourceOptions
    @OptionGroup var connection: ConnectionOptions

    @Flag(
        help:
            "Write, list and remove secrets of two made-up workspaces in the store, as bursar will."
    )
    var store = false

    /// Says all it can: what cannot be asked keeps nothing else from being looked at.
    func run() async throws {
        let loaded = try source.load()
        var findings = [loaded.diagnostics.allSatisfy { $0.severity != .error }]
        guard let configuration = loaded.configuration else {
            Self.fail(
                "no valid \(source.files.configurationPath): it names the owner and the secret store; "
                    + "`bursar init` writes one")
            throw Exit.failed
        }
        examine(configuration)
        findings.append(examineKeyring())
        if configuration.usesControlPlane {
            let first = loaded.desired.workspaces.first
            findings.append(await examineControlPlane(configuration, first?.id))
        }
        findings.append(await examineStore(configuration, loaded.desired))
        findings.append(await examineLiteLLM(configuration))
        guard findings.allSatisfy(\.self) else { throw Exit.failed }
    }

    static func ok(_ text: String) { Terminal.print("ok    \(text)\n") }
    static func warn(_ text: String) { Terminal.print("warn  \(text)\n") }
    static func fail(_ text: String) { Terminal.print("fail  \(text)\n") }

    private func examine(_ configuration: Configuration) {
        Self.ok("configuration: owner \(configuration.owner.name)")
        Self.ok("time zones: the IANA database \(IANAZone.databaseVersion)")
        if configuration.owner.source == nil {
            Self.warn(
                "no spec.source.id: a second repository with the same owner goes unnoticed; add a UUID"
            )
        }
        for allowance in configuration.apply.allow
        where allowance.isOver(SystemTimekeeper().now()) {
            Self.warn(allowance.isOverText(in: configuration.file))
        }
    }

    /// - Returns: whether nothing is wrong, like the others.
    private func examineKeyring() -> Bool {
        do throws(SetupProblem) {
            if let keyring = try KeyringFile.fromEnvironment() {
                Self.ok("keyring: \(keyring.current.name) is in use")
            } else {
                Self.warn(
                    "no keyring: a secret that the store loses cannot be published again; make one with "
                        + "`bursar keyring new keyring.txt`, and name it by BURSAR_KEYRING_FILE")
            }
            return true
        } catch {
            Self.fail("\(error)")
            return false
        }
    }

    private func examineStore(
        _ configuration: Configuration, _ desired: DesiredState
    ) async -> Bool {
        do {
            let liteLLM = try? Composition.liteLLM(configuration, connection, for: .reads)
            let (store, _) = try Composition.store(
                configuration, desired, connection, liteLLM?.issuer)
            try Composition.checkRecipients(of: configuration)
            try Composition.checkDirectory(store)
            if let workspace = desired.workspaces.first {
                _ = try await store.secrets(of: workspace.id)
                Self.ok("the secret store answers")
            }
            warnOfRights((store as? DirectorySecretStore)?.differing() ?? [])
            return self.store ? await examine(store) : true
        } catch {
            Self.fail("secret store: \(error)")
            return false
        }
    }

    private func warnOfRights(_ paths: [String]) {
        guard let first = paths.first else { return }
        let more = paths.count > 1 ? " and \(paths.count - 1) more" : ""
        Self.warn(
            "secret store: \(first)\(more) \(paths.count > 1 ? "have" : "has") another group or mode than "
                + "spec.secrets.directory says, until the next write there; chgrp and chmod mend it now"
        )
    }

    /// What bursar needs of a store, law by law.
    private func examine(_ store: any SecretStore) async -> Bool {
        let number = String(SystemTimekeeper().random(), radix: 36)
        guard let first = WorkspaceID("bursar-doctor-\(number)-a"),
            let second = WorkspaceID("bursar-doctor-\(number)-b")
        else { preconditionFailure("letters, digits and single dashes are an id") }
        let conformance = StoreConformance(store, first: first, second: second)
        var holds = true
        for law in StoreConformance.laws {
            if let problem = await conformance.check(law) {
                Self.fail("secret store: \(law.name): \(problem)")
                holds = false
            } else {
                Self.ok("secret store: \(law.name)")
            }
        }
        if let directory = store as? DirectorySecretStore {
            for workspace in [first, second] { directory.removeEmpty(workspace) }
        }
        return holds
    }

    private func examineLiteLLM(_ configuration: Configuration) async -> Bool {
        do {
            let liteLLM = try Composition.liteLLM(configuration, connection, for: .reads)
            report(try await liteLLM.issuer.observe(.everything), keyName: liteLLM.keyName)
            return true
        } catch {
            Self.fail("\(error)")
            return false
        }
    }

    private func report(_ observed: ObservedIssuer, keyName: String) {
        Self.ok(
            "LiteLLM \(observed.version ?? "of unknown version") shows everything to \(keyName)")
        let licence =
            switch observed.licensed {
            case true?: "enterprise licence"
            case false?: "no enterprise licence; bursar needs none"
            case nil: "licence unknown"
            }
        Self.ok(licence)
        Self.ok(
            "\(counted(observed.teams.count, "team")), \(counted(observed.keys.count, "key")), "
                + "\(counted(observed.models.count, "model"))")
        if observed.models.isEmpty {
            Self.warn("the proxy offers no model: `models: all` would mean none")
        }
    }
}
