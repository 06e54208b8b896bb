internal import BursarCore

extension PolicyBreach {
    /// - Parameter policy: names it and its place.
    func message(policy: String) -> String {
        switch what {
        case .unlimited(let maximum?):
            "`unlimited` is above the \(maximum.money.dollars) in 30 days of \(policy)"
        case .unlimited(nil): "`unlimited` is refused by \(policy), which wants a budget"
        case .budget(let limit, let period?, let maximum)
        where CapSum.monthly(limit, period) == limit.money:
            "\(limit.money.dollars) in 30 days are above the "
                + "\(maximum.money.dollars) of \(policy)"
        case .budget(let limit, let period?, let maximum):
            "\(limit.money.dollars) every \(period) are "
                + "\(CapSum.monthly(limit, period).dollars) in 30 days, "
                + "above the \(maximum.money.dollars) of \(policy)"
        case .budget(let limit, nil, let maximum):
            "\(limit.money.dollars) are above the \(maximum.money.dollars) of \(policy)"
        case .everyModel: "`all` is refused by \(policy), which says which models"
        case .modelNotAllowed(let model): "\(quoted(model)) is not allowed by \(policy)"
        case .modelForbidden(let model, let pattern):
            "\(quoted(model)) is forbidden by \(policy): \(quoted(pattern))"
        case .noLabel(let name): "no label \(quoted(name)), which \(policy) requires"
        case .noAnnotation(let name): "no annotation \(quoted(name)), which \(policy) requires"
        case .source(let kind): "a secret from `\(kind)` is refused by \(policy)"
        case .noRotation, .noMaxAge, .age, .overlapBelow, .overlapAbove:
            rotationMessage(policy: policy)
        }
    }

    /// What to write instead; that the policy can be changed goes without saying.
    var help: String {
        switch what {
        case .unlimited(let maximum?):
            "write a limit of at most \(maximum.money.dollars) in 30 days"
        case .unlimited(nil): "write `budget: {limit: <dollars>, period: 30d}`"
        case .budget(_, _?, let maximum):
            "lower the limit: at most \(maximum.money.dollars) in 30 days, whatever the period"
        case .budget(_, nil, let maximum):
            "lower the limit to \(maximum.money.dollars), or add a period: `period: 30d`"
        case .everyModel: "list the models"
        case .modelNotAllowed: "take it out, or name one that the policy allows"
        case .modelForbidden: "take it out"
        case .noLabel(let name): "add \(quoted(name)) to metadata.labels"
        case .noAnnotation(let name): "add \(quoted(name)) to metadata.annotations"
        case .source: "read it from another kind of source"
        case .noRotation(_, let maximum):
            "add `rotation: {every: \(maximum ?? .days(30))}` to the key"
        case .noMaxAge(_, let maximum): "add `maxAge: \(maximum)` beside the schedule"
        case .age(_, _, let maximum): "at most \(maximum)"
        case .overlapBelow(_, let minimum): "at least \(minimum)"
        case .overlapAbove(_, let maximum): "at most \(maximum)"
        }
    }

    private func rotationMessage(policy: String) -> String {
        switch what {
        case .noRotation(let key, nil): "key \(key) is never rotated, which \(policy) requires"
        case .noRotation(let key, let maximum?):
            "key \(key) is never rotated: it gets older than the \(maximum) of \(policy)"
        case .noMaxAge(let key, let maximum):
            "key \(key) has a schedule and no maxAge of at most the \(maximum) of \(policy)"
        case .age(let key, let age, let maximum):
            "key \(key) may get \(age) old, older than the \(maximum) of \(policy)"
        case .overlapBelow(let overlap, let minimum):
            "an overlap of \(overlap) is below the \(minimum) of \(policy)"
        case .overlapAbove(let overlap, let maximum):
            "an overlap of \(overlap) is above the \(maximum) of \(policy)"
        default: ""
        }
    }
}
