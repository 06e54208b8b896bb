internal import ArgumentParser
internal import BursarCore
internal import BursarEngine
internal import BursarManifest

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Shows what two sources want differently, with all defaults. Asks no server.",
        discussion: """
            For a pull request: the base branch's checkout, and that of the branch. What the proxy \
            holds plays no part; `plan` tells what an apply would do.

            EXAMPLE: bursar diff base examples/quickstart --output json
            """)

    @Argument(help: "The directory with the manifests as they were.")
    var old: String

    @Argument(help: "The directory with the manifests as they are to be.")
    var new: String

    @Option(help: "text or json; json stands alone on standard output.")
    var output = PlanCommand.Output.text

    @Flag(help: "Exit 2 where they differ.")
    var detailedExitcode = false

    func run() throws {
        let (before, after) = (loadSource(DirectorySource(old)), loadSource(DirectorySource(new)))
        let owner = after.configuration?.owner ?? before.configuration?.owner
        let report = DiffReport(
            old: before.desired, new: after.desired,
            owner: owner ?? Owner(name: "", source: nil))
        switch output {
        case .text:
            Terminal.print(
                report.text(color: Terminal.colorOutput, width: Terminal.outputColumns))
        case .json: Terminal.print(report.json)
        }
        let isInvalid = (before.diagnostics + after.diagnostics).contains { $0.severity == .error }
        if isInvalid {
            Terminal.error(
                "a manifest is invalid, so its workspace is missing on that side of the comparison")
            throw Exit.failed
        }
        if detailedExitcode && !report.isEmpty { throw Exit.changes }
    }
}
