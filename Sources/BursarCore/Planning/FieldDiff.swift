/// Gathers the fields that differ, with the cause of each: a field whose desired value is the one
/// applied last was changed by somebody else, so it is drift; every other one the manifest changed.
/// The digests stand in the mark, so no state file is needed.
struct FieldDiff<Field> {
    private let applied: [String: String]?
    private(set) var digests: [String: String] = [:]
    private(set) var changes: [FieldChange] = []
    private(set) var fields: [Field] = []

    /// - Parameter applied: the mark's digests; `nil` where the mark is gone, so all is drift.
    init(applied: [String: String]?) {
        self.applied = applied
    }

    /// - Parameter written: what the manifest says, where `after` depends on more than that.
    mutating func compare<Value: Equatable>(
        _ path: String, _ before: Value, _ after: Value, _ field: @autoclosure () -> Field,
        written: String? = nil, print: (Value) -> String?
    ) {
        let digest = String(Hex.sha256(written ?? print(after) ?? "").prefix(8))
        digests[path] = digest
        guard before != after else { return }
        let cause: Cause = applied.map { $0[path] == digest ? .drift : .manifest } ?? .drift
        changes.append(
            FieldChange(path: path, before: print(before), after: print(after), cause: cause))
        fields.append(field())
    }

    /// A field that no manifest names: where it differs, somebody changed it.
    mutating func putBack(_ path: String, from before: String?, to after: String?, _ field: Field) {
        changes.append(FieldChange(path: path, before: before, after: after, cause: .drift))
        fields.append(field)
    }

    var cause: Cause { changes.contains { $0.cause == .manifest } ? .manifest : .drift }

    var reason: String {
        cause == .manifest ? "the manifest changed" : "changed outside git"
    }
}

/// How values stand in a plan.
enum Printed {
    static func models(_ access: ModelAccess) -> String? {
        switch access {
        case .all: "every model of the proxy"
        case .only(let names): names.isEmpty ? "none" : names.sorted().joined(separator: ", ")
        }
    }

    static func keyModels(_ models: KeyModels) -> String? {
        switch models {
        case .team: "the workspace's"
        case .unrestricted: "unrestricted"
        case .only(let names): names.isEmpty ? "none" : names.sorted().joined(separator: ", ")
        }
    }

    static func number(_ value: Int?) -> String? { value.map(String.init) }
    static func money(_ value: Money?) -> String? { value?.dollars }
}
