internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarManifest

struct RotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Rotates the keys of one workspace now, whatever their rule says.",
        discussion: """
            Mints, verifies and publishes the next generation, then gives the old key its end. Applies \
            nothing else of the manifest.

            EXAMPLE: bursar rotate search --overlap 1h --yes
            """)

    @Argument(help: "The workspace's name or id.")
    var name: String

    @OptionGroup var place: DirectoryOptions

    @Option(help: "Only the key of this secret; may be repeated.")
    var secret: [String] = []

    @Option(help: "How long the old key works on; the rule's where it is left out. 0s: not at all.")
    var overlap: String?

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var options: ApplyOptions

    func run() async throws {
        let span = try overlap.map { text in
            guard let span = Span(text) else {
                throw ValidationError("--overlap takes a time like 30m, 24h or 0s, not \(text)")
            }
            return span
        }
        let loaded = loadSource(place.source)
        let parts = try Composition(loaded, connection, place.source, for: .writes)
        let workspace = try loaded.desired.workspace(named: name)
        if let span { warn(of: span, workspace, parts.configuration.liteLLM.keyCacheTTL) }
        let lineages = try self.lineages(of: workspace)
        guard !workspace.suspended else {
            Terminal.error(
                "workspace \(workspace.name) is suspended: its keys do not work, and a new one could "
                    + "not be verified. Rotate it when it resumes, or `bursar revoke` its key")
            throw Exit.failed
        }
        if let reason = workspace.paused {
            Terminal.error(
                "workspace \(workspace.name) is paused (\(reason)): nothing is applied to it. End the "
                    + "pause first, or `bursar revoke` its key")
            throw Exit.failed
        }
        let desired = DesiredState(
            workspaces: [workspace], isWhole: false, partOf: loaded.desired)
        let reconciler = parts.reconciler(
            command: RotationCommand(lineages, before: parts.time.now(), overlap: span))
        let plan = try await reporting { () async throws(IssuerError) in
            try await reconciler.plan(desired)
        }
        let run = ApplyRun(
            parts: parts, reconciler: reconciler,
            // A person asked for just these, lost or not.
            settings: LimitSettings(allowed: [.lostSecrets: lineages.count]), options: options)
        try await run.run(plan, of: desired, invalid: false)
    }

    /// A leak may call for less than the rules allow, so it is only said.
    private func warn(of span: Span, _ workspace: DesiredWorkspace, _ keyCacheTTL: Span) {
        if span.seconds != 0, span.seconds < 2 * keyCacheTTL.seconds {
            Terminal.note(
                "warning: --overlap \(span) is less than twice spec.litellm.keyCacheTTL "
                    + "(\(keyCacheTTL)), so the old key may end before every proxy knows the new one"
            )
        }
        let reader = place.source.files().reader()
        for objection in reader.objections(toOverlap: span, of: workspace) {
            Terminal.note("warning: --overlap \(span) is \(objection)")
        }
    }

    private func lineages(of workspace: DesiredWorkspace) throws -> Set<Lineage> {
        let known = workspace.keys.map(\.secret)
        let wanted = try secret.map { text in
            guard let name = known.first(where: { $0.text == text }) else {
                let names = known.map(\.text).joined(separator: ", ")
                throw ValidationError(
                    "--secret \(text): workspace \(workspace.name) has the keys \(names)")
            }
            return name
        }
        return Set(
            (wanted.isEmpty ? known : wanted).map { Lineage(workspace: workspace.id, secret: $0) })
    }
}

/// Prints what is wrong with the source; an invalid manifest is not among the workspaces.
func loadSource(_ source: DirectorySource) -> Loaded {
    let loaded = source.load()
    if !loaded.diagnostics.isEmpty {
        Terminal.note(render(loaded.diagnostics, color: Terminal.colorErrors))
    }
    return loaded
}

extension DesiredState {
    /// By name or id.
    func workspace(named name: String) throws -> DesiredWorkspace {
        guard let found = workspaces.first(where: { $0.name == name || $0.id.text == name }) else {
            throw unknown("\(name): no valid workspace of that name or id")
        }
        return found
    }

    /// Prints what was not found, and which there are.
    func unknown(_ what: String) -> ExitCode {
        let names = workspaces.map(\.name).sorted()
        let more = names.count > 10 ? " and \(names.count - 10) more" : ""
        let known =
            names.isEmpty
            ? "the source has none" : "there are \(names.prefix(10).joined(separator: ", "))\(more)"
        Terminal.error(VisibleText.escape(what))
        Terminal.note("  = help: \(known); a manifest with an error does not count")
        return Exit.failed
    }
}
