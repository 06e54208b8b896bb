internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarManifest

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Shows what apply would do. Changes nothing.",
        discussion: "EXAMPLE: bursar plan examples/quickstart --output json")

    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json }

    @OptionGroup var source: SourceOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var limits: LimitOptions
    @OptionGroup var pruning: PruneOptions

    /// Of plan; the other commands have no comment to write.
    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, markdown }

    @Option(
        help: """
            text, json, or markdown for a comment on a pull request; json and markdown stand alone on \
            standard output.
            """)
    var output = Format.text

    @Option(
        help: ArgumentHelp(
            "Where all of the plan can be read, for a comment that has no room for it.",
            valueName: "where"))
    var fullPlan: String?

    @Option(help: "Write the plan to this file, for `bursar apply FILE`; it holds no secret.")
    var out: String?

    @Flag(help: "Read the sources of provider secrets, too, and say which have another value.")
    var compareSecretValues = false

    @Flag(help: "Exit 2 when there are changes.")
    var detailedExitcode = false

    func run() async throws {
        if let out { try ReviewedPlan.checkName(out, source) }
        let planned = try await planned()
        let plan = planned.plan
        let settings = try limits.settings(planned.parts.configuration)
        var breaches: [LimitBreach] = []
        if case .refused(let found) = ApprovedPlan.judge(plan, by: settings) { breaches = found }
        let report = PlanReport(
            plan, breaches: breaches, history: await source.origin.history(of: plan))
        switch output {
        case .text: Terminal.print(Terminal.text(report))
        case .json: Terminal.print(PlanJSON.text(report))
        case .markdown:
            Terminal.print(
                PlanMarkdown(report, version: BuildVersion.text, fullPlan: fullPlan).text)
        }
        if output != .text {
            for breach in breaches { Terminal.note("apply would refuse: \(breach)") }
        }
        if let out {
            let options = PlanFile.Options(
                directory: source.directory, config: source.origin.place.config,
                file: source.origin.file, target: source.target,
                selector: source.selector, prune: pruning.prune, allow: limits.allow)
            try ReviewedPlan.write(planned, options, to: out)
        }
        let invalid = planned.loaded.diagnostics.contains { $0.severity == .error }
        // To take a plan of a large fleet apart took a twentieth of its time: that is left to the system.
        withExtendedLifetime(planned) {
            if plan.hasErrors || invalid { Exit.now(Exit.failed) }
            Exit.now(detailedExitcode && !plan.isEmpty ? Exit.changes : .success)
        }
    }

    /// A comment that shows a plan must not stand there when there is none any more.
    private func planned() async throws -> PlannedSource {
        do {
            return try await PlannedSource.of(
                source, connection, for: .reads, prune: pruning.prune,
                comparing: compareSecretValues)
        } catch {
            let configuration = loadManifests(
                configuration: source.files.configurationFile(), manifests: []
            ).configuration
            if output == .markdown, let owner = configuration?.owner {
                Terminal.print(PlanMarkdown.none(of: owner, version: BuildVersion.text))
            }
            throw error
        }
    }
}

struct LimitOptions: ParsableArguments {
    @Option(help: "Raise a limit for this run, LIMIT=COUNT; may be repeated.")
    var allow: [String] = []

    func settings(_ configuration: Configuration) throws -> LimitSettings {
        var allowed: [Limit: Int] = [:]
        for text in allow {
            let halves = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard halves.count == 2, let limit = Limit(rawValue: halves[0]),
                let count = Int(halves[1]),
                count >= 0
            else {
                let names = Limit.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--allow takes LIMIT=COUNT with one of \(names), not \(text)")
            }
            allowed[limit] = count
        }
        let now = SystemTimekeeper().now()
        for allowance in configuration.apply.allow where allowance.isOver(now) {
            Terminal.note("warning: \(allowance.isOverText(in: configuration.file))")
        }
        return LimitSettings(configuration.apply, allowed: allowed, now: now)
    }
}

extension Allowance {
    func isOverText(in file: String) -> String {
        "spec.apply.allow of \(file): \(self) is over and counts for nothing; take it out"
    }
}

/// Prints what the world refused and ends with 1.
func reporting<Value>(_ body: () async throws(IssuerError) -> Value) async throws -> Value {
    do { return try await body() } catch {
        Terminal.error("\(error)")
        throw Exit.failed
    }
}

/// Prints what is wrong and ends with 1.
func reporting<Value>(_ body: () throws(SetupProblem) -> Value) throws -> Value {
    do { return try body() } catch {
        Terminal.error("\(error)")
        throw Exit.failed
    }
}
