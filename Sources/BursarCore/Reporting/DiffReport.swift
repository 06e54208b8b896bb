/// What two sources want differently, by workspace and field, in effect: with all that is inherited.
package struct DiffReport: Sendable {
    private enum Kind: String, CaseIterable { case added, removed, changed }

    private struct Field: Sendable {
        let path: String
        let before: String?
        let after: String?
        /// Where it is written now; of what is gone, where it was.
        let place: SourceLocation?
    }

    private struct Row: Sendable {
        let id: WorkspaceID
        let name: String
        let kind: Kind
        let place: SourceLocation?
        let fields: [Field]
        let before: Budget?
        let after: Budget?
    }

    /// By id.
    private let rows: [Row]
    private let sum: CapSum

    package init(old: DesiredState, new: DesiredState, owner: Owner) {
        let before = Dictionary(uniqueKeysWithValues: old.workspaces.map { ($0.id, $0) })
        let after = Dictionary(uniqueKeysWithValues: new.workspaces.map { ($0.id, $0) })
        let ids = Set(before.keys).union(after.keys).sorted()
        rows = ids.compactMap { Self.row($0, before[$0], after[$0]) }
        let plans = ids.map { id in
            var plan = WorkspacePlan(id: id, name: id.text)
            (plan.capBefore, plan.capAfter) = (before[id]?.budget, after[id]?.budget)
            return plan
        }
        sum = CapSum(
            Plan(
                owner: owner, workspaces: plans, unclaimed: [], owned: 0, emptySource: false,
                warnings: []))
    }

    package var isEmpty: Bool { rows.isEmpty }

    private static func row(
        _ id: WorkspaceID, _ old: DesiredWorkspace?, _ new: DesiredWorkspace?
    ) -> Row? {
        guard let shown = new ?? old else { return nil }
        let fields = Self.fields(old, new)
        let kind: Kind = old == nil ? .added : new == nil ? .removed : .changed
        guard kind != .changed || !fields.isEmpty else { return nil }
        return Row(
            id: id, name: shown.name, kind: kind, place: shown.place(of: "spec.id"),
            // That it goes says all of them.
            fields: kind == .removed ? [] : fields, before: old?.budget, after: new?.budget)
    }

    private static func fields(
        _ old: DesiredWorkspace?, _ new: DesiredWorkspace?
    ) -> [Field] {
        let before = old?.fields ?? []
        let after = new?.fields ?? []
        let was = Dictionary(uniqueKeysWithValues: before.map { ($0.path, $0.value) })
        let known = Set(after.map(\.path))
        let gone = before.filter { !known.contains($0.path) }.map { field in
            Field(
                path: field.path, before: field.value, after: nil,
                place: old?.place(of: field.path))
        }
        return after.filter { was[$0.path] != $0.value }.map { field in
            Field(
                path: field.path, before: was[field.path], after: field.value,
                place: new?.place(of: field.path))
        } + gone
    }
}

// MARK: - In words

extension DiffReport {
    package func text(color: Bool, width: Int? = nil) -> String {
        let style = TextStyle(color: color, width: width)
        return style.text(rows.map(section)) + style.text([StyledLine(summary)])
    }

    private var summary: StyledText {
        guard !isEmpty else { return "\("No difference", .heading): both want the same." }
        let counts = Kind.allCases.compactMap { kind -> String? in
            let count = rows.count { $0.kind == kind }
            return count > 0 ? "\(counted(count, "workspace")) \(kind.rawValue)" : nil
        }
        return "\("Difference", .heading): \(counts.joined(separator: ", ")); \(sum.line)."
    }

    private func section(_ row: Row) -> ReportSection {
        var title: StyledText = "\("workspace ", .heading)\(row.name, .heading)"
        if row.name != row.id.text { title += " (\(row.id))" }
        let place: StyledText = row.place.map { "  \("\($0.file):\($0.line)", .place)" } ?? ""
        switch row.kind {
        case .added: title += "  \("added", .added)" + place
        case .removed: title += "  \("removed", .removed)" + place
        case .changed: break
        }
        let lines = row.fields.map { line($0, isNew: row.kind == .added) }
        var plan = WorkspacePlan(id: row.id, name: row.name)
        (plan.capBefore, plan.capAfter) = (row.before, row.after)
        let money = WorkspaceMoney(plan)
        return ReportSection(
            .workspace(row.id), title,
            lines + (money.isChanged ? [StyledLine("cap \(money.change, .money)", indent: 2)] : []))
    }

    private func line(_ field: Field, isNew: Bool) -> StyledLine {
        let after: StyledText = field.after.map { "\($0, .added)" } ?? "(none)"
        let before: StyledText = field.before.map { "\($0, .removed)" } ?? "(none)"
        // Those of a new workspace stand in its manifest, and that is named.
        guard !isNew else { return StyledLine("\(field.path): \(after)", indent: 3) }
        let place: StyledText = field.place.map { "  \("\($0.file):\($0.line)", .place)" } ?? ""
        return StyledLine("\(field.path): \(before) → \(after)\(place)", indent: 3)
    }
}

// MARK: - For machines

extension DiffReport {
    /// Format 1.0.
    package var json: String {
        func count(_ kind: Kind) -> JSONValue { .number(rows.count { $0.kind == kind }) }
        return JSONValue.object([
            "format_version": .string("1.0"),
            "summary": .object(
                Dictionary(uniqueKeysWithValues: Kind.allCases.map { ($0.rawValue, count($0)) })),
            "money": .object([
                "before_30d": .string(sum.before.description),
                "after_30d": .string(sum.after.description),
                "unlimited_before": .number(sum.unlimitedBefore),
                "unlimited_after": .number(sum.unlimitedAfter),
            ]),
            "workspaces": .array(rows.map(Self.json)),
        ]).printed
    }

    private static func json(_ row: Row) -> JSONValue {
        .object([
            "id": .string(row.id.text), "name": .string(row.name),
            "change": .string(row.kind.rawValue), "source": json(row.place),
            "fields": .array(
                row.fields.map { field in
                    .object([
                        "path": .string(field.path),
                        "before": field.before.map { .string($0) } ?? .null,
                        "after": field.after.map { .string($0) } ?? .null,
                        "source": json(field.place),
                    ])
                }),
        ])
    }

    private static func json(_ place: SourceLocation?) -> JSONValue {
        guard let place else { return .null }
        return .object(["file": .string(place.file), "line": .number(place.line)])
    }
}
