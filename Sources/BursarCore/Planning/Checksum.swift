/// A digest over what a review approves, see `Approval`. 128 bits: who writes two manifests to fit one
/// checksum, a harmless one to be approved and another, must try 2^64 times.
package enum Checksum {
    package static func of(_ plan: Plan) -> String { of(Approval(plan)) }

    package static func of(_ changes: [Change]) -> String {
        of(approved: ApprovedChange.all(in: changes))
    }

    package static func of(_ approval: Approval) -> String {
        of(approved: approval.workspaces.sorted { $0.key < $1.key }.flatMap(\.value))
    }

    /// - Parameter changes: in any order.
    package static func of(approved changes: [ApprovedChange]) -> String {
        let lines = changes.sorted().map { change in
            ([change.address, change.action]
                + change.fields.flatMap { [$0.path, $0.before, $0.after] })
                .map(part).joined()
        }
        return String(Hex.sha256(lines.map(part).joined()).prefix(digits))
    }

    /// With its length before it: no text of somebody's choice looks like the end of one part and the
    /// beginning of the next.
    private static func part(_ text: String?) -> String {
        text.map { "\($0.utf8.count):\($0)" } ?? "-"
    }

    private static let digits = 32

    /// What `--checksum` takes: all of one, in lower case.
    package static func isOne(_ text: String) -> Bool {
        text.utf8.count == digits && text.utf8.allSatisfy(Hex.isDigit)
    }
}
