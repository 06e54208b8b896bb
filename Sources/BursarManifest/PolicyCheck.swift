internal import BursarCore

/// What a workspace says against what policies ask of it.
struct PolicyCheck {
    private let manifest: WorkspaceManifest
    private let keys: [DesiredKey]
    private(set) var problems = ProblemList()
    /// What was said already, by topic and by what breaks it.
    private var said: Set<String> = []

    /// - Parameter terms: sorted, so that the strictest comes first.
    static func problems(
        _ manifest: WorkspaceManifest, keys: [DesiredKey], terms: [PolicyTerm]
    ) -> ProblemList {
        guard !terms.isEmpty else { return ProblemList() }
        var check = PolicyCheck(manifest: manifest, keys: keys)
        for term in terms { check.check(term) }
        return check.problems
    }

    private init(manifest: WorkspaceManifest, keys: [DesiredKey]) {
        self.manifest = manifest
        self.keys = keys
    }

    private mutating func note(
        _ what: PolicyBreach.What, _ term: PolicyTerm, at place: Extent, subject: String
    ) {
        guard said.insert("\(term.rule.topic) \(subject)").inserted else { return }
        let breach = PolicyBreach(
            what: what, place: term.place, severity: term.severity)
        problems.add(manifest.located(.policyBreach(breach), at: place))
    }

    private mutating func note(_ what: PolicyBreach.What, _ term: PolicyTerm, _ path: String) {
        // To find a place costs more than all the rest.
        guard !problems.isFull else { return }
        note(what, term, at: manifest.extent(of: path), subject: path)
    }

    private mutating func check(_ term: PolicyTerm) {
        switch term.rule {
        case .budget, .maximumBudget: checkBudget(term)
        case .allowedModels, .forbiddenModel: checkModels(term)
        case .rotation, .maximumAge: for key in keys { checkRotation(of: key, term) }
        case .minimumOverlap, .maximumOverlap: for key in keys { checkOverlap(of: key, term) }
        case .label(let name):
            if !manifest.labelNames.contains(name) {
                note(.noLabel(name), term, "metadata.labels.\(name)")
            }
        case .annotation(let name):
            if !manifest.annotationNames.contains(name) {
                note(.noAnnotation(name), term, "metadata.annotations.\(name)")
            }
        case .forbiddenSource(let kind):
            for secret in manifest.spec.providerSecrets where secret.valueFrom.kind == kind {
                note(.source(kind), term, "spec.providerSecrets.\(secret.name).valueFrom.\(kind)")
            }
        }
    }

    private mutating func checkBudget(_ term: PolicyTerm) {
        let maximum: MicroUSD? = if case .maximumBudget(let cap) = term.rule { cap } else { nil }
        switch manifest.spec.budget {
        case .unlimited: note(.unlimited(maximum: maximum), term, "spec.budget")
        case .capped(let limit?, let period, _):
            guard let maximum, maximum.money < limit.month(period) else { return }
            note(
                .budget(limit: limit, period: period, maximum: maximum), term, "spec.budget.limit")
        case nil, .capped(limit: nil, _, _): return  // said already
        }
    }

    private mutating func checkModels(_ term: PolicyTerm) {
        for secret in manifest.spec.providerSecrets {
            for model in secret.models {
                let path = "spec.providerSecrets.\(secret.name).models.\(model.name)"
                if let what = breach(model.name, term.rule) { note(what, term, path) }
            }
        }
        switch manifest.spec.models {
        case nil: return
        case .all: note(.everyModel, term, "spec.models")
        case .only(let names):
            for name in names.filter({ breach($0, term.rule) != nil }).sorted() {
                guard let what = breach(name, term.rule) else { continue }
                note(what, term, at: manifest.extent(of: "spec.models.\(name)"), subject: name)
            }
        }
    }

    private func breach(_ model: String, _ rule: PolicyTerm.Rule) -> PolicyBreach.What? {
        switch rule {
        case .allowedModels(let globs):
            globs.contains { $0.covers(model) } ? nil : .modelNotAllowed(model)
        case .forbiddenModel(let glob):
            glob.overlaps(model) ? .modelForbidden(model, by: glob.text) : nil
        default: nil
        }
    }

    private mutating func checkRotation(of key: DesiredKey, _ term: PolicyTerm) {
        let maximum: Span? = if case .maximumAge(let span) = term.rule { span } else { nil }
        guard let rotation = key.rotation, rotation.trigger != nil || rotation.maxAge != nil else {
            note(.noRotation(key: key.secret.text, maximumAge: maximum), term, key.path)
            return
        }
        guard let maximum else { return }
        let what: PolicyBreach.What
        let field: String
        if case .every(let every) = rotation.trigger, every > maximum {
            (what, field) = (.age(key: key.secret.text, every, maximum: maximum), "every")
        } else if let maxAge = rotation.maxAge {
            guard maxAge > maximum else { return }
            (what, field) = (.age(key: key.secret.text, maxAge, maximum: maximum), "maxAge")
        } else if case .schedule = rotation.trigger {
            (what, field) = (.noMaxAge(key: key.secret.text, maximumAge: maximum), "schedule")
        } else {
            return
        }
        note(what, term, "\(key.path).rotation.\(field)")
    }

    private mutating func checkOverlap(of key: DesiredKey, _ term: PolicyTerm) {
        guard let rotation = key.rotation else { return }
        func path(_ field: String) -> String { "\(key.path).rotation.\(field)" }
        switch term.rule {
        // The overlap of an emergency may be as short as it must.
        case .minimumOverlap(let minimum) where rotation.overlap < minimum:
            note(.overlapBelow(rotation.overlap, minimum: minimum), term, path("overlap"))
        case .maximumOverlap(let maximum):
            if rotation.overlap > maximum {
                note(.overlapAbove(rotation.overlap, maximum: maximum), term, path("overlap"))
            }
            if let overlap = rotation.afterOverlap, overlap > maximum {
                note(.overlapAbove(overlap, maximum: maximum), term, path("afterOverlap"))
            }
        default: return
        }
    }
}

extension DesiredKey {
    /// As places name it.
    var path: String { "spec.keys.\(secret)" }
}

extension MicroUSD {
    /// As dollars in 30 days; without a period they are all there ever are.
    fileprivate func month(_ period: BudgetPeriod?) -> Money {
        period.map { CapSum.monthly(self, $0) } ?? money
    }
}

extension ValueSource {
    fileprivate var kind: String {
        switch self {
        case .env: "env"
        case .file: "file"
        case .exec: "exec"
        case .age: "age"
        }
    }
}
