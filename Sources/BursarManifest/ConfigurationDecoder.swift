internal import BursarCore

/// A document of kind `Configuration`.
enum ConfigurationDecoder {
    /// `nil` where it has an error.
    static func decode(
        _ document: Document, path: String
    ) -> (configuration: Configuration?, problems: ProblemList) {
        var findings = Findings()
        var owner: String?
        var configuration = Configuration(owner: Owner(name: "", source: nil), file: path)
        if let fields = Fields(document.root, Schema.document, path: "", &findings) {
            if let node = fields.required("metadata", &findings) { owner = name(node, &findings) }
            if let node = fields.present("spec", &findings) {
                spec(node, &configuration, &findings)
            }
        }
        configuration.owner = Owner(name: owner ?? "", source: configuration.owner.source)
        let isSound = document.problems.isEmpty && findings.problems.isEmpty && owner != nil
        return (isSound ? configuration : nil, findings.problems)
    }

    /// The owner stands in secrets' markers and key metadata, so it is written like an id.
    private static func name(_ node: Node, _ findings: inout Findings) -> String? {
        guard
            let fields = Fields(node, Schema.configurationMetadata, path: "metadata", &findings),
            let node = fields.required("name", &findings), let name = findings.text(node)
        else { return nil }
        guard WorkspaceID(name) != nil else {
            findings.note(.invalidOwner(name), at: node)
            return nil
        }
        return name
    }

    private static func spec(
        _ node: Node, _ configuration: inout Configuration, _ findings: inout Findings
    ) {
        guard let fields = Fields(node, Schema.configurationSpec, path: "spec", &findings) else {
            return
        }
        if let node = fields.present("source", &findings),
            let fields = Fields(node, Schema.source, path: "spec.source", &findings)
        {
            configuration.owner = Owner(name: "", source: fields.text("id", &findings))
            if let node = fields.present("exclude", &findings) {
                configuration.exclude = findings.names(node)?.map(\.text) ?? []
            }
        }
        if let node = fields.present("litellm", &findings) {
            configuration.liteLLM = liteLLM(node, &findings)
        }
        if let node = fields.present("issuer", &findings) {
            let word = findings.word(node, Configuration.Issuer.allCases.map(\.rawValue))
            configuration.issuer = word.flatMap { Configuration.Issuer(rawValue: $0) } ?? .liteLLM
        }
        if let node = fields.present("secrets", &findings),
            let store = SecretStoreDecoder.store(node, &findings)
        {
            configuration.secrets = store
        }
        if let node = fields.present("controlPlane", &findings) {
            configuration.controlPlane = ControlPlaneDecoder.decode(node, &findings)
        }
        if let node = fields.present("apply", &findings) {
            configuration.apply = apply(node, &findings)
        }
        if let node = fields.present("providerSecrets", &findings) {
            configuration.providerSources = providerSources(node, &findings)
        }
        if let node = fields.present("controller", &findings) {
            configuration.controller = controller(node, &findings)
        }
    }

    private static func liteLLM(
        _ node: Node, _ findings: inout Findings
    ) -> Configuration.LiteLLM {
        var liteLLM = Configuration.LiteLLM()
        guard let fields = Fields(node, Schema.litellm, path: "spec.litellm", &findings) else {
            return liteLLM
        }
        liteLLM.url = fields.present("url", &findings).flatMap { findings.url($0) }
        if let node = fields.present("keyCacheTTL", &findings), let span = findings.span(node) {
            liteLLM.keyCacheTTL = span
        }
        liteLLM.masterKeyFile = fields.text("masterKeyFile", &findings)
        liteLLM.caFile = fields.text("caFile", &findings)
        return liteLLM
    }

    private static func apply(_ node: Node, _ findings: inout Findings) -> Configuration.Apply {
        var apply = Configuration.Apply()
        guard let fields = Fields(node, Schema.apply, path: "spec.apply", &findings) else {
            return apply
        }
        if let node = fields.present("concurrency", &findings),
            let number = findings.wholeNumber(node, 1...64, of: "concurrency")
        {
            apply.concurrency = number
        }
        apply.prune = fields.truth("prune", &findings) ?? false
        if let node = fields.present("pruneAfter", &findings), let span = findings.span(node) {
            apply.pruneAfter = span
        }
        if let node = fields.present("limits", &findings) {
            apply.limits = limits(node, &findings)
        }
        if let node = fields.present("allow", &findings) {
            apply.allow = (findings.items(node) ?? []).compactMap { allowance($0, &findings) }
        }
        return apply
    }

    private static func providerSources(
        _ node: Node, _ findings: inout Findings
    ) -> SourceAllowance {
        guard
            let fields = Fields(
                node, Schema.providerSources, path: "spec.providerSecrets", &findings)
        else { return SourceAllowance() }
        let items = fields.present("allow", &findings).flatMap { findings.items($0) } ?? []
        let lacking = fields.present("proxyLacks", &findings).flatMap { findings.names($0) } ?? []
        var allowance = SourceAllowance(
            items.compactMap {
                ProviderSecretDecoder.source(
                    $0, Schema.allowedSource, path: "spec.providerSecrets.allow", &findings)
            })
        for name in lacking {
            let known = findings.word(name.text, ModelParameters.proxyVariables, at: name.extent)
            if let known { allowance.proxyLacks.insert(known) }
        }
        return allowance
    }

    private static func allowance(_ node: Node, _ findings: inout Findings) -> Allowance? {
        guard
            let fields = Fields(node, Schema.allowance, path: "spec.apply.allow", &findings)
        else { return nil }
        let limit = fields.required("limit", &findings).flatMap {
            findings.word($0, Limit.allCases.map(\.rawValue)).flatMap { Limit(rawValue: $0) }
        }
        let count = fields.required("count", &findings).flatMap {
            findings.wholeNumber($0, Schema.allowances, of: "count")
        }
        let until = fields.required("until", &findings).flatMap { findings.instant($0) }
        guard let limit, let count, let until else { return nil }
        return Allowance(limit: limit, count: count, until: until)
    }

    private static func controller(
        _ node: Node, _ findings: inout Findings
    ) -> Configuration.Controller {
        var controller = Configuration.Controller()
        if let fields = Fields(node, Schema.controller, path: "spec.controller", &findings),
            let node = fields.present("interval", &findings), let span = findings.span(node)
        {
            let range = Configuration.Controller.intervals
            if range.contains(span) {
                controller.interval = span
            } else {
                findings.note(.spanOutOfRange(range), at: node)
            }
        }
        return controller
    }

    private static func limits(
        _ node: Node, _ findings: inout Findings
    ) -> Configuration.SafetyLimits {
        var limits = Configuration.SafetyLimits()
        guard let fields = Fields(node, Schema.safetyLimits, path: "spec.apply.limits", &findings)
        else { return limits }
        func count(_ name: String) -> Int? {
            fields.present(name, &findings).flatMap {
                findings.wholeNumber($0, Schema.counts, of: name)
            }
        }
        limits.removals = count("removals")
        limits.changes = count("changes")
        limits.rotations = count("rotations") ?? limits.rotations
        limits.lostSecrets = count("lostSecrets") ?? limits.lostSecrets
        limits.openTeams = count("openTeams") ?? limits.openTeams
        if let node = fields.present("capIncrease", &findings),
            let amount = findings.amount(node)
        {
            if let money = amount.money, money >= .zero, amount.decimals <= 6 {
                limits.capIncrease = money
            } else {
                findings.expected("an amount of at least 0 with at most 6 decimals", at: node)
            }
        }
        return limits
    }
}
