internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarManifest

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Brings LiteLLM and the secret store to what the manifests say.",
        discussion: """
            In place of the directory, the file of `plan --out`: plans again with the same options, and \
            applies only what was approved. --checksum does so with the checksum of a reviewed plan. \
            What neither knows exits 4 and changes nothing. Rotations that fall due need no approval.

            EXAMPLE: bursar apply examples/quickstart --yes --audit audit.jsonl
            """)

    @OptionGroup var source: SourceOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var limits: LimitOptions
    @OptionGroup var pruning: PruneOptions
    @OptionGroup var options: ApplyOptions

    @Option(help: "Apply the plan of this checksum or none; ID=CHECKSUM by workspace.")
    var checksum: [String] = []

    func run() async throws {
        let reviewed = try ReviewedChecksum(checksum)
        guard let file = try ReviewedPlan.read(source.directory) else {
            let planned = try await PlannedSource.of(
                source, connection, for: .writes, prune: pruning.prune,
                comparing: true)
            try await apply(planned, source.origin, limits, approved: nil, reviewed)
            return
        }
        let path = source.directory
        try checkNoOther(than: path)
        try ReviewedPlan.check(file, at: path)
        if reviewed?.moved(file.approval) != nil { throw StalePlan.refuse(file: path) }
        var (source, limits) = (source, limits)
        source.origin.place.directory = file.options.directory
        source.origin.place.config = file.options.config
        source.origin.file = file.options.file
        source.target = file.options.target
        source.selector = file.options.selector
        limits.allow = file.options.allow
        let planned = try await PlannedSource.of(
            source, connection, for: .writes, prune: file.options.prune,
            comparing: true)
        try await apply(planned, source.origin, limits, approved: file, reviewed)
    }

    /// The file remembers them, as they were approved.
    private func checkNoOther(than path: String) throws {
        let isOther =
            source.origin.file != nil || source.origin.place.config != nil || !source.target.isEmpty
            || !source.selector.isEmpty
            || pruning.prune || !limits.allow.isEmpty
        guard isOther else { return }
        throw ValidationError(
            "\(path) is a plan, which remembers -f, --config, --target, --selector, --prune and --allow: give "
                + "them to `bursar plan --out`")
    }

    private func apply(
        _ planned: PlannedSource, _ origin: OriginOptions, _ limits: LimitOptions,
        approved: PlanFile?, _ reviewed: ReviewedChecksum?
    ) async throws {
        let now = Approval(planned.plan)
        if let approved, let stale = Staleness(approved: approved.approval, now: now) {
            throw StalePlan.refuse(stale, madeAt: approved.madeAt)
        }
        if let moved = reviewed?.moved(now) { throw StalePlan.refuse(moved, now: now) }
        let run = ApplyRun(
            parts: planned.parts, reconciler: planned.reconciler,
            settings: try limits.settings(planned.parts.configuration), options: options,
            isApproved: approved != nil || reviewed != nil,
            history: await origin.history(of: planned.plan))
        try await run.run(
            planned.plan, of: planned.desired,
            invalid: planned.loaded.diagnostics.contains { $0.severity == .error })
        // As after `plan`: to take a large fleet apart is left to the system.
        withExtendedLifetime(planned) { Exit.now(.success) }
    }
}
