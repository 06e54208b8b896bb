/// Lays what is written nearer over what is written farther: maps merge, everything else replaces,
/// and a `null` stays, so that it removes. Every value keeps the place where it was written.
enum Inheritance {
    /// A manifest's document over the `spec` that its directories give it.
    static func effective(_ root: Node, over defaults: Node?) -> Node {
        guard let defaults, case .mapping(var pairs) = root.value else { return root }
        guard let at = pairs.firstIndex(where: { $0.name == "spec" }) else {
            pairs.append(Node.Pair(name: "spec", key: defaults.extent, value: defaults))
            return Node(value: .mapping(pairs), extent: root.extent)
        }
        let spec = pairs[at]
        let value = spec.value.isNull ? defaults : self.spec(spec.value, over: defaults)
        pairs[at] = Node.Pair(name: "spec", key: spec.key, value: value)
        return Node(value: .mapping(pairs), extent: root.extent)
    }

    /// `key` is another spelling of `keys`: whichever is written nearer replaces both.
    static func spec(_ near: Node, over far: Node) -> Node {
        guard case .mapping(let pairs) = far.value, near["key"] != nil || near["keys"] != nil else {
            return merged(near, over: far)
        }
        let rest = pairs.filter { $0.name != "key" && $0.name != "keys" }
        return merged(near, over: Node(value: .mapping(rest), extent: far.extent))
    }

    private static func merged(_ near: Node, over far: Node) -> Node {
        guard case .mapping(var pairs) = near.value, case .mapping(let below) = far.value else {
            return near
        }
        // What applies to a directory is short, and a manifest may be long.
        let own = pairs
        let names =
            own.count > 16
            ? Dictionary(uniqueKeysWithValues: own.indices.map { (own[$0].name, $0) }) : [:]
        for pair in below {
            let found =
                own.count > 16 ? names[pair.name] : own.firstIndex { $0.name == pair.name }
            guard let at = found else {
                pairs.append(pair)
                continue
            }
            let value = merged(pairs[at].value, over: pair.value)
            pairs[at] = Node.Pair(name: pair.name, key: pairs[at].key, value: value)
        }
        return Node(value: .mapping(pairs), extent: near.extent)
    }
}
