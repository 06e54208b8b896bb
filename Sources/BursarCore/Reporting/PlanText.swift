/// A plan for a person at a terminal, or for a file.
package struct PlanText {
    private let report: PlanReport
    private let style: TextStyle

    /// - Parameter width: of the terminal; `nil`: nothing is wrapped.
    package init(_ report: PlanReport, color: Bool, width: Int? = nil) {
        self.report = report
        style = TextStyle(color: color, width: width)
    }

    package init(_ plan: Plan, color: Bool, width: Int? = nil) {
        self.init(PlanReport(plan), color: color, width: width)
    }

    package var text: String { style.text(report.sections) + summary + "\n" }

    /// The last line: counts, money and what a review approves.
    package var summary: String {
        style.text(StyledLine(report.summary + report.checksum))
    }
}

extension PlanReport {
    /// For the end of the last line; empty where there is nothing to approve.
    var checksum: StyledText {
        guard plan.hasSteps, let checksum = plan.checksum else { return "" }
        return " Checksum \(checksum)"
    }
}
