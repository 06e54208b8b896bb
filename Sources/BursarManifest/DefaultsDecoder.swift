/// A document of kind `Defaults`: what it gives stands in its nodes, so it is only checked here.
enum DefaultsDecoder {
    /// The `spec`, `nil` where it gives nothing, and everything that is wrong.
    static func decode(_ document: Document) -> (spec: Node?, problems: ProblemList) {
        var findings = Findings()
        guard let fields = Fields(document.root, Schema.document, path: "", &findings) else {
            return (nil, findings.problems)
        }
        metadata(fields, &findings)
        guard let node = fields.present("spec", &findings),
            let spec = Fields(node, Schema.defaultsSpec, path: "spec", &findings)
        else { return (nil, findings.problems) }
        var scratch = WorkspaceManifest(extent: document.root.extent)
        WorkspaceDecoder.inheritable(spec, &scratch, &findings)
        return (node.keeping(Schema.defaultsSpec), findings.problems)
    }

    /// Of a document that applies to a directory: all of it may be left out.
    static func metadata(_ document: Fields, _ findings: inout Findings) {
        guard let node = document.present("metadata", &findings),
            let fields = Fields(node, Schema.directoryMetadata, path: "metadata", &findings)
        else { return }
        _ = fields.text("name", &findings)
        if let node = fields.present("labels", &findings) { _ = findings.texts(node) }
        if let node = fields.present("annotations", &findings) { _ = findings.pairs(node) }
    }
}

extension Node {
    /// Without the fields that a group does not know.
    fileprivate func keeping(_ group: Schema.Group) -> Node {
        guard case .mapping(let pairs) = value else { return self }
        return Node(value: .mapping(pairs.filter { group[$0.name] != nil }), extent: extent)
    }
}
