internal import FoundationEssentials

/// What differs from git by an edit outside git, and nothing of what a plan would do besides.
package struct DriftReport: Sendable {
    private let owner: Owner
    private let report: PlanReport
    /// By workspace, in its order; what nobody changed outside git is not among them.
    package let drifted: [WorkspacePlan]
    private let errors: [(workspace: WorkspaceID?, message: String)]

    package init(_ plan: Plan, history: ChangeHistory = ChangeHistory()) {
        owner = plan.owner
        drifted = plan.workspaces.compactMap(\.drift)
        errors =
            (plan.errors + plan.sourceErrors).map { (nil, $0) }
            + plan.workspaces.flatMap { plan in plan.errors.map { (plan.id, $0) } }
        var shown = plan
        shown.workspaces = drifted
        report = PlanReport(shown, history: history)
    }

    package var isEmpty: Bool { drifted.isEmpty }

    package func text(color: Bool, width: Int? = nil) -> String {
        let style = TextStyle(color: color, width: width)
        let faults = errors.map { workspace, message in
            StyledLine(StyledText(workspace.map { "\($0): " } ?? "") + "\(message)", indent: 1)
        }
        let sections = report.workspaces + [ReportSection(.errors, "\("Errors", .heading)", faults)]
        return style.text(sections) + style.text([StyledLine(summary)])
    }

    private var summary: StyledText {
        let blind = errors.isEmpty ? "" : "; what is in error was not compared"
        guard !isEmpty else {
            return "\("No drift", .heading): nothing was found changed outside git\(blind)."
        }
        return
            "\("Drift", .heading): \(counted(drifted.count, "workspace")) changed outside git\(blind). `bursar apply` puts it back."
    }

    /// Format 1.0.
    package var json: String {
        let rows = drifted.flatMap(\.changes).map { change in
            JSONValue.object([
                "address": .string(change.address.description),
                "action": .string(change.action.rawValue), "reason": .string(change.reason),
                "source": change.place.map {
                    .object(["file": .string($0.file), "line": .number($0.line)])
                } ?? .null,
                "fields": .array(change.fields.map(\.json)),
            ])
        }
        return JSONValue.object([
            "format_version": .string("1.0"), "owner": .string(owner.name), "drift": .array(rows),
            "errors": .array(
                errors.map { workspace, message in
                    .object([
                        "workspace": workspace.map { .string($0.text) } ?? .null,
                        "message": .string(message),
                    ])
                }),
        ]).printed
    }
}

extension WorkspacePlan {
    /// `nil` where there is none.
    fileprivate var drift: WorkspacePlan? {
        let changes = (changes + overtaken).compactMap(\.drift)
        guard !changes.isEmpty else { return nil }
        var plan = WorkspacePlan(id: id, name: name)
        plan.paused = paused
        plan.steps = changes.map { Step($0, []) }
        return plan
    }
}

extension Change {
    /// The fields of it that somebody changed outside git.
    fileprivate var drift: Change? {
        let fields = fields.filter { $0.cause == .drift && !$0.path.hasPrefix("generation of ") }
        switch cause {
        case .drift:
            // It only keeps the numbers.
            guard self.fields.isEmpty || !fields.isEmpty else { return nil }
            return Change(
                address, action, .drift, reason: reason, place: place, fields: fields)
        case .manifest where !fields.isEmpty:
            return Change(
                address, action, .drift, reason: "changed outside git", place: place,
                fields: fields)
        case .manifest, .rotation, .prune, .adoption, .value: return nil
        }
    }
}

extension FieldChange {
    fileprivate var json: JSONValue {
        .object([
            "path": .string(path), "before": before.map { .string($0) } ?? .null,
            "after": after.map { .string($0) } ?? .null,
        ])
    }
}

extension JSONValue {
    /// With sorted keys, so that equal values are equal bytes.
    var printed: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else {
            preconditionFailure("it is made of text and whole numbers alone")
        }
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}
