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
