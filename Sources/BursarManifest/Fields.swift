internal import BursarCore

/// The fields of a mapping, checked against their group: what the group does not know, or this
/// version does not support, is noted when they are made.
struct Fields {
    let extent: Extent
    private let group: Schema.Group
    private let path: String
    private let place: Places.Group
    private let pairs: [Node.Pair]

    /// `nil`, and noted, where `node` is no mapping. `path` is empty for the document.
    init?(_ node: Node, _ group: Schema.Group, path: String, _ findings: inout Findings) {
        guard let pairs = findings.pairs(node) else { return nil }
        self.pairs = pairs
        self.group = group
        self.path = path
        place = findings.group(path)
        extent = node.extent
        for pair in pairs { check(pair, &findings) }
    }

    private func check(_ pair: Node.Pair, _ findings: inout Findings) {
        if group.supports(pair.name) { return }
        if group[pair.name] != nil {
            findings.note(.unsupportedField(pair.name), at: pair.key)
            return
        }
        // Beyond it the nearest names would take most of the time.
        guard !findings.problems.isFull else { return }
        let known = group.fields.map(\.name)
        let nearest = NearestName.of(pair.name, among: known)
        // A slip in a field's name is none: `lostSecret` meant `lostSecrets`.
        let holdsSecret =
            LiteralSecrets.isSecretField(pair.name)
            || nearest == nil && LiteralSecrets.soundsSecret(pair.name)
        if holdsSecret, pair.value.text != nil, !pair.value.isNull {
            findings.note(.literalSecret(field: pair.name), at: pair.value)
            return
        }
        if let nearest { findings.misspell(self.path(nearest)) }
        findings.note(
            .unknownField(
                pair.name, of: group.name, nearest: nearest, known: known),
            at: pair.key)
    }

    /// The path of a field, for places.
    func path(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// `nil` where the field is absent; `null` is a node.
    func written(_ name: String, _ findings: inout Findings) -> Node? {
        assert(group[name] != nil, "the schema knows every field that a decoder asks for")
        guard let index = pairs.firstIndex(where: { $0.name == name }) else { return nil }
        let value = pairs[index].value
        let isNull = value.isNull
        let isScalar = value.text != nil && !isNull
        findings.place(name, in: place, at: isScalar ? value.extent : pairs[index].key)
        if isNull { findings.remove(path(name)) }
        return value
    }

    /// `nil` where the field is absent or `null`.
    func present(_ name: String, _ findings: inout Findings) -> Node? {
        guard let node = written(name, &findings), !node.isNull else { return nil }
        return node
    }

    /// As `present`, and noted where there is none.
    func required(_ name: String, _ findings: inout Findings) -> Node? {
        if let node = present(name, &findings) { return node }
        missing(name, &findings)
        return nil
    }

    func missing(_ name: String, _ findings: inout Findings) {
        guard !findings.misspelt.contains(path(name)) else { return }
        let place = pairs.first?.key ?? extent
        let doc = group[name]?.doc ?? ""
        findings.note(.missingField(name, of: group.name, doc: doc), at: place)
    }

    func managed<Value>(
        _ name: String, _ findings: inout Findings,
        _ read: (inout Findings, Node) -> Value?
    ) -> Managed<Value> {
        guard let node = written(name, &findings) else { return .unmanaged }
        guard !node.isNull else { return .cleared }
        return read(&findings, node).map { .value($0) } ?? .unmanaged
    }

    func text(_ name: String, _ findings: inout Findings) -> String? {
        present(name, &findings).flatMap { findings.text($0) }
    }

    func truth(_ name: String, _ findings: inout Findings) -> Bool? {
        present(name, &findings).flatMap { findings.truth($0) }
    }

    func key(_ name: String) -> Extent? { pairs.first { $0.name == name }?.key }
}
