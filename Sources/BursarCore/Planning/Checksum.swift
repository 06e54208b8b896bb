/// A digest over what a review approves: the changes that neither time nor a secret's source
/// brings, sorted. Spend, instants and generations are no part of it.
package enum Checksum {
    package static func of(_ plan: Plan) -> String {
        of(plan.workspaces.flatMap(\.changes))
    }

    package static func of(_ changes: [Change]) -> String {
        let lines = changes.filter { !$0.broughtByTime }.map { change in
            let fields = change.fields.filter { !$0.path.hasPrefix("generation of ") }.map {
                "\($0.path)=\($0.before ?? "-")>\($0.after ?? "-")"
            }
            return ([change.address.description, change.action.rawValue] + fields.sorted())
                .joined(separator: "\u{1f}")
        }
        return String(Hex.sha256(lines.sorted().joined(separator: "\u{1e}")).prefix(16))
    }
}
