/// A field of a manifest with its effective value, as text.
package struct DesiredField: Hashable, Sendable {
    /// As places have it: `spec.budget.limit`, `spec.keys.LITELLM_API_KEY.rotation.every`.
    package let path: String
    package let value: String
}

extension DesiredWorkspace {
    /// Everything that the manifest wants, in its order; what is not managed is left out.
    package var fields: [DesiredField] {
        var fields = FieldList()
        fields.add("metadata.name", name)
        for (key, value) in labels.sorted(by: { $0.key < $1.key }) {
            fields.add("metadata.labels.\(key)", value)
        }
        fields.add("metadata.annotations.bursar/paused", paused)
        if case .capped(let limit, let period) = budget {
            fields.add("spec.budget.limit", limit.money.exactDollars)
            fields.add("spec.budget.period", period?.description)
        } else {
            fields.add("spec.budget.limit", "unlimited")
        }
        fields.add("spec.budget.warnAt", warnAtPercent) { "\($0)%" }
        fields.add("spec.models", models == .all ? "all" : Printed.models(models))
        fields.add("spec.limits", limits)
        for key in keys { fields.add(key) }
        for secret in providerSecrets { fields.add(secret) }
        fields.add("spec.suspended", suspended ? "true" : "false")
        fields.add("spec.prune", prune ? "true" : "false")
        if let adoption { fields.add(adoption) }
        return fields.all
    }
}

private struct FieldList {
    private(set) var all: [DesiredField] = []

    mutating func add(_ path: String, _ value: String?) {
        if let value { all.append(DesiredField(path: path, value: value)) }
    }

    mutating func add<Value>(
        _ path: String, _ managed: Managed<Value>, _ print: (Value) -> String
    ) {
        switch managed {
        case .unmanaged: return
        case .cleared: add(path, "null")
        case .value(let value): add(path, print(value))
        }
    }

    mutating func add(_ path: String, _ limits: Limits) {
        add("\(path).requestsPerMinute", limits.requestsPerMinute) { "\($0)" }
        add("\(path).tokensPerMinute", limits.tokensPerMinute) { "\($0)" }
        add("\(path).parallelRequests", limits.parallelRequests) { "\($0)" }
    }

    mutating func add(_ key: DesiredKey) {
        let path = "spec.keys.\(key.secret)"
        add(path, "a key")
        add("\(path).models", key.models.map { Printed.keyModels(.only($0)) ?? "" })
        add("\(path).limits", key.limits)
        guard let rule = key.rotation else { return }
        let rotation = "\(path).rotation"
        switch rule.trigger {
        case .every(let span): add("\(rotation).every", span.description)
        case .schedule(let cron): add("\(rotation).schedule", cron.description)
        case nil: break
        }
        if rule.trigger != nil || rule.window != nil {
            add("\(rotation).timeZone", rule.timeZone.description)
        }
        add("\(rotation).window", rule.window?.description)
        add("\(rotation).maxAge", rule.maxAge?.description)
        add("\(rotation).overlap", rule.overlap.description)
        add("\(rotation).overlapWhileInUse", rule.overlapWhileInUse ? "true" : nil)
        add("\(rotation).after", rule.after?.description)
        add("\(rotation).afterOverlap", rule.afterOverlap?.description)
    }

    mutating func add(_ secret: DesiredProviderSecret) {
        let path = "spec.providerSecrets.\(secret.name)"
        add("\(path).valueFrom", secret.valueFrom.description)
        for model in secret.models { add(model, "\(path).models.\(model.name)") }
    }

    private mutating func add(_ model: DesiredModel, _ path: String) {
        add("\(path).upstream", model.upstream)
        add("\(path).apiBase", model.apiBase)
        add("\(path).apiVersion", model.apiVersion)
        for (name, value) in model.params.sorted(by: { $0.key < $1.key }) {
            add("\(path).params.\(name)", value.plain)
        }
        for (name, secret) in model.credentials.sorted(by: { $0.key < $1.key }) {
            add("\(path).credentials.\(name)", secret.text)
        }
    }

    mutating func add(_ adoption: Adoption) {
        add("spec.adopt.team", adoption.team ? "true" : nil)
        for (secret, key) in adoption.keys.sorted(by: { $0.key < $1.key }) {
            add("spec.adopt.keys.\(secret)", key.description)
        }
        add("spec.adopt.from", adoption.from)
    }
}
