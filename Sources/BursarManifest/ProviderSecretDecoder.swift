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
        let name = nameNode.flatMap { node in
            findings.text(node).flatMap { Self.name($0, node, &findings) }
        }
        let upstream = fields.required("upstream", &findings).flatMap { node in
            findings.text(node).flatMap { Self.upstream($0, node, &findings) }
        }
        let apiBase = fields.present("apiBase", &findings).flatMap { findings.url($0) }
        let apiVersion = fields.text("apiVersion", &findings)
        for field in ["upstream", "apiBase", "apiVersion"] {
            if let value = node[field] { refuseVariable(value, in: field, &findings) }
        }
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

    /// It stands in lists, aliases and paths, where `*` is a pattern.
    private static func name(
        _ text: String, _ node: Node, _ findings: inout Findings
    ) -> String? {
        guard text.utf8.count <= longestName, isWord(text) else {
            findings.note(.invalidModelName(text), at: node)
            return nil
        }
        return text
    }

    private static func upstream(
        _ text: String, _ node: Node, _ findings: inout Findings
    ) -> String? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
            !text.contains(where: { $0 == "*" || $0.isWhitespace })
        else {
            findings.note(.invalidUpstream(text), at: node)
            return nil
        }
        return text
    }

    static let longestName = 100

    private static func isWord(_ text: String) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        guard let first = text.utf8.first, let last = text.utf8.last, isPlain(first), isPlain(last)
        else { return false }
        return text.utf8.allSatisfy { isPlain($0) || [45, 46, 47, 58, 64, 95].contains($0) }
    }

    private static func parameters(
        _ node: Node, _ findings: inout Findings
    ) -> [String: JSONValue] {
        for pair in findings.pairs(node) ?? [] {
            if LiteralSecrets.isSecretField(pair.name), pair.value.text != nil {
                findings.note(.literalSecret(field: pair.name), at: pair.value)
            } else if ModelParameters.isReserved(pair.name) {
                findings.note(.reservedParameter(pair.name), at: pair.key)
            } else {
                refuseVariable(pair.value, in: pair.name, &findings)
            }
        }
        guard case .mapping = node.value else { return [:] }
        return findings.scalars(node) ?? [:]
    }

    private static func refuseVariable(
        _ node: Node, in field: String, _ findings: inout Findings
    ) {
        guard let text = node.text, ModelParameters.namesVariable(text) else { return }
        findings.note(.variableOfProxy(field), at: node)
    }

    /// The values must be names; one that is none may be the secret itself and is not printed.
    private static func credentials(
        _ node: Node, path: String, _ findings: inout Findings
    ) -> [String: SecretName] {
        var credentials: [String: SecretName] = [:]
        for pair in findings.pairs(node) ?? [] {
            findings.place("\(path).\(pair.name)", at: pair.value.extent)
            if pair.value.isNull { continue }
            guard let name = pair.value.text.flatMap({ SecretName($0) }) else {
                findings.note(.credentialIsNoName(pair.name), at: pair.value)
                continue
            }
            if ModelParameters.hidden.contains(pair.name) {
                credentials[pair.name] = name
            } else {
                findings.note(.shownCredential(pair.name), at: pair.key)
            }
        }
        return credentials
    }
}
