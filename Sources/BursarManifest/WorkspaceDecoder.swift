internal import BursarCore

/// A document of kind `Workspace` into what it says.
enum WorkspaceDecoder {
    /// `root`: with what it inherits.
    static func decode(_ root: Node) -> (manifest: WorkspaceManifest, problems: ProblemList) {
        var findings = Findings()
        var manifest = WorkspaceManifest(extent: root.extent)
        if let fields = Fields(root, Schema.document, path: "", &findings) {
            if let node = fields.required("metadata", &findings) {
                metadata(node, &manifest, &findings)
            }
            if let node = fields.required("spec", &findings) { spec(node, &manifest, &findings) }
        }
        if manifest.id == nil, let name = manifest.name, manifest.idPlace == nil {
            manifest.id = WorkspaceID(name)
            if let fault = WorkspaceIDFault(name) {
                findings.note(.nameIsNoID(name, fault), at: manifest.namePlace)
            }
        }
        manifest.places = findings.places
        manifest.places.add("", at: root.extent)
        manifest.removed = findings.removed
        manifest.misspelt = findings.misspelt
        manifest.isSound = !findings.problems.hasErrors
        return (manifest, findings.problems)
    }

    private static func metadata(
        _ node: Node, _ manifest: inout WorkspaceManifest, _ findings: inout Findings
    ) {
        guard let fields = Fields(node, Schema.metadata, path: "metadata", &findings) else {
            return
        }
        manifest.namePlace = fields.key("name") ?? node.extent
        if let node = fields.required("name", &findings) {
            manifest.namePlace = node.extent
            manifest.name = findings.text(node)
        }
        if let node = fields.present("labels", &findings) {
            manifest.labels = findings.texts(node) ?? [:]
            manifest.labelNames = node.writtenNames
        }
        if let node = fields.present("annotations", &findings) {
            manifest.paused = paused(node, &findings)
            manifest.annotationNames = node.writtenNames
        }
    }

    /// Annotations are everybody's; those that begin with `bursar/` are ours.
    private static func paused(_ node: Node, _ findings: inout Findings) -> String? {
        guard let pairs = findings.pairs(node) else { return nil }
        let ours = Node(
            value: .mapping(pairs.filter { $0.name.hasPrefix("bursar/") }), extent: node.extent)
        let fields = Fields(ours, Schema.annotations, path: "metadata.annotations", &findings)
        return fields?.text("bursar/paused", &findings)
    }

    private static func spec(
        _ node: Node, _ manifest: inout WorkspaceManifest, _ findings: inout Findings
    ) {
        guard let fields = Fields(node, Schema.spec, path: "spec", &findings) else { return }
        manifest.hasSpec = true
        if let node = fields.present("id", &findings) {
            manifest.idPlace = node.extent
            manifest.id = id(node, &findings)
        }
        if let node = fields.present("adopt", &findings) {
            manifest.adopt = AdoptionDecoder.adoption(node, &findings)
        }
        inheritable(fields, &manifest, &findings)
    }

    /// The fields that defaults may give too.
    static func inheritable(
        _ fields: Fields, _ manifest: inout WorkspaceManifest, _ findings: inout Findings
    ) {
        if let node = fields.present("budget", &findings) {
            manifest.spec.budget = budget(node, &findings)
        }
        if let node = fields.present("models", &findings) {
            manifest.spec.models = models(node, &findings)
        }
        if let node = fields.present("limits", &findings) {
            manifest.spec.limits = limits(node, path: "spec.limits", &findings)
        }
        manifest.spec.keys = KeyDecoder.keys(fields, &findings)
        if let node = fields.present("providerSecrets", &findings) {
            manifest.spec.providerSecrets = ProviderSecretDecoder.secrets(node, &findings)
        }
        manifest.spec.suspended = fields.truth("suspended", &findings)
        manifest.spec.prune = fields.truth("prune", &findings)
    }

    private static func id(_ node: Node, _ findings: inout Findings) -> WorkspaceID? {
        guard let text = findings.text(node) else { return nil }
        if let fault = WorkspaceIDFault(text) { findings.note(.invalidID(text, fault), at: node) }
        return WorkspaceID(text)
    }

    private static func budget(
        _ node: Node, _ findings: inout Findings
    ) -> WorkspaceSpec.Budget? {
        if let text = node.text {
            guard text != "unlimited" else { return .unlimited }
            findings.expected("`{limit: <dollars>}` or the word `unlimited`", at: node)
            return nil
        }
        guard let fields = Fields(node, Schema.budget, path: "spec.budget", &findings) else {
            return nil
        }
        let limit = fields.present("limit", &findings).flatMap { cap($0, &findings) }
        let period = fields.present("period", &findings).flatMap { findings.period($0) }
        let warnAt = fields.managed("warnAt", &findings) { percent($1, &$0) }
        return .capped(limit: limit, period: period, warnAt: warnAt)
    }

    static func cap(_ node: Node, _ findings: inout Findings) -> MicroUSD? {
        guard let amount = findings.amount(node) else { return nil }
        if amount.isNegative || amount.money == .zero {
            findings.note(.budgetNotPositive(negative: amount.money != .zero), at: node)
            return nil
        }
        guard amount.decimals <= 6 else {
            findings.note(.budgetTooPrecise, at: node)
            return nil
        }
        guard let money = amount.money, let micros = Int64(exactly: money.picos / 1_000_000),
            let cap = MicroUSD(micros: micros)
        else {
            findings.note(.budgetTooLarge, at: node)
            return nil
        }
        return cap
    }

    private static func percent(_ node: Node, _ findings: inout Findings) -> Int? {
        guard let text = node.text else {
            findings.expected("a share like `80%`", at: node)
            return nil
        }
        guard text.last == "%", let number = Int(text.dropLast()), (1...100).contains(number),
            "\(number)%" == text
        else {
            findings.note(.invalidPercent(text), at: node)
            return nil
        }
        return number
    }

    private static func models(_ node: Node, _ findings: inout Findings) -> ModelAccess? {
        if let text = node.text {
            guard text != "all" else { return .all }
            findings.expected("a list of models or the word `all`", at: node)
            return nil
        }
        guard let names = findings.modelNames(node) else { return nil }
        let group = findings.group("spec.models")
        for name in names { findings.place(name.text, in: group, at: name.extent) }
        return .only(Set(names.map(\.text)))
    }

    static func limits(_ node: Node, path: String, _ findings: inout Findings) -> Limits {
        guard let fields = Fields(node, Schema.limits, path: path, &findings) else {
            return Limits()
        }
        func limit(_ name: String) -> Managed<Int> {
            fields.managed(name, &findings) {
                $0.wholeNumber($1, 1...Schema.maximumLimit, of: name)
            }
        }
        return Limits(
            requestsPerMinute: limit("requestsPerMinute"),
            tokensPerMinute: limit("tokensPerMinute"),
            parallelRequests: limit("parallelRequests"))
    }
}
