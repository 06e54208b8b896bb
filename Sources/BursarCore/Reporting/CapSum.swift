/// The caps of a plan's workspaces in sum, before and after, normalised to 30 days.
package struct CapSum: Hashable, Sendable {
    package private(set) var before: Money = .zero
    package private(set) var after: Money = .zero
    /// Caps that never start anew: they are no rate, so they are summed apart.
    package private(set) var onceBefore: Money = .zero
    package private(set) var onceAfter: Money = .zero
    package private(set) var unlimitedBefore = 0
    package private(set) var unlimitedAfter = 0
    package private(set) var spent: Money = .zero
    /// What may still be spent under the caps after the plan, in the present periods.
    package private(set) var headroom: Money = .zero

    package init(_ plan: Plan) {
        for workspace in plan.workspaces where workspace.errors.isEmpty {
            add(workspace.capBefore, \.before, \.onceBefore, \.unlimitedBefore)
            add(workspace.capAfter, \.after, \.onceAfter, \.unlimitedAfter)
            spent = spent + workspace.spend
            if let left = WorkspaceMoney(workspace).headroom, left > .zero {
                headroom = headroom + left
            }
        }
    }

    private mutating func add(
        _ budget: Budget?, _ rate: WritableKeyPath<CapSum, Money>,
        _ once: WritableKeyPath<CapSum, Money>, _ unlimited: WritableKeyPath<CapSum, Int>
    ) {
        switch budget {
        case nil: return
        case .unlimited: self[keyPath: unlimited] += 1
        case .capped(let limit, nil): self[keyPath: once] = self[keyPath: once] + limit.money
        case .capped(let limit, let period?):
            self[keyPath: rate] = self[keyPath: rate] + Self.monthly(limit, period)
        }
    }

    /// 30 days are 720 hours.
    package static func monthly(_ limit: MicroUSD, _ period: BudgetPeriod) -> Money {
        Money(picos: limit.money.picos * 720 / Int128(period.hours))
    }

    /// One line: `caps $450.00 → $700.00 per 30 days (+$250.00)`.
    package var line: String {
        var parts = ["caps \(Self.step(before, after, " per 30 days"))"]
        if onceBefore != .zero || onceAfter != .zero {
            parts.append("\(Self.step(onceBefore, onceAfter, " without a period"))")
        }
        if unlimitedBefore > 0 || unlimitedAfter > 0 {
            let change =
                unlimitedBefore == unlimitedAfter
                ? "\(unlimitedAfter)" : "\(unlimitedBefore) → \(unlimitedAfter)"
            parts.append("\(change) unlimited")
        }
        if spent != .zero {
            parts.append("spent so far \(spent.dollars), \(headroom.dollars) left")
        }
        return parts.joined(separator: "; ")
    }

    private static func step(_ before: Money, _ after: Money, _ unit: String) -> String {
        before == after
            ? "\(after.dollars)\(unit), as before"
            : "\(before.dollars) → \(after.dollars)\(unit) (\((after - before).signedDollars))"
    }
}
