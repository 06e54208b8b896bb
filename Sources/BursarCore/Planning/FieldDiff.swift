/// Gathers the fields that differ, with the cause of each: a field whose desired value is the one
/// applied last was changed by somebody else, so it is drift; every other one the manifest changed.
/// The digests stand in the mark, so no state file is needed.
struct FieldDiff<Field> {
    private let applied: [String: String]?
    /// Of every difference, where it is not for the digests to say.
    private let given: Cause?
    /// What the digests are of, by path: most plans need none of them.
    private var written: [(path: String, text: () -> String)] = []
    private var kept: Set<String> = []
    private(set) var changes: [FieldChange] = []
    private(set) var fields: [Field] = []
    /// Whether the proxy's models moved under a manifest that says `all`.
    private var proxyMoved = false

    /// - Parameter applied: the mark's digests; `nil` where the mark is gone, so all is drift.
    init(applied: [String: String]?, cause: Cause? = nil) {
        self.applied = applied
        given = cause
    }

    mutating func compare<Value: Equatable>(
        _ path: String, _ before: Value, _ after: Value, _ field: @autoclosure () -> Field,
        print: @escaping (Value) -> String?
    ) {
        compare(path, before, after, field(), print: print) { print(after) ?? "" }
    }

    /// `all` is compared as it is written: the list that it stands for depends on the proxy as well.
    /// That list has a digest of its own, so that a proxy that gained a model is told from a hand
    /// that changed the team.
    mutating func compareAll(_ before: ModelAccess, _ after: ModelAccess, _ field: Field) {
        let path = "models"
        compare(path, before, after, field, print: Printed.models) { "all" }
        let list = path + ".all"
        written.append((list, { Printed.models(after) ?? "" }))
        let isAsApplied = applied?[list] == Applied.digest(Printed.models(before) ?? "")
        proxyMoved = before != after && applied?[path] == Applied.digest("all") && isAsApplied
    }

    private mutating func compare<Value: Equatable>(
        _ path: String, _ before: Value, _ after: Value, _ field: @autoclosure () -> Field,
        print: (Value) -> String?, written text: @escaping () -> String
    ) {
        written.append((path, text))
        guard before != after else { return }
        let cause: Cause =
            given ?? applied.map { $0[path] == Applied.digest(text()) ? .drift : .manifest }
            ?? .drift
        changes.append(
            FieldChange(path: path, before: print(before), after: print(after), cause: cause))
        fields.append(field())
    }

    var digests: [String: String] {
        let written = Dictionary(
            uniqueKeysWithValues: written.map { ($0.path, Applied.digest($0.text())) })
        return written.merging((applied ?? [:]).filter { kept.contains($0.key) }) { new, _ in new }
    }

    /// A field that is left as it is in this run: what was applied last stays what it was.
    mutating func keep(_ path: String) { kept.insert(path) }

    /// A field that no manifest names: where it differs, somebody changed it.
    mutating func putBack(_ path: String, from before: String?, to after: String?, _ field: Field) {
        changes.append(
            FieldChange(path: path, before: before, after: after, cause: given ?? .drift))
        fields.append(field)
    }

    /// Another one that is written for a difference that stands already.
    mutating func addField(_ field: Field) { fields.append(field) }

    /// What is written without a field of its own.
    mutating func state(_ change: FieldChange) { changes.append(change) }

    var cause: Cause { given ?? (changes.contains { $0.cause == .manifest } ? .manifest : .drift) }

    var reason: String {
        guard cause == .drift else { return "the manifest changed" }
        guard proxyMoved else { return "changed outside git" }
        let moved = "the proxy's models changed, and the manifest says all"
        return changes.count == 1 ? moved : "changed outside git; \(moved)"
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
    static func money(_ value: Money?) -> String? { value?.exactDollars }
}
