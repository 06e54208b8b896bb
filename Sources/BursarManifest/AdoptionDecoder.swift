internal import BursarCore

/// What a manifest's `adopt` says, before it is known which keys the workspace has.
struct AdoptionSpec: Sendable {
    var team = false
    /// Of the workspace's one key.
    var key: String?
    /// By the name of a secret, which may be none of the workspace's.
    var keys: [String: String] = [:]
    var from: String?
}

/// `spec.adopt`.
enum AdoptionDecoder {
    static func adoption(_ node: Node, _ findings: inout Findings) -> AdoptionSpec? {
        guard let fields = Fields(node, Schema.adopt, path: "spec.adopt", &findings) else {
            return nil
        }
        var adoption = AdoptionSpec()
        adoption.team = fields.truth("team", &findings) ?? false
        adoption.key = fields.text("key", &findings)
        if let node = fields.present("keys", &findings) {
            adoption.keys = keys(node, path: fields.path("keys"), &findings)
        }
        adoption.from = fields.text("from", &findings)
        if let place = fields.key("key"), adoption.key != nil,
            fields.present("keys", &findings) != nil
        {
            findings.note(.exclusive("key", "keys"), at: place)
        }
        if let place = fields.key("from"), adoption.from != nil,
            ["team", "key", "keys"].allSatisfy({ fields.present($0, &findings) == nil })
        {
            findings.note(.needs("from", other: ["team", "key", "keys"]), at: place)
        }
        return adoption
    }

    private static func keys(
        _ node: Node, path: String, _ findings: inout Findings
    ) -> [String: String] {
        var keys: [String: String] = [:]
        let group = findings.group(path)
        for pair in findings.pairs(node) ?? [] where !pair.value.isNull {
            findings.place(pair.name, in: group, at: pair.key)
            keys[pair.name] = findings.text(pair.value)
        }
        return keys
    }
}
