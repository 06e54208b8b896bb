/// Something that stays as it is until somebody acts, so it is told once and not at every run.
package struct Notice: Hashable, Sendable {
    package enum Topic: Hashable, Sendable { case source, plan }

    package let topic: Topic
    package let isError: Bool
    /// `nil`: of no single one.
    package let workspace: WorkspaceID?
    package let text: String

    package init(
        _ topic: Topic, isError: Bool, workspace: WorkspaceID? = nil, _ text: String
    ) {
        self.topic = topic
        self.isError = isError
        self.workspace = workspace
        self.text = text
    }
}

/// Which notices have been told.
package struct Notices: Sendable {
    private var told: [Notice.Topic: Set<Notice>] = [:]

    package init() {}

    /// - Parameter current: all that stand now about the topic.
    /// - Returns: those not told yet, in their order, and whether all that were told are over.
    package mutating func news(
        _ topic: Notice.Topic, _ current: [Notice]
    ) -> (new: [Notice], isOver: Bool) {
        let before = told[topic] ?? []
        told[topic] = Set(current)
        var seen = before
        return (current.filter { seen.insert($0).inserted }, !before.isEmpty && current.isEmpty)
    }
}

extension Notice {
    package static func about(_ diagnostics: [Diagnostic]) -> [Notice] {
        diagnostics.map { diagnostic in
            let place = diagnostic.location.map { "\($0): " } ?? ""
            let help = diagnostic.help.map { "; \($0)" } ?? ""
            return Notice(
                .source, isError: diagnostic.severity == .error,
                "\(place)\(diagnostic.message) [\(diagnostic.code)]\(help)")
        }
    }

    /// What a run found that no later run mends by itself.
    package static func about(_ report: RunReport) -> [Notice] {
        var notices = report.breaches.map { breach in
            Notice(
                .plan, isError: true,
                "held: \(breach.summary). All else goes on. If this is meant: "
                    + "bursar apply --allow \(breach.limit.rawValue)=\(breach.count), or "
                    + breach.inGit)
        }
        notices += report.plan.errors.map { Notice(.plan, isError: true, $0) }
        notices += report.plan.warnings.map { Notice(.plan, isError: false, $0) }
        for plan in report.plan.workspaces {
            notices += plan.errors.map { Notice(.plan, isError: true, workspace: plan.id, $0) }
            if let reason = plan.paused {
                notices.append(
                    Notice(
                        .plan, isError: false, workspace: plan.id,
                        "paused (\(reason)), not applied"))
            }
        }
        return notices + warnings(report)
    }

    /// One for each text, since a fleet has most of them in common.
    private static func warnings(_ report: RunReport) -> [Notice] {
        var workspaces: [String: [WorkspaceID]] = [:]
        for workspace in report.plan.workspaces {
            for text in Set(workspace.warnings + (report.warnings[workspace.id] ?? [])) {
                workspaces[text, default: []].append(workspace.id)
            }
        }
        return workspaces.sorted { $0.key < $1.key }.map { text, ids in
            guard ids.count > 1 else {
                return Notice(.plan, isError: false, workspace: ids.first, text)
            }
            let shown = ids.prefix(3).map(\.text).joined(separator: ", ")
            let more = ids.count > 3 ? " and \(ids.count - 3) more" : ""
            return Notice(.plan, isError: false, "\(text) (\(shown)\(more))")
        }
    }
}
