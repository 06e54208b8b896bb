internal import BursarCore

/// `spec.keys` and its shorthand `spec.key`.
enum KeyDecoder {
    /// `nil` where neither is written.
    static func keys(_ fields: Fields, _ findings: inout Findings) -> [DesiredKey]? {
        let list = fields.present("keys", &findings)
        let single = fields.present("key", &findings)
        if list != nil, single != nil, let place = fields.key("key") {
            findings.note(.exclusive("key", "keys"), at: place)
        }
        if let list { return findings.items(list).map { unique($0, &findings) } }
        return single.map { unique([$0], &findings) }
    }

    private static func unique(_ nodes: [Node], _ findings: inout Findings) -> [DesiredKey] {
        var keys: [DesiredKey] = []
        keys.reserveCapacity(nodes.count)
        // Most workspaces have few keys: a table of them costs more than looking through them.
        var few: [Mark] = []
        var many: [SecretName: Mark] = [:]
        for node in nodes {
            guard let (key, extent) = key(node, &findings) else { continue }
            let mark =
                nodes.count > 16
                ? many[key.secret]
                : keys.firstIndex { $0.secret == key.secret }.map { few[$0] }
            if let mark {
                findings.note(.duplicateEntry(key.secret.text, mark), at: extent)
                continue
            }
            if nodes.count > 16 { many[key.secret] = extent.start }
            few.append(extent.start)
            keys.append(key)
        }
        return keys
    }

    private static func key(
        _ node: Node, _ findings: inout Findings
    ) -> (DesiredKey, Extent)? {
        // Fields below are noted even where the name is bad; then their places are nobody's.
        let named = node["secret"]?.text ?? ""
        let path = "spec.keys.\(named)"
        guard let fields = Fields(node, Schema.key, path: path, &findings) else { return nil }
        let name = fields.required("secret", &findings)
        let secret = name.flatMap { findings.secretName($0) }
        var models: Set<String>?
        if let node = fields.present("models", &findings), let names = findings.modelNames(node) {
            let group = findings.group(fields.path("models"))
            for name in names { findings.place(name.text, in: group, at: name.extent) }
            models = Set(names.map(\.text))
        }
        let limits = fields.present("limits", &findings).map {
            WorkspaceDecoder.limits($0, path: fields.path("limits"), &findings)
        }
        let rotation = fields.present("rotation", &findings).flatMap {
            RotationDecoder.rotation($0, path: fields.path("rotation"), &findings)
        }
        guard let secret, let name else { return nil }
        findings.place(path, at: name.extent)
        let key = DesiredKey(
            secret: secret, models: models, limits: limits ?? Limits(), rotation: rotation)
        return (key, name.extent)
    }
}
