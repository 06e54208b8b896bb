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

    @Flag(help: "Exit 2 when there are changes.")
    var detailedExitcode = false

    func run() async throws {
        let planned = try await PlannedSource.of(source, connection, prune: pruning.prune)
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
        let invalid = planned.loaded.diagnostics.contains { $0.severity == .error }
        if plan.hasErrors || invalid { throw Exit.failed }
        if detailedExitcode && !plan.isEmpty { throw Exit.changes }
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
        return LimitSettings(configuration, allowed: allowed)
    }
}

extension LimitSettings {
    init(_ configuration: Configuration, allowed: [Limit: Int] = [:]) {
        let limits = configuration.apply.limits
        self.init(
            removals: limits.removals, changes: limits.changes, lostSecrets: limits.lostSecrets,
            allowed: allowed)
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
