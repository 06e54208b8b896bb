internal import BursarCore

/// `spec.providerSecrets`.
enum ProviderSecretDecoder {
    static func secrets(_ node: Node, _ findings: inout Findings) -> [DesiredProviderSecret] {
        var secrets: [DesiredProviderSecret] = []
        var first: [SecretName: Mark] = [:]
        for item in findings.items(node) ?? [] {
            guard let (name, extent, secret) = secret(item, &findings) else { continue }
            if let mark = first[name] {
                findings.note(.duplicateEntry(name.text, mark), at: extent)
                continue
            }
            first[name] = extent.start
            if let secret { secrets.append(secret) }
        }
        return secrets
    }

    /// `nil` without a name; the secret is `nil` where its source is bad.
    private static func secret(
        _ node: Node, _ findings: inout Findings
    ) -> (SecretName, Extent, DesiredProviderSecret?)? {
        let path = "spec.providerSecrets.\(node["name"]?.text ?? "")"
        guard let fields = Fields(node, Schema.providerSecret, path: path, &findings) else {
            return nil
        }
        let nameNode = fields.required("name", &findings)
        let name = nameNode.flatMap { findings.secretName($0) }
        let source = fields.required("valueFrom", &findings).flatMap {
            self.source($0, Schema.valueFrom, path: fields.path("valueFrom"), &findings)
        }
        var models: [DesiredModel] = []
        if let node = fields.present("models", &findings), let items = findings.items(node) {
            models = self.models(items, path: fields.path("models"), &findings)
        }
        guard let name, let nameNode else { return nil }
        findings.place(path, at: nameNode.extent)
        let secret = source.map { DesiredProviderSecret(name: name, valueFrom: $0, models: models) }
        return (name, nameNode.extent, secret)
    }

    /// - Parameter group: `valueFrom`, or what the configuration allows there: of the same fields.
    static func source(
        _ node: Node, _ group: Schema.Group, path: String, _ findings: inout Findings
    ) -> ValueSource? {
        guard let fields = Fields(node, group, path: path, &findings) else { return nil }
        var sources: [ValueSource] = []
        var written = 0
        for name in group.fields.map(\.name) {
            guard let node = fields.present(name, &findings) else { continue }
            written += 1
            if name == "exec" {
                if let command = command(node, &findings) { sources.append(.exec(command)) }
            } else if let text = findings.text(node) {
                sources.append(
                    name == "env" ? .env(text) : name == "file" ? .file(text) : .age(text))
            }
        }
        guard written == 1 else {
            let hasLiteral = node["value"] != nil  // said already
            if !hasLiteral {
                findings.note(.notOneOf(group.fields.map(\.name), of: group.name), at: node)
            }
            return nil
        }
        return sources.first
    }

    /// A command and its arguments; repeats are meant.
    static func command(_ node: Node, _ findings: inout Findings) -> [String]? {
        guard let items = findings.items(node) else { return nil }
        let words = items.compactMap { findings.text($0) }
        guard !items.isEmpty else {
            findings.note(.emptyText, at: node)
            return nil
        }
        return words.count == items.count ? words : nil
    }

    private static func models(
        _ nodes: [Node], path: String, _ findings: inout Findings
    ) -> [DesiredModel] {
        var models: [DesiredModel] = []
        var first: [String: Mark] = [:]
        for node in nodes {
            guard let model = model(node, path: path, &findings) else { continue }
            let extent = node["name"]?.extent ?? node.extent
            if let mark = first[model.name] {
                findings.note(.duplicateEntry(model.name, mark), at: extent)
            } else {
                first[model.name] = extent.start
                models.append(model)
            }
        }
        return models
    }

    private static func model(
        _ node: Node, path: String, _ findings: inout Findings
    ) -> DesiredModel? {
        let path = "\(path).\(node["name"]?.text ?? "")"
        guard let fields = Fields(node, Schema.model, path: path, &findings) else { return nil }
        let nameNode = fields.required("name", &findings)
        let name = nameNode.flatMap { findings.text($0) }
        let upstream = fields.required("upstream", &findings).flatMap { findings.text($0) }
        let apiBase = fields.text("apiBase", &findings)
        let apiVersion = fields.text("apiVersion", &findings)
        let params = fields.present("params", &findings).map { parameters($0, &findings) }
        let credentials = fields.present("credentials", &findings).map {
            self.credentials($0, path: fields.path("credentials"), &findings)
        }
        guard let name, let upstream, let nameNode else { return nil }
        findings.place(path, at: nameNode.extent)
        return DesiredModel(
            name: name, upstream: upstream, apiBase: apiBase, apiVersion: apiVersion,
            params: params ?? [:], credentials: credentials ?? [:])
    }

    private static func parameters(_ node: Node, _ findings: inout Findings) -> [String: String] {
        for pair in findings.pairs(node) ?? []
        where LiteralSecrets.isSecretField(pair.name) && pair.value.text != nil {
            findings.note(.literalSecret(field: pair.name), at: pair.value)
        }
        guard case .mapping = node.value else { return [:] }
        return findings.texts(node, loose: true) ?? [:]
    }

    /// The values must be names; one that is none may be the secret itself and is not printed.
    private static func credentials(
        _ node: Node, path: String, _ findings: inout Findings
    ) -> [String: SecretName] {
        var credentials: [String: SecretName] = [:]
        for pair in findings.pairs(node) ?? [] {
            findings.place("\(path).\(pair.name)", at: pair.value.extent)
            if let name = pair.value.text.flatMap({ SecretName($0) }) {
                credentials[pair.name] = name
            } else {
                findings.note(.credentialIsNoName(pair.name), at: pair.value)
            }
        }
        return credentials
    }
}
