internal import BursarCore

/// One thing that a policy asks of the workspaces in and below its directory.
struct PolicyTerm: Hashable, Sendable {
    enum Rule: Hashable, Sendable {
        /// Dollars in 30 days; of a budget that never starts anew, in all.
        case maximumBudget(MicroUSD)
        case budget
        case allowedModels([Glob])
        case forbiddenModel(Glob)
        case maximumAge(Span)
        case rotation
        case minimumOverlap(Span)
        case maximumOverlap(Span)
        case label(String)
        case annotation(String)
        /// `env`, `file`, `exec` or `age`.
        case forbiddenSource(String)
    }

    let rule: Rule
    /// Where the policy says it.
    let place: Extent
    let severity: Diagnostic.Severity

    /// Of two terms that one value breaks, the first is reported: an error, the stricter one, that
    /// from farther up.
    static func sorted(_ terms: [PolicyTerm]) -> [PolicyTerm] {
        terms.enumerated().sorted { a, b in
            let (left, right) = (a.element, b.element)
            if left.severity != right.severity { return left.severity == .error }
            if left.rule.strictness != right.rule.strictness {
                return left.rule.strictness < right.rule.strictness
            }
            return a.offset < b.offset
        }.map(\.element)
    }
}

extension PolicyTerm.Rule {
    /// Less is stricter; compared between rules of one kind.
    fileprivate var strictness: Int64 {
        switch self {
        case .maximumBudget(let limit): limit.micros
        case .maximumAge(let span), .maximumOverlap(let span): span.seconds
        case .minimumOverlap(let span): -span.seconds
        default: 0
        }
    }

    /// Two terms of one topic that one value breaks are one breach: without a budget there is none
    /// within a maximum either.
    var topic: Int {
        switch self {
        case .maximumBudget, .budget: 0
        case .allowedModels, .forbiddenModel: 1
        case .maximumAge, .rotation: 2
        case .minimumOverlap, .maximumOverlap: 3
        case .label: 4
        case .annotation: 5
        case .forbiddenSource: 6
        }
    }
}

/// How a workspace breaks a policy.
struct PolicyBreach: Hashable, Sendable {
    enum What: Hashable, Sendable {
        case unlimited(maximum: MicroUSD?)
        case budget(limit: MicroUSD, period: BudgetPeriod?, maximum: MicroUSD)
        case everyModel
        case modelNotAllowed(String)
        case modelForbidden(String, by: String)
        case noRotation(key: String, maximumAge: Span?)
        case noMaxAge(key: String, maximumAge: Span)
        case age(key: String, Span, maximum: Span)
        case overlapBelow(Span, minimum: Span)
        case overlapAbove(Span, maximum: Span)
        case noLabel(String)
        case noAnnotation(String)
        case source(String)
    }

    let what: What
    /// Where the policy says it.
    let place: Extent
    let severity: Diagnostic.Severity
}
