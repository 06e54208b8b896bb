internal import ArgumentParser
internal import BursarCore
internal import BursarGateway

struct ReconcileUsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile-usage",
        abstract: "Record the calls that LiteLLM's callbacks lost, and compare with its own sums.",
        discussion: """
            Reads LiteLLM's log of calls; what is recorded already is counted once. Beside a running \
            gateway it may run at any time, from cron. The first time, let --since reach back to the \
            begin of the budget periods.

            EXAMPLE: bursar gateway reconcile-usage -f gateway.yaml --since 35d
            """)

    @Option(name: .shortAndLong, help: "The gateway's own file.")
    var file = "./gateway.yaml"

    @Option(help: "How far back, like 12h or 2d.")
    var since = "2d"

    func validate() throws {
        guard let span = Span(since), span.seconds > 0 else {
            throw ValidationError("--since is a length of time like 12h or 2d")
        }
    }

    func run() async throws {
        let composition = try GatewayComposition(file: file)
        let report: UsageSweep.Report
        do throws(UsageSweep.Fault) {
            report = try await composition.usageSweep.run(last: Span(since) ?? .days(2))
        } catch {
            Terminal.error("\(error)")
            throw Exit.failed
        }
        for line in Self.lines(report, since: since) { Terminal.print(line + "\n") }
    }

    private static func lines(_ report: UsageSweep.Report, since: String) -> [String] {
        var lines = [
            "calls of the last \(since): \(report.recorded) recorded, \(report.known) known,"
                + " \(report.failures) failed without cost, \(report.unreadable) unreadable"
        ]
        if report.isCapped {
            lines.append("LiteLLM counts no further than this, so rows may be missing: take less")
        }
        if report.unattributed > 0 {
            lines.append(
                "\(report.unattributed) completions of no workspace,"
                    + " \(report.unattributedCost.exactDollars)")
        }
        for balance in report.balances {
            guard let since = balance.since else {
                lines.append(
                    "\(balance.workspace): LiteLLM says \(balance.told.exactDollars), and not since"
                        + " when")
                continue
            }
            let remainder = balance.remainder
            let difference =
                remainder == .zero ? "all of it recorded" : "\(remainder.exactDollars) not recorded"
            lines.append(
                "\(balance.workspace): LiteLLM says \(balance.told.exactDollars) since \(since),"
                    + " \(difference)")
        }
        return lines
    }
}
