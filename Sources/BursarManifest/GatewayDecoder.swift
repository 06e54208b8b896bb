package import BursarCore

/// Reads the gateway's own file.
package enum GatewayFile {
    /// - Returns: no settings where there is an error; what is wrong, by place.
    package static func load(
        _ file: ManifestFile
    ) -> (settings: GatewaySettings?, diagnostics: [Diagnostic]) {
        let (settings, found) = diagnose(file)
        return (settings, found.map(\.diagnostic).sorted(by: Diagnostic.isBefore))
    }

    /// Also as a case.
    static func diagnose(
        _ file: ManifestFile
    ) -> (GatewaySettings?, [(problem: ManifestProblem, diagnostic: Diagnostic)]) {
        let source = SourceText(file, number: 0)
        let reading = FileReading(source)
        var problems = reading.problems
        var settings: GatewaySettings?
        var first: Mark?
        for (kind, document) in reading.documents {
            let place = document.kindExtent
            if kind != .gateway {
                problems.add(.misplacedKind(kind.rawValue, configuration: true), at: place)
            } else if let first {
                problems.add(.severalConfigurations(first: first), at: place)
            } else {
                first = place.start
                let decoded = GatewayDecoder.decode(document, path: file.path)
                problems.add(decoded.problems)
                settings = decoded.settings
            }
        }
        let found = source.diagnose(problems.all, paths: [file.path])
        return (problems.isEmpty ? settings : nil, found)
    }
}

/// A document of kind `Gateway`.
enum GatewayDecoder {
    /// `nil` where it has an error.
    static func decode(
        _ document: Document, path: String
    ) -> (settings: GatewaySettings?, problems: ProblemList) {
        var findings = Findings()
        var settings: GatewaySettings?
        if let fields = Fields(document.root, Schema.document, path: "", &findings) {
            let name = fields.required("metadata", &findings)
                .flatMap { Fields($0, Schema.gatewayMetadata, path: "metadata", &findings) }
                .flatMap { $0.required("name", &findings) }
                .flatMap { findings.text($0) }
            settings = fields.required("spec", &findings)
                .flatMap { Fields($0, Schema.gatewaySpec, path: "spec", &findings) }
                .flatMap { spec($0, name: name ?? "", file: path, &findings) }
        }
        let isSound = document.problems.isEmpty && findings.problems.isEmpty
        return (isSound ? settings : nil, findings.problems)
    }

    private static func spec(
        _ fields: Fields, name: String, file: String, _ findings: inout Findings
    ) -> GatewaySettings? {
        let url = fields.required("litellm", &findings)
            .flatMap { Fields($0, Schema.gatewayLiteLLM, path: "spec.litellm", &findings) }
            .flatMap { $0.required("url", &findings) }
            .flatMap { findings.url($0) }
        let tokens = fields.required("tokens", &findings).flatMap { Self.tokens($0, &findings) }
        let listen = fields.present("listen", &findings).flatMap { Self.listen($0, &findings) }
        let database = fields.text("database", &findings)
        let sealing = path(in: fields, "sealing", Schema.gatewaySealing, "keyFile", &findings)
        let webhook = path(in: fields, "webhook", Schema.gatewayWebhook, "tokenFile", &findings)
        let accounts = fields.present("accounts", &findings).map { Self.accounts($0, &findings) }
        let rates = fields.present("rates", &findings).map { Self.rates($0, &findings) }
        guard let url, let tokens else { return nil }
        return GatewaySettings(
            name: name, file: file, listen: listen ?? .standard,
            database: database ?? GatewaySettings.defaultDatabase, liteLLMURL: url,
            sealingKeyFile: sealing, tokens: tokens, webhookTokenFile: webhook,
            accounts: accounts ?? [:], rates: rates ?? .standard)
    }

    private static func path(
        in fields: Fields, _ name: String, _ group: Schema.Group, _ field: String,
        _ findings: inout Findings
    ) -> String? {
        fields.present(name, &findings)
            .flatMap { Fields($0, group, path: "spec.\(name)", &findings) }
            .flatMap { $0.required(field, &findings) }
            .flatMap { findings.text($0) }
    }

    private static func tokens(
        _ node: Node, _ findings: inout Findings
    ) -> GatewaySettings.Tokens? {
        guard let fields = Fields(node, Schema.gatewayTokens, path: "spec.tokens", &findings) else {
            return nil
        }
        let issuer = fields.required("issuer", &findings).flatMap { findings.text($0) }
        let audience = fields.required("audience", &findings).flatMap { findings.text($0) }
        let url = fields.required("jwksURL", &findings).flatMap { findings.url($0) }
        let claim = fields.text("permissionsClaim", &findings)
        guard let issuer, let audience, let url else { return nil }
        return GatewaySettings.Tokens(
            issuer: issuer, audience: audience, jwksURL: url,
            permissionsClaim: claim ?? GatewaySettings.defaultPermissionsClaim)
    }

    private static func listen(_ node: Node, _ findings: inout Findings) -> ListenAddress? {
        guard let text = node.text, let address = ListenAddress(text) else {
            findings.expected("an address and a port like `127.0.0.1:8080`", at: node)
            return nil
        }
        return address
    }

    private static func accounts(
        _ node: Node, _ findings: inout Findings
    ) -> [String: [WorkspaceID]] {
        var accounts: [String: [WorkspaceID]] = [:]
        var first: [WorkspaceID: Mark] = [:]
        for pair in findings.pairs(node) ?? [] {
            var ids: [WorkspaceID] = []
            for (text, extent) in findings.names(pair.value) ?? [] {
                guard let id = WorkspaceID(text) else {
                    if let fault = WorkspaceIDFault(text) {
                        findings.note(.invalidID(text, fault), at: extent)
                    }
                    continue
                }
                // Two accounts would both be billed for it.
                if let first = first[id] {
                    findings.note(.duplicateEntry(text, first), at: extent)
                    continue
                }
                first[id] = extent.start
                ids.append(id)
            }
            accounts[pair.name] = ids.sorted()
        }
        return accounts
    }

    private static func rates(_ node: Node, _ findings: inout Findings) -> RateCard {
        guard let fields = Fields(node, Schema.gatewayRates, path: "spec.rates", &findings) else {
            return .standard
        }
        let units = fields.present("unitsPerUSD", &findings).flatMap { rate($0, &findings) }
        var models: [String: RateCard.ByToken] = [:]
        let pairs = fields.present("models", &findings).flatMap { findings.pairs($0) }
        for pair in pairs ?? [] {
            let path = "spec.rates.models.\(pair.name)"
            guard
                let fields = Fields(pair.value, Schema.gatewayModelRate, path: path, &findings)
            else { continue }
            let input = fields.required("perInputToken", &findings)
                .flatMap { rate($0, &findings) }
            let output = fields.required("perOutputToken", &findings)
                .flatMap { rate($0, &findings) }
            if let input, let output {
                models[pair.name] = RateCard.ByToken(input: input, output: output)
            }
        }
        return RateCard(
            unitsPerUSD: units ?? RateCard.standard.unitsPerUSD, models: models)
    }

    private static func rate(_ node: Node, _ findings: inout Findings) -> ComputeUnits? {
        guard case .scalar(let text, plain: true) = node.value, let decimal = DecimalText(text),
            let amount = decimal.money, amount >= .zero, decimal.decimals <= 12,
            amount.picos <= Int128(Schema.rateMaximum) * 1_000_000_000_000
        else {
            findings.expected(
                "a number from 0 to \(Schema.rateMaximum) with at most 12 decimals", at: node)
            return nil
        }
        return ComputeUnits(picos: amount.picos)
    }
}
