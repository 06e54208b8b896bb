internal import BursarCore

/// A workspace as it is in effect: what its manifest says, what it inherits and what bursar fills in,
/// each value with the place where it was written.
package struct EffectiveManifest: Sendable {
    enum Origin: Hashable, Sendable {
        case manifest(SourceLocation)
        case inherited(SourceLocation)
        /// Written nowhere.
        case builtIn
    }

    package let name: String
    package let id: String
    let root: Node
    private let paths: [String]

    init(_ root: Node, of workspace: DesiredWorkspace, paths: [String]) {
        name = workspace.name
        id = workspace.id.text
        self.paths = paths
        self.root = Self.filled(root, workspace)
    }

    func origin(of node: Node) -> Origin {
        guard node.extent.file != Self.nowhere.file else { return .builtIn }
        let place = SourceLocation(node.extent, in: paths)
        return node.extent.file == root.extent.file ? .manifest(place) : .inherited(place)
    }

    private static let nowhere = Extent(
        file: -1, start: Mark(line: 0, column: 0), end: Mark(line: 0, column: 0))

    private static func builtIn(_ text: String) -> Node {
        Node(value: .scalar(text, plain: true), extent: nowhere)
    }

    /// With what bursar takes where nothing is written, in the order of the schema.
    private static func filled(_ root: Node, _ workspace: DesiredWorkspace) -> Node {
        root.mapping { pairs in
            pairs.sort(by: Schema.document)
            pairs.replace("spec") { spec in
                spec.mapping { pairs in
                    pairs.add("id", builtIn(workspace.id.text))
                    pairs.add("suspended", builtIn("false"))
                    pairs.add("prune", builtIn("true"))
                    if !pairs.contains(where: { $0.name == "key" && !$0.value.isNull }) {
                        pairs.add("keys", Node(value: .sequence(keys(workspace)), extent: nowhere))
                    }
                    pairs.sort(by: Schema.spec)
                    pairs.replace("budget") { $0.mapping { $0.sort(by: Schema.budget) } }
                    pairs.replace("limits") { $0.mapping { $0.sort(by: Schema.limits) } }
                }
            }
        }
    }

    private static func keys(_ workspace: DesiredWorkspace) -> [Node] {
        workspace.keys.map { key in
            let pair = Node.Pair(name: "secret", key: nowhere, value: builtIn(key.secret.text))
            return Node(value: .mapping([pair]), extent: nowhere)
        }
    }
}

extension Node {
    fileprivate func mapping(_ change: (inout [Pair]) -> Void) -> Node {
        guard case .mapping(var pairs) = value else { return self }
        change(&pairs)
        return Node(value: .mapping(pairs), extent: extent)
    }
}

extension [Node.Pair] {
    /// Where the name is absent, or `null`, which says the same.
    fileprivate mutating func add(_ name: String, _ value: Node) {
        guard let at = firstIndex(where: { $0.name == name }) else {
            append(Node.Pair(name: name, key: value.extent, value: value))
            return
        }
        if self[at].value.isNull {
            self[at] = Node.Pair(name: name, key: self[at].key, value: value)
        }
    }

    fileprivate mutating func replace(_ name: String, _ change: (Node) -> Node) {
        guard let at = firstIndex(where: { $0.name == name }) else { return }
        self[at] = Node.Pair(name: name, key: self[at].key, value: change(self[at].value))
    }

    fileprivate mutating func sort(by group: Schema.Group) {
        let order = Dictionary(
            uniqueKeysWithValues: group.fields.enumerated().map { ($1.name, $0) })
        sort { order[$0.name] ?? .max < order[$1.name] ?? .max }
    }
}
