/// A change as a review approves it: what becomes of which fields; neither why, nor when, nor of which
/// generation of a key.
package struct ApprovedChange: Hashable, Comparable, Sendable {
    package struct Field: Hashable, Sendable {
        package let path: String
        package let before: String?
        package let after: String?

        package init(path: String, before: String?, after: String?) {
            self.path = path
            self.before = before
            self.after = after
        }
    }

    package let address: String
    package let action: String
    /// By path.
    package let fields: [Field]

    package init(address: String, action: String, fields: [Field]) {
        self.address = address
        self.action = action
        self.fields = fields
    }

    package static func < (a: ApprovedChange, b: ApprovedChange) -> Bool { a.rank < b.rank }

    private var rank: String {
        ([address, action] + fields.flatMap { [$0.path, $0.before ?? "", $0.after ?? ""] })
            .joined(separator: "\u{1f}")
    }
}

extension ApprovedChange {
    /// Of one or several workspaces, sorted; without what time or a secret's source brings.
    package static func all(in changes: [Change]) -> [ApprovedChange] {
        var all: [ApprovedChange] = []
        var edits: [Address: [Field]] = [:]
        for change in changes where !change.broughtByTime {
            let fields = change.fields.compactMap(\.approved)
            // It only keeps the numbers.
            if fields.isEmpty, !change.fields.isEmpty, change.isEdit { continue }
            // How edits of one thing are cut into steps depends on what is due beside them.
            if change.isEdit || change.action == .adopt, !fields.isEmpty {
                edits[change.address, default: []] += fields
            }
            if !change.isEdit || fields.isEmpty {
                all.append(
                    ApprovedChange(
                        address: change.address.description, action: change.word,
                        fields: change.action == .adopt ? [] : fields.sorted()))
            }
        }
        all += edits.map { address, fields in
            ApprovedChange(
                address: address.description, action: Action.update.rawValue,
                fields: fields.sorted())
        }
        return all.sorted()
    }
}

extension ApprovedChange.Field: Comparable {
    package static func < (a: Self, b: Self) -> Bool {
        (a.path, a.before ?? "", a.after ?? "") < (b.path, b.before ?? "", b.after ?? "")
    }
}

extension FieldChange {
    /// `nil`: a number that time moves.
    fileprivate var approved: ApprovedChange.Field? {
        path.hasPrefix("generation of ")
            ? nil : ApprovedChange.Field(path: path, before: before, after: after)
    }
}

extension Change {
    /// Of fields that stand there already. The suspension of a prune is more: the keys follow.
    fileprivate var isEdit: Bool {
        switch action {
        case .update, .resume: true
        case .suspend: cause != .prune
        default: false
        }
    }

    fileprivate var word: String { isEdit ? Action.update.rawValue : action.rawValue }
}

/// What a review of a plan says yes to. Neither the time nor what is spent moves it.
package struct Approval: Hashable, Sendable {
    /// Sorted; only the workspaces in which there is something to approve. A paused one is not among
    /// them, since nothing is done in it.
    package let workspaces: [WorkspaceID: [ApprovedChange]]

    package init(_ workspaces: [WorkspaceID: [ApprovedChange]]) {
        self.workspaces = workspaces.filter { !$0.value.isEmpty }
    }

    package init(_ plan: Plan) {
        let active = plan.workspaces.filter { $0.paused == nil }
        self.init(
            Dictionary(
                uniqueKeysWithValues: active.map {
                    ($0.id, ApprovedChange.all(in: $0.changes + $0.overtaken))
                }))
    }

    /// Of each workspace in which there is something to approve.
    package var checksums: [WorkspaceID: String] {
        workspaces.mapValues { Checksum.of(approved: $0) }
    }
}
