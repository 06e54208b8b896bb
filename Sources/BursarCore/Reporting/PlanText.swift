/// A plan for a person at a terminal.
package struct PlanText {
    private let plan: Plan
    private let style: TextStyle

    package init(_ plan: Plan, color: Bool) {
        self.plan = plan
        style = TextStyle(color: color)
    }

    package var text: String {
        var lines: [String] = []
        for workspace in plan.workspaces where !workspace.steps.isEmpty {
            lines += section(workspace) + [""]
        }
        lines += list("Deferred to a later run, which has its own pace", deferred)
        lines += list("Upcoming", upcoming)
        lines += list("Warnings", warnings)
        lines += list("Errors", errors)
        lines.append(summary)
        return lines.map { $0 + "\n" }.joined()
    }

    /// The last line: counts and money.
    package var summary: String {
        guard !plan.isEmpty else {
            let count = plan.workspaces.count { !$0.leaves }
            return "No changes: \(counted(count, "workspace")) \(count == 1 ? "is" : "are") "
                + "as the source wants \(count == 1 ? "it" : "them"); "
                + "\(CapSum(plan).line)."
        }
        let counts = [
            (plan.count(.create), "to create"), (plan.count(.adopt), "to adopt"),
            (plan.count(.update), "to update"),
            (plan.count(.suspend), "to suspend"), (plan.count(.resume), "to resume"),
            (plan.count(.mint), "to mint"),
            (plan.count(.publish) - plan.count(.mint), "to publish"),
            (plan.count(.retire), "to retire"),
            (plan.count(.block, .delete) - tombstones, "to revoke"),
            (plan.count(.remove), "to remove"), (tombstones, "to delete"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        let failed = plan.workspaces.count { !$0.errors.isEmpty }
        let all =
            counts + (failed > 0 ? ["\(counted(failed, "workspace")) in error"] : [])
            + (plan.errors.isEmpty ? [] : ["nothing is done"])
        // A revocation knows no manifest, so it speaks of no caps.
        let knowsCaps = plan.workspaces.contains { $0.capBefore != nil || $0.capAfter != nil }
        let caps = knowsCaps ? "; \(CapSum(plan).line)" : ""
        return "Plan: \(all.joined(separator: ", "))\(caps). "
            + "Checksum \(Checksum.of(plan))"
    }

    private var tombstones: Int {
        plan.changes.count { $0.action == .delete && $0.address.part == .team }
    }

    private func section(_ workspace: WorkspacePlan) -> [String] {
        var title = style.bold("workspace \(workspace.name)")
        if workspace.name != workspace.id.text { title += " (\(workspace.id))" }
        if let paused = workspace.paused {
            title += style.yellow("  paused: \(paused); not applied")
        }
        return [title] + Self.joined(workspace.changes).flatMap { lines($0, $1) }
    }

    /// A mint with the verify and publish that follow it is one line: `mint, verify, publish`.
    private static func joined(_ changes: [Change]) -> [(Change, String)] {
        var rows: [(Change, String)] = []
        for change in changes {
            let follows = change.action == .verify || change.action == .publish
            if follows, let last = rows.last, last.0.address == change.address {
                rows[rows.count - 1].1 += ", \(change.action.rawValue)"
            } else {
                rows.append((change, change.action.rawValue))
            }
        }
        return rows
    }

    private func lines(_ change: Change, _ actions: String) -> [String] {
        let subject: String =
            switch change.address.part {
            case .team: "team"
            case .key(let name): "key \(name)"
            case .secret(let name): "secret \(name)"
            }
        let place = change.place.map { "  \($0.file):\($0.line)" } ?? ""
        let drift = change.cause == .drift ? style.yellow("drift: ") : ""
        let head =
            "  \(mark(change.action)) \(actions) \(subject)  "
            + style.dim("\(drift)\(change.reason)\(place)")
        return [head]
            + change.fields.map { field in
                let tail =
                    field.cause == .drift && change.cause != .drift ? style.yellow("  drift") : ""
                return
                    "      \(field.path): \(field.before ?? "(none)") → \(field.after ?? "(none)")"
                    + tail
            }
    }

    private func mark(_ action: Action) -> String {
        switch action {
        case .create, .mint, .publish, .put, .register: style.green("+")
        case .verify: style.green("?")
        case .block, .delete, .remove, .suspend: style.red("-")
        case .update, .resume, .adopt, .retire: style.yellow("~")
        }
    }

    private var upcoming: [String] {
        coming(plan.workspaces.flatMap(\.upcoming)) {
            "\($0.at)  \($0.address)  \($0.action.rawValue): \($0.reason)"
        }
    }

    private var deferred: [String] {
        coming(plan.workspaces.flatMap(\.deferred)) { "\($0.address)  \($0.reason)" }
    }

    /// The first of them; a fleet has thousands.
    private func coming(_ all: [Upcoming], _ line: (Upcoming) -> String) -> [String] {
        let sorted = all.sorted { ($0.at, $0.address) < ($1.at, $1.address) }
        let rest = sorted.count - Self.shownUpcoming
        return sorted.prefix(Self.shownUpcoming).map(line)
            + (rest > 0 ? ["and \(rest) more, all of them in --output json"] : [])
    }

    private static let shownUpcoming = 10

    private var warnings: [String] {
        let left =
            plan.unclaimed.isEmpty
            ? []
            : [
                "not in the source and left as they are, \(counted(plan.unclaimed.count, "team")) of ours: "
                    + plan.unclaimed.prefix(10).map(\.text).joined(separator: ", ")
                    + (plan.prunes ? "" : "; --prune suspends them")
            ]
        return plan.warnings + left
            + plan.workspaces.flatMap { plan in plan.warnings.map { "\(plan.name): \($0)" } }
    }

    private var errors: [String] {
        plan.errors
            + plan.workspaces.flatMap { plan in plan.errors.map { "\(plan.name): \($0)" } }
    }

    private func list(_ title: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : [style.bold(title)] + lines.map { "  " + $0 } + [""]
    }
}

/// ANSI colours, or none.
package struct TextStyle: Sendable {
    private let color: Bool

    package init(color: Bool) { self.color = color }

    package func bold(_ text: String) -> String { wrap(text, "1") }
    package func dim(_ text: String) -> String { wrap(text, "2") }
    package func red(_ text: String) -> String { wrap(text, "31") }
    package func green(_ text: String) -> String { wrap(text, "32") }
    package func yellow(_ text: String) -> String { wrap(text, "33") }

    private func wrap(_ text: String, _ code: String) -> String {
        color ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }
}

/// `1 workspace`, `2 workspaces`.
package func counted(_ count: Int, _ noun: String) -> String {
    counted(count, noun, noun + "s")
}

func counted(_ count: Int, _ one: String, _ many: String) -> String {
    "\(count) \(count == 1 ? one : many)"
}
