internal import BursarCore

/// A document of kind `Policy`.
struct PolicyDecoder {
    private var terms: [PolicyTerm] = []
    private var severity = Diagnostic.Severity.error
    private var findings = Findings()

    static func decode(_ document: Document) -> (terms: [PolicyTerm], problems: ProblemList) {
        var decoder = PolicyDecoder()
        decoder.read(document)
        return (decoder.terms, decoder.findings.problems)
    }

    private mutating func read(_ document: Document) {
        guard let fields = Fields(document.root, Schema.document, path: "", &findings) else {
            return
        }
        DefaultsDecoder.metadata(fields, &findings)
        guard let node = fields.required("spec", &findings),
            let spec = Fields(node, Schema.policySpec, path: "spec", &findings)
        else { return }
        if let node = spec.present("severity", &findings) { readSeverity(node) }
        group("budget", Schema.policyBudget, of: spec) { $0.budget($1) }
        group("models", Schema.policyModels, of: spec) { $0.models($1) }
        group("rotation", Schema.policyRotation, of: spec) { $0.rotation($1) }
        group("overlap", Schema.policyOverlap, of: spec) { $0.overlap($1) }
        group("labels", Schema.policyLabels, of: spec) { decoder, fields in
            decoder.names("required", of: fields) { .label($0) }
        }
        group("annotations", Schema.policyAnnotations, of: spec) { decoder, fields in
            decoder.names("required", of: fields) { .annotation($0) }
        }
        group("valueFrom", Schema.policyValueFrom, of: spec) { $0.sources($1) }
    }

    private mutating func readSeverity(_ node: Node) {
        if let word = findings.word(node, Schema.severities) {
            severity = word == "warn" ? .warning : .error
        }
    }

    private mutating func group(
        _ name: String, _ group: Schema.Group, of spec: Fields,
        _ read: (inout PolicyDecoder, Fields) -> Void
    ) {
        guard let node = spec.present(name, &findings),
            let fields = Fields(node, group, path: "spec.\(name)", &findings)
        else { return }
        read(&self, fields)
    }

    private mutating func add(_ rule: PolicyTerm.Rule, at place: Extent) {
        terms.append(PolicyTerm(rule: rule, place: place, severity: severity))
    }

    private mutating func budget(_ fields: Fields) {
        if let node = fields.present("required", &findings), findings.truth(node) == true {
            add(.budget, at: node.extent)
        }
        if let node = fields.present("maximum", &findings),
            let cap = WorkspaceDecoder.cap(node, &findings)
        {
            add(.maximumBudget(cap), at: node.extent)
        }
    }

    private mutating func models(_ fields: Fields) {
        if let node = fields.present("allowed", &findings), let names = findings.names(node) {
            add(.allowedModels(names.map { Glob($0.text) }), at: node.extent)
        }
        names("forbidden", of: fields) { .forbiddenModel(Glob($0)) }
    }

    private mutating func rotation(_ fields: Fields) {
        if let node = fields.present("required", &findings), findings.truth(node) == true {
            add(.rotation, at: node.extent)
        }
        if let node = fields.present("maximumAge", &findings),
            let span = findings.positiveSpan(node)
        {
            add(.maximumAge(span), at: node.extent)
        }
    }

    private mutating func overlap(_ fields: Fields) {
        var least: Span?
        if let node = fields.present("minimum", &findings), let span = findings.span(node) {
            add(.minimumOverlap(span), at: node.extent)
            least = span
        }
        if let node = fields.present("maximum", &findings), let span = findings.span(node) {
            add(.maximumOverlap(span), at: node.extent)
            if let least, span < least {
                findings.note(.maximumBelowMinimum(maximum: span, minimum: least), at: node)
            }
        }
    }

    private mutating func sources(_ fields: Fields) {
        let kinds = Schema.valueFrom.fields.map(\.name)
        guard let node = fields.present("forbidden", &findings),
            let items = findings.items(node)
        else { return }
        for item in items {
            if let kind = findings.word(item, kinds) {
                add(.forbiddenSource(kind), at: item.extent)
            }
        }
    }

    private mutating func names(
        _ name: String, of fields: Fields, _ rule: (String) -> PolicyTerm.Rule
    ) {
        guard let node = fields.present(name, &findings) else { return }
        for name in findings.names(node) ?? [] { add(rule(name.text), at: name.extent) }
    }
}
