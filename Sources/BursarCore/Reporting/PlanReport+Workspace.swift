/// The section of one workspace: its changes, and what they mean for its money.
extension PlanReport {
    var workspaces: [ReportSection] {
        plan.workspaces.filter { !$0.steps.isEmpty }.map(section)
    }

    private func section(_ workspace: WorkspacePlan) -> ReportSection {
        var title: StyledText = "\("workspace ", .heading)\(workspace.name, .heading)"
        if workspace.name != workspace.id.text { title += " (\(workspace.id))" }
        if let paused = workspace.paused {
            title += "  \("paused: \(paused); not applied", .caution)"
        }
        let changes = Self.joined(workspace.changes).flatMap { self.lines($0, $1) }
        return ReportSection(
            .workspace(workspace.id), title, changes + money(WorkspaceMoney(workspace)))
    }

    /// A mint with the verify and publish that follow it is one line: `mint, verify, publish`.
    static func joined(_ changes: [Change]) -> [(Change, String)] {
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

    private func lines(_ change: Change, _ actions: String) -> [StyledLine] {
        if change.onlyNumbersKeys { return [Self.numbering(change)] }
        let cause: StyledText = change.cause == .drift ? "\("drift: ", .drift)" : ""
        var head: StyledText =
            "\(actions) \(change.address.part.subject)  \(cause)\(change.reason, .dim)"
        if let place = change.place {
            head += "  \("\(place.file):\(place.line)", .place)"
            if let commit = history[place] { head += "  \(commit, .place)" }
        }
        return [StyledLine(head, sign: change.action.sign, indent: 2)]
            + change.fields.map { line($0, of: change) }
    }

    /// Bookkeeping, so it is one quiet line.
    private static func numbering(_ change: Change) -> StyledLine {
        let numbers = change.fields.map { field in
            "\(field.path): \(field.before.map { "\($0) → " } ?? "")\(field.after ?? "(none)")"
        }.joined(separator: ", ")
        return StyledLine(
            "note in the team's metadata  \(numbers, .dim)", sign: change.action.sign, indent: 2)
    }

    private func line(_ field: FieldChange, of change: Change) -> StyledLine {
        let isNew = change.action == .create || change.action == .mint
        let drift: StyledText =
            field.cause == .drift && change.cause != .drift ? "  \("drift", .drift)" : ""
        // What bursar knows its own by; a reader knows LiteLLM's word for where it stands.
        let path = field.path == "mark" ? "metadata.bursar" : field.path
        return StyledLine(
            "\(path): \(Self.values(of: field, isNew: isNew))\(drift)", indent: 3)
    }

    /// Of a long list only what comes and what goes: what stays hides it.
    private static func values(of field: FieldChange, isNew: Bool) -> StyledText {
        let after: StyledText = field.after.map { "\($0, .added)" } ?? "(none)"
        guard !isNew else { return after }
        let before: StyledText = field.before.map { "\($0, .removed)" } ?? "(none)"
        guard let old = field.before.map(list), let new = field.after.map(list),
            max(old.count, new.count) > shownInList
        else { return "\(before) → \(after)" }
        let (oldSet, newSet) = (Set(old), Set(new))
        let gone = old.filter { !newSet.contains($0) }.map {
            "\("- \($0)", .removed)" as StyledText
        }
        let come = new.filter { !oldSet.contains($0) }.map { "\("+ \($0)", .added)" as StyledText }
        let change = (come + gone).joined(separator: ", ")
        return "\(change) (\(old.count) → \(new.count))"
    }

    private static let shownInList = 6

    private static func list(_ text: String) -> [String] {
        text.split(separator: ", ").map(String.init)
    }

    private func money(_ money: WorkspaceMoney) -> [StyledLine] {
        guard money.isChanged else { return [] }
        let rest = [money.use, money.outlook == .exhausted ? "" : money.prospect]
            .filter { !$0.isEmpty }.map { "; " + $0 }.joined()
        let end: StyledText =
            money.outlook == .exhausted ? "; \(money.prospect, .caution)" : ""
        return [StyledLine("cap \(money.change, .money)\(rest)\(end)", indent: 2)]
    }
}

extension Address.Part {
    /// `team`, `key LITELLM_API_KEY`.
    var subject: String {
        switch self {
        case .team: "team"
        case .key(let name): "key \(name)"
        case .secret(let name): "secret \(name)"
        case .model(let name): "model \(name)"
        }
    }
}

extension Action {
    var sign: StyledLine.Sign {
        switch self {
        case .create, .mint, .publish, .put, .register: .added
        case .verify: .checked
        case .block, .delete, .remove, .suspend: .removed
        case .update, .resume, .adopt, .retire: .changed
        }
    }
}
