internal import FoundationEssentials

/// A plan for machines: format 1.0. Keys are sorted, so equal plans are equal bytes.
package enum PlanJSON {
    package static func text(_ plan: Plan, breaches: [LimitBreach]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(Document(plan, breaches)) else {
            preconditionFailure("a plan is made of text and numbers alone")
        }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private struct Document: Encodable {
        let format_version = "1.0"
        let owner: String
        let summary: Summary
        let money: Caps
        let changes: [ChangeRow]
        let drift: [ChangeRow]
        let upcoming: [UpcomingRow]
        let deferred: [UpcomingRow]
        let limits: [LimitRow]
        let warnings: [Note]
        let errors: [Note]
        let unclaimed: [String]
        let checksum: String
        /// By workspace, where there is something to approve.
        let checksums: [String: String]

        init(_ plan: Plan, _ breaches: [LimitBreach]) {
            owner = plan.owner.name
            summary = Summary(plan)
            money = Caps(CapSum(plan))
            let all = plan.changes
            changes = all.map(ChangeRow.init)
            drift = all.filter { $0.cause == .drift }.map(ChangeRow.init)
            upcoming = plan.workspaces.flatMap(\.upcoming).map(UpcomingRow.init)
            deferred = plan.workspaces.flatMap(\.deferred).map(UpcomingRow.init)
            limits = breaches.map {
                LimitRow(
                    limit: $0.limit.rawValue, count: $0.count, bound: $0.bound,
                    workspaces: $0.workspaces.map(\.text))
            }
            warnings =
                plan.warnings.map { Note(workspace: nil, message: $0) }
                + plan.workspaces.flatMap { plan in
                    plan.warnings.map { Note(workspace: plan.id.text, message: $0) }
                }
            errors =
                plan.errors.map { Note(workspace: nil, message: $0) }
                + plan.workspaces.flatMap { plan in
                    plan.errors.map { Note(workspace: plan.id.text, message: $0) }
                }
            unclaimed = plan.unclaimed.map(\.text)
            let approval = Approval(plan)
            checksum = Checksum.of(approval)
            checksums = Dictionary(
                uniqueKeysWithValues: approval.checksums.map { ($0.key.text, $0.value) })
        }
    }

    private struct Summary: Encodable {
        let workspaces: Int
        let create: Int
        let adopt: Int
        let update: Int
        let mint: Int
        let retire: Int
        let revoke: Int
        /// Workspaces that left the source and are suspended for it.
        let prune: Int
        let failed: Int

        init(_ plan: Plan) {
            workspaces = plan.workspaces.count { !$0.leaves }
            prune = plan.changes.count { $0.cause == .prune && $0.action == .suspend }
            create = plan.count(.create)
            adopt = plan.count(.adopt)
            update = plan.count(.update, .suspend, .resume)
            mint = plan.count(.mint)
            retire = plan.count(.retire)
            revoke = plan.count(.block, .delete, .remove)
            failed = plan.workspaces.count { !$0.errors.isEmpty }
        }
    }

    /// USD as decimal text, so that no reader rounds it.
    private struct Caps: Encodable {
        let before_30d: String
        let after_30d: String
        let spent: String
        let unlimited_before: Int
        let unlimited_after: Int

        init(_ sum: CapSum) {
            before_30d = sum.before.description
            after_30d = sum.after.description
            spent = sum.spent.description
            unlimited_before = sum.unlimitedBefore
            unlimited_after = sum.unlimitedAfter
        }
    }

    private struct ChangeRow: Encodable {
        struct Place: Encodable {
            let file: String
            let line: Int
        }

        struct Field: Encodable {
            let path: String
            let before: String?
            let after: String?
            let cause: String
        }

        let address: String
        let action: String
        let cause: String
        let reason: String
        let source: Place?
        let fields: [Field]

        init(_ change: Change) {
            address = change.address.description
            action = change.action.rawValue
            cause = change.cause.rawValue
            reason = change.reason
            source = change.place.map { Place(file: $0.file, line: $0.line) }
            fields = change.fields.map {
                Field(path: $0.path, before: $0.before, after: $0.after, cause: $0.cause.rawValue)
            }
        }
    }

    private struct UpcomingRow: Encodable {
        let address: String
        let action: String
        let at: String
        let reason: String

        init(_ upcoming: Upcoming) {
            address = upcoming.address.description
            action = upcoming.action.rawValue
            at = upcoming.at.description
            reason = upcoming.reason
        }
    }

    private struct LimitRow: Encodable {
        let limit: String
        let count: Int
        let bound: Int
        let workspaces: [String]
    }

    private struct Note: Encodable {
        /// Not there where it is of no single one.
        let workspace: String?
        let message: String
    }
}
