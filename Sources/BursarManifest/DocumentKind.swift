internal import BursarCore

/// Tells a document of ours from another's, and names what the other is.
enum DocumentKind {
    case ours(Schema.Kind)
    case refused(Located)
    /// Was refused as YAML already.
    case unreadable

    init(of root: Node) {
        guard case .mapping = root.value else {
            if case .refused = root.value {
                self = .unreadable
            } else {
                let what = root.text == nil ? "a list" : "a single text"
                self = .refused(Located(problem: .foreignDocument(what), extent: root.extent))
            }
            return
        }
        let version = root["apiVersion"]?.text
        if version == Schema.version {
            self = Self.kind(of: root)
        } else if let version, version.hasPrefix("bursar") {
            let extent = root["apiVersion"]?.extent ?? root.extent
            self = .refused(Located(problem: .unsupportedVersion(version), extent: extent))
        } else if version == nil, let kind = root["kind"]?.text, Schema.Kind(rawValue: kind) != nil
        {
            let doc = Schema.document["apiVersion"]?.doc ?? ""
            let problem = ManifestProblem.missingField(
                "apiVersion", of: Schema.document.name, doc: doc)
            self = .refused(Located(problem: problem, extent: Self.start(of: root)))
        } else {
            let problem = ManifestProblem.foreignDocument(Self.name(of: root))
            self = .refused(Located(problem: problem, extent: Self.start(of: root)))
        }
    }

    private static func kind(of root: Node) -> DocumentKind {
        guard let node = root["kind"], let kind = node.text, !node.isNull else {
            let doc = Schema.document["kind"]?.doc ?? ""
            let problem = ManifestProblem.missingField("kind", of: Schema.document.name, doc: doc)
            return .refused(Located(problem: problem, extent: start(of: root)))
        }
        if let known = Schema.Kind(rawValue: kind) { return .ours(known) }
        let nearest = NearestName.of(kind, among: Schema.Kind.allCases.map(\.rawValue))
        return .refused(
            Located(problem: .unknownKind(kind, nearest: nearest), extent: node.extent))
    }

    private static func start(of root: Node) -> Extent {
        guard case .mapping(let pairs) = root.value, let first = pairs.first else {
            return root.extent
        }
        return first.key
    }

    private static func name(of root: Node) -> String {
        let version = root["apiVersion"]?.text ?? ""
        let kind = root["kind"]?.text ?? ""
        if version.hasPrefix("kustomize.config.k8s.io/") || kind == "Kustomization" {
            return "a kustomization"
        }
        if !version.isEmpty, !kind.isEmpty {
            return "a Kubernetes resource of kind \(quoted(kind))"
        }
        if root["jobs"] != nil, root["on"] != nil { return "a GitHub Actions workflow" }
        if root["services"] != nil { return "a Compose file" }
        if root["model_list"] != nil { return "a configuration of the LiteLLM proxy" }
        if root["openapi"] != nil || root["swagger"] != nil { return "an OpenAPI description" }
        if root["resources"] != nil || root["patches"] != nil { return "a kustomization" }
        if root["repos"] != nil { return "a pre-commit configuration" }
        return "a document without `apiVersion`"
    }
}
