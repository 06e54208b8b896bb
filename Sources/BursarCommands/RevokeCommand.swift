internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarManifest

struct RevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "The kill switch: blocks one generation of a key at once.",
        discussion: """
            Needs no manifest of the workspace. Where the generation is the published one, apps have \
            no key until the next apply mints the one after it. LiteLLM serves a blocked key from its \
            caches for at most spec.litellm.keyCacheTTL.

            EXAMPLE: bursar revoke search --generation 4 --yes
            """)

    @Argument(help: "The workspace's name, or its id where no manifest has it.")
    var name: String

    @OptionGroup var place: DirectoryOptions

    @Option(help: "The generation, as plan and the key's alias name it.")
    var generation: Int

    @Option(help: "The key's secret, where several have that generation.")
    var secret: String?

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var options: ApplyOptions

    private func secretName() throws -> SecretName? {
        try secret.map { text in
            guard let name = SecretName(text) else {
                throw ValidationError("--secret \(text): not the name of a secret")
            }
            return name
        }
    }

    func run() async throws {
        guard let number = Generation(generation) else {
            throw ValidationError("--generation takes a number from 1")
        }
        let secretName = try secretName()
        let loaded = loadSource(place.source)
        let parts = try Composition(loaded, connection, place.source, for: .writes, mints: false)
        let known = loaded.desired.workspaces.first { $0.name == name || $0.id.text == name }
        guard let id = known?.id ?? WorkspaceID(name) else {
            throw ValidationError("\(name): neither a workspace's name nor an id")
        }
        let reconciler = parts.reconciler()
        let planned = try await reporting { () async throws(IssuerError) in
            try await reconciler.planRevocation(of: id, secret: secretName, number)
        }
        switch planned {
        case .failure(let refusal):
            Terminal.error("\(refusal)")
            throw Exit.failed
        case .success(let plan) where plan.isEmpty:
            Terminal.print("generation \(number) is blocked already: nothing to do\n")
        case .success(let plan):
            let run = ApplyRun(
                parts: parts, reconciler: reconciler, settings: LimitSettings(), options: options)
            try await run.run(
                plan, of: DesiredState(workspaces: [], isWhole: false), invalid: false)
            let again = try await reporting { () async throws(IssuerError) in
                try await reconciler.planRevocation(of: id, secret: secretName, number)
            }
            try conclude(plan, again, parts.configuration.liteLLM.keyCacheTTL)
        }
    }

    /// - Parameter again: as it was read back.
    private func conclude(
        _ plan: Plan, _ again: Result<Plan, Revocation.Refusal>, _ keyCacheTTL: Span
    ) throws {
        if case .success(let rest) = again, !rest.isEmpty {
            Terminal.error("read back, it is not blocked: revoke it again")
            throw Exit.failed
        }
        Terminal.note("blocked; LiteLLM may serve it from its caches for \(keyCacheTTL) more")
        if plan.workspaces.contains(where: { !$0.warnings.isEmpty }) {
            Terminal.note("it was the published key: `bursar apply` publishes the next one")
        }
    }
}
