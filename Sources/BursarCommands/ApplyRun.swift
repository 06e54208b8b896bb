internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import Glibc
internal import UnixSignals

/// What every command that changes something takes.
struct ApplyOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @Option(help: "Append a JSON line to this file before and after every operation.")
    var audit: String?

    @Option(help: "Workspaces at once; more than 8 only lengthens LiteLLM's answers.")
    var concurrency: Int?
}

/// Shows a plan, asks, executes it and tells how it ended: apply, rotate and revoke.
struct ApplyRun {
    let parts: Composition
    let reconciler: Reconciler
    let settings: LimitSettings
    let options: ApplyOptions
    /// Somebody said yes to this plan before.
    var isApproved = false
    /// Of the lines of its changes.
    var history = ChangeHistory()

    /// - Parameter invalid: some manifests are, so the run fails whatever it does.
    /// - Throws: the exit code, where it is not 0.
    func run(_ plan: Plan, of desired: DesiredState, invalid: Bool) async throws {
        let file = try openAudit(options.audit)
        Terminal.print(Terminal.text(PlanReport(plan, history: history)))
        if case .refused(let breaches) = ApprovedPlan.judge(plan, by: settings) {
            for breach in breaches { Terminal.error("\(breach)") }
            throw Exit.refused
        }
        if plan.hasSteps { try ask() }
        let report = try await execute(plan, desired, file)
        try conclude(report, invalid: invalid)
    }

    private func ask() throws {
        guard !options.yes, !isApproved else { return }
        guard Terminal.isInteractive else {
            Terminal.error("nobody to ask: say --yes to apply without a terminal")
            throw Exit.usage
        }
        guard Terminal.confirms("Apply?") else {
            Terminal.note("nothing was changed")
            throw Exit.failed
        }
    }

    /// The first SIGINT or SIGTERM lets the operation in hand finish, the second aborts.
    private func execute(
        _ plan: Plan, _ desired: DesiredState, _ file: AuditFile?
    ) async throws -> RunReport {
        let stop = StopFlag()
        let progress = ProgressDisplay(plan, time: parts.time)
        defer { progress.erase() }
        let executor = parts.executor(
            concurrency: options.concurrency, stop: stop, audit: file
        ) { progress.saw($0) }
        let signals = await UnixSignalsSequence(trapping: [.sigint, .sigterm])
        return try await withThrowingTaskGroup(of: RunReport?.self) { group in
            group.addTask {
                for await _ in signals {
                    if stop.isSet {
                        progress.erase()
                        Glibc.exit(130)
                    }
                    stop.stop()
                    progress.note("stopping after the operation in hand; again to abort")
                }
                return nil
            }
            group.addTask {
                await progress.run()
                return nil
            }
            group.addTask {
                await reconciler.apply(plan, of: desired, limits: settings, with: executor)
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let report = result { return report }
            }
            throw Exit.failed
        }
    }

    private static let shownKeys = 10

    private func conclude(_ report: RunReport, invalid: Bool) throws {
        for (id, warnings) in report.warnings.sorted(by: { $0.key < $1.key }) {
            for warning in warnings { Terminal.note("warning: workspace \(id): \(warning)") }
        }
        for (id, outcome) in report.outcomes.sorted(by: { $0.key < $1.key }) {
            switch outcome {
            case .done: continue
            case .failed(let message), .moved(let message):
                Terminal.error("workspace \(id): \(message)")
            case .interrupted: Terminal.error("workspace \(id): stopped before it was finished")
            case .paused(let reason):
                Terminal.note("workspace \(id): paused (\(reason)), not applied")
            }
        }
        for message in report.plan.errors { Terminal.error(message) }
        for workspace in report.plan.workspaces {
            for message in workspace.errors {
                Terminal.error("workspace \(workspace.id): \(message)")
            }
        }
        Terminal.print(report.summary + "\n")
        let published = report.published
        if !published.isEmpty {
            Terminal.print("Published, for apps to read:\n")
            for lineage in published.prefix(Self.shownKeys) {
                let place = parts.keysDirectory.map { $0 + "/" } ?? ""
                let path = "\(place)\(lineage.workspace)/\(lineage.secret)"
                Terminal.print("  \(VisibleText.escape(path))\n")
            }
            let rest = published.count - Self.shownKeys
            if rest > 0 { Terminal.print("  and \(counted(rest, "more key")) beside them\n") }
        }
        if report.hasRegistered {
            Terminal.print(
                "What was registered can be called within a minute: LiteLLM keeps a team's models that"
                    + " long\n")
        }
        if !report.succeeded || invalid { throw Exit.failed }
    }
}

func openAudit(_ path: String?) throws -> AuditFile? {
    guard let path else { return nil }
    do throws(AuditFile.Failure) { return try AuditFile(path: path) } catch {
        Terminal.error("--audit: \(error.message)")
        throw Exit.failed
    }
}
