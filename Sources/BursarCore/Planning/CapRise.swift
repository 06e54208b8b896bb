extension WorkspacePlan {
    /// By how much the cap of a workspace that is there already rises, a 30-day month: zero where it
    /// does not, or is new. What another one loses is not set off against it.
    package var capRise: Money {
        guard let capBefore, let capAfter else { return .zero }
        return CapRise.from(capBefore, to: capAfter)
    }
}

enum CapRise {
    static func from(_ before: Budget, to after: Budget) -> Money {
        max(.zero, month(after) - month(before))
    }

    /// What may be spent in 30 days. A cap that never starts anew may be spent whole in them; no cap
    /// counts as the highest one that can be written.
    private static func month(_ budget: Budget) -> Money {
        switch budget {
        case .unlimited: Money(picos: Int128(1_000_000_000) * 1_000_000_000_000)
        case .capped(let limit, nil): limit.money
        case .capped(let limit, let period?): CapSum.monthly(limit, period)
        }
    }
}
