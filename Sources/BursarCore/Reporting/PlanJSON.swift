internal import FoundationEssentials

/// A plan for machines: format 1.0. Keys are sorted, so equal plans are equal bytes.
package enum PlanJSON {
    package static func text(_ report: PlanReport) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(Document(report)) else {
            preconditionFailure("a plan is made of text and numbers alone")
        }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    package static func text(_ plan: Plan, breaches: [LimitBreach]) -> String {
        text(PlanReport(plan, breaches: breaches))
    }

    private struct Document: Encodable {
        let format_version = "1.0"
        let owner: String
        let summary: Summary
        let money: PlanJSONMoney
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

        init(_ report: PlanReport) {
            let plan = report.plan
            owner = plan.owner.name
            summary = Summary(plan)
            money = PlanJSONMoney(plan)
            let all = plan.changes
            changes = all.map { ChangeRow($0, report.history) }
            drift = all.filter { $0.cause == .drift }.map { ChangeRow($0, report.history) }
            upcoming = plan.workspaces.flatMap(\.upcoming).map(UpcomingRow.init)
            deferred = plan.workspaces.flatMap(\.deferred).map(UpcomingRow.init)
            limits = report.breaches.map {
                LimitRow(
                    limit: $0.limit.rawValue, count: $0.count, bound: $0.bound,
                    workspaces: $0.workspaces.map(\.text),
                    open: $0.others.isEmpty ? nil : $0.others)
            }
            warnings = Note.all(plan.warnings, plan.workspaces, \.warnings)
            errors = Note.all(plan.errors + plan.sourceErrors, plan.workspaces, \.errors)
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
        let suspend: Int
        let resume: Int
        let mint: Int
        let publish: Int
        let retire: Int
        /// Keys that are blocked.
        let revoke: Int
        /// Blocked keys, and teams of workspaces that left the source.
        let delete: Int
        /// Provider secrets.
        let put: Int
        /// Models of workspaces' own.
        let register: Int
        /// Secrets, and models of workspaces' own.
        let remove: Int
        /// Workspaces that left the source and are suspended for it.
        let prune: Int
        let failed: Int

        init(_ plan: Plan) {
            workspaces = plan.workspaces.count { !$0.leaves }
            create = plan.count(.create)
            adopt = plan.count(.adopt)
            update = plan.count(.update)
            suspend = plan.count(.suspend)
            resume = plan.count(.resume)
            mint = plan.count(.mint)
            publish = plan.count(.publish)
            retire = plan.count(.retire)
            revoke = plan.count(.block)
            delete = plan.count(.delete)
            put = plan.count(.put)
            register = plan.count(.register)
            remove = plan.count(.remove)
            prune = plan.changes.count { $0.cause == .prune && $0.action == .suspend }
            failed = plan.workspaces.count { !$0.errors.isEmpty }
        }
    }

    private struct ChangeRow: Encodable {
        struct Place: Encodable {
            struct Commit: Encodable {
                let hash: String
                let date: String
            }

            let file: String
            let line: Int
            /// Not there where git does not tell.
            let commit: Commit?
            /// Not there but where it is true.
            let uncommitted: Bool?

            init(_ place: SourceLocation, _ origin: ChangeHistory.Origin?) {
                file = place.file
                line = place.line
                switch origin {
                case .commit(let hash, let date)?:
                    (commit, uncommitted) = (Commit(hash: hash, date: date), nil)
                case .uncommitted?: (commit, uncommitted) = (nil, true)
                case nil: (commit, uncommitted) = (nil, nil)
                }
            }
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

        init(_ change: Change, _ history: ChangeHistory) {
            address = change.address.description
            action = change.action.rawValue
            cause = change.cause.rawValue
            reason = change.reason
            source = change.place.map { Place($0, history[$0]) }
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
        /// Teams and keys that `openTeams` counts; not there with another limit.
        let open: [String]?
    }

    private struct Note: Encodable {
        /// Not there where it is of no single one.
        let workspace: String?
        let message: String

        static func all(
            _ common: [String], _ workspaces: [WorkspacePlan],
            _ path: KeyPath<WorkspacePlan, [String]>
        ) -> [Note] {
            common.map { Note(workspace: nil, message: $0) }
                + workspaces.flatMap { plan in
                    plan[keyPath: path].map { Note(workspace: plan.id.text, message: $0) }
                }
        }
    }
}
