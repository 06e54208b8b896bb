/// A plan in words: the one walk from the plan to lines, which styles print.
package struct PlanReport: Sendable {
    let plan: Plan
    /// What `apply` would refuse.
    let breaches: [LimitBreach]
    let history: ChangeHistory

    package init(
        _ plan: Plan, breaches: [LimitBreach] = [], history: ChangeHistory = ChangeHistory()
    ) {
        self.plan = plan
        self.breaches = breaches
        self.history = history
    }

    /// Workspaces in their order, then what is about all of them; none is empty.
    package var sections: [ReportSection] {
        let all =
            workspaces + [
                ReportSection(.deferred, Self.title(.deferred), deferred),
                ReportSection(.upcoming, Self.title(.upcoming), upcoming),
                ReportSection(.money, Self.title(.money), prospects),
                ReportSection(.warnings, Self.title(.warnings), warnings),
                ReportSection(.cautions, Self.title(.cautions), cautions),
                ReportSection(.limits, Self.title(.limits), limits),
                ReportSection(.errors, Self.title(.errors), errors),
            ]
        return all.filter { !$0.lines.isEmpty }
    }

    private static func title(_ kind: ReportSection.Kind) -> StyledText {
        let text =
            switch kind {
            case .deferred:
                "Deferred to a later run, since each makes a limited number of rotations"
            case .upcoming: "Upcoming, without further approval"
            case .money: "Money: at the present rate these reach their cap"
            case .warnings: "Warnings"
            case .cautions: "Caution"
            case .limits: "Limits"
            case .errors: "Errors: nothing is done where there is one"
            case .workspace, .other: ""
            }
        return StyledText(text, .heading)
    }
}

// MARK: - What is about all workspaces

extension PlanReport {
    private var upcoming: [StyledLine] {
        first(plan.workspaces.flatMap { plan in plan.upcoming.map { ($0, plan.name) } }) {
            upcoming, name in
            "\(upcoming.at.minute)  \(Self.subject(upcoming.address, name))  \(upcoming.action.coming): \(upcoming.reason, .dim)"
        }
    }

    private var deferred: [StyledLine] {
        first(plan.workspaces.flatMap { plan in plan.deferred.map { ($0, plan.name) } }) {
            deferred, name in
            "\(Self.subject(deferred.address, name))  \(deferred.reason, .dim)"
        }
    }

    /// The first of them; a fleet has thousands.
    private func first(
        _ all: [(Upcoming, String)], _ text: (Upcoming, String) -> StyledText
    ) -> [StyledLine] {
        let sorted = all.sorted { ($0.0.at, $0.0.address) < ($1.0.at, $1.0.address) }
        return Self.shortened(sorted.map { StyledLine(text($0.0, $0.1), indent: 1) })
    }

    private static func shortened(_ lines: [StyledLine]) -> [StyledLine] {
        let rest = lines.count - shown
        guard rest > 0 else { return lines }
        return lines.prefix(shown)
            + [StyledLine("and \(rest) more, all of them in --output json", indent: 1)]
    }

    private static let shown = 10

    /// `search key LITELLM_API_KEY`; the team is the workspace itself.
    static func subject(_ address: Address, _ name: String) -> StyledText {
        switch address.part {
        case .team: "\(name, .name)"
        case .key(let secret): "\(name, .name) key \(secret, .name)"
        case .secret(let secret): "\(name, .name) secret \(secret, .name)"
        case .model(let model): "\(name, .name) model \(model, .name)"
        }
    }

    /// Of workspaces whose cap stays: where it changes, it stands with the change.
    private var prospects: [StyledLine] {
        let near = plan.workspaces.filter { $0.errors.isEmpty }.map(WorkspaceMoney.init)
            .filter { !$0.isChanged }
            .compactMap { money -> (Instant, StyledLine)? in
                let at: Instant
                switch money.outlook {
                case .unknown, .lasts: return nil
                case .reached(let instant):
                    // A cap that is never given anew is not spent before long.
                    guard let period = money.period, instant < period.now + .days(30) else {
                        return nil
                    }
                    at = instant
                case .exhausted: at = money.period?.now ?? Instant(milliseconds: 0)
                }
                return (
                    at,
                    StyledLine(
                        "\(money.name, .name): \(money.change, .money); \(money.use); \(money.prospect)",
                        indent: 1)
                )
            }
        return Self.shortened(near.sorted { $0.0 < $1.0 }.map(\.1))
    }

    private var warnings: [StyledLine] {
        func list(_ ids: [WorkspaceID]) -> String {
            let names = ids.prefix(10).map(\.text).joined(separator: ", ")
            return "\(counted(ids.count, "team")) of ours: \(names)"
                + (ids.count > 10 ? " and \(ids.count - 10) more" : "")
        }
        let suspended = plan.unclaimed.filter { plan.suspendedByPrune.contains($0) }
        let left = plan.unclaimed.filter { !plan.suspendedByPrune.contains($0) }
        let said = [
            left.isEmpty
                ? nil
                : "not in the source and left as they are, \(list(left))"
                    + (plan.prunes ? "" : "; --prune suspends them"),
            suspended.isEmpty
                ? nil
                : "not in the source and suspended by an earlier prune, \(list(suspended))"
                    + (plan.prunes ? "" : "; only a run with --prune revokes their keys"),
        ].compactMap(\.self)
        return notes(plan.warnings + said, \.warnings)
    }

    private var errors: [StyledLine] { notes(plan.errors + plan.sourceErrors, \.errors) }

    /// What is the same of several workspaces is one line.
    private func notes(
        _ common: [String], _ path: KeyPath<WorkspacePlan, [String]>
    ) -> [StyledLine] {
        var order: [String] = []
        var names: [String: [StyledText]] = [:]
        for plan in plan.workspaces {
            for text in plan[keyPath: path] {
                if names[text] == nil { order.append(text) }
                names[text, default: []].append("\(plan.name, .name)")
            }
        }
        let texts =
            common.map { StyledText($0) }
            + order.map { "\(Self.list(names[$0] ?? [], shown: 5)): \($0)" }
        return texts.map { StyledLine($0, indent: 1) }
    }

    /// `ads, search and 3 more`.
    static func list(_ names: [StyledText], shown: Int) -> StyledText {
        let rest = names.count - shown
        let list = Array(names.prefix(shown)).joined(separator: ", ")
        return rest > 0 ? "\(list) and \(rest) more" : list
    }

    private var limits: [StyledLine] {
        breaches.map {
            StyledLine("\("apply refuses all of this plan", .caution): \($0)", indent: 1)
        }
    }
}

extension Action {
    /// Of what time brings.
    fileprivate var coming: String {
        switch self {
        case .mint: "rotation"
        case .block: "revocation"
        case .delete: "deletion"
        default: rawValue
        }
    }
}
