/// What a plan means for the money of one workspace.
package struct WorkspaceMoney: Hashable, Sendable {
    /// What becomes of what is left.
    package enum Outlook: Hashable, Sendable {
        /// There is no cap, nothing is spent, or the rate is not known.
        case unknown
        /// At the present rate it lasts until the spend starts anew.
        case lasts(until: Instant)
        case reached(at: Instant)
        /// The spend is at the cap already: LiteLLM refuses every call.
        case exhausted
    }

    package let id: WorkspaceID
    package let name: String
    /// `nil`: there is no team yet, or it left the source.
    package let before: Budget?
    package let after: Budget?
    /// In the present period.
    package let spent: Money
    package let period: SpendPeriod?
    package let outlook: Outlook

    package init(_ plan: WorkspacePlan) {
        id = plan.id
        name = plan.name
        before = plan.capBefore
        after = plan.capAfter
        spent = plan.spend
        period = plan.period
        outlook = Self.outlook(plan.capBefore, plan.capAfter, plan.spend, plan.period)
    }

    private static func outlook(
        _ before: Budget?, _ after: Budget?, _ spent: Money, _ period: SpendPeriod?
    ) -> Outlook {
        guard case .capped(let limit, let new)? = after else { return .unknown }
        let left = limit.money - spent
        guard left > .zero else { return .exhausted }
        guard let period, let perDay = period.perDay, perDay > .zero else { return .unknown }
        let seconds = left.picos * 86_400 / perDay.picos
        // Beyond a hundred years nobody plans.
        guard seconds < 3_153_600_000 else { return .unknown }
        let end = period.now + Span(seconds: Int64(seconds))
        // Another period ends at another time, which LiteLLM sets when it is written.
        if case .capped(_, let old)? = before, old == new, let resetsAt = period.resetsAt,
            resetsAt <= end
        {
            return .lasts(until: resetsAt)
        }
        return .reached(at: end)
    }

    package var isChanged: Bool { before != after }

    /// What may still be spent; negative where more was spent than the cap; `nil`: without cap.
    package var headroom: Money? {
        guard case .capped(let limit, _)? = after else { return nil }
        return limit.money - spent
    }

    /// The plan brings it to a stop: the cap that it writes is at or below what is spent, and the one
    /// before was not.
    package var blocksAtOnce: Bool {
        guard isChanged, outlook == .exhausted else { return false }
        guard case .capped(let limit, _)? = before else { return true }
        return limit.money > spent
    }

    /// Whole days until the cap is reached, rounded down; `nil` where it is not, or nobody knows.
    package var daysLeft: Int64? {
        guard case .reached(let at) = outlook, let period else { return nil }
        return at.seconds(since: period.now) / 86_400
    }
}

// MARK: - In words

extension WorkspaceMoney {
    /// `$5.00 → $7.50 per 30 days (+$2.50)`.
    package var change: String {
        guard isChanged else { return after.map(Self.text) ?? "no cap" }
        let from = before.map(Self.text) ?? "none"
        let to = after.map(Self.text) ?? "none"
        guard case .capped(let old, let oldPeriod)? = before,
            case .capped(let new, let newPeriod)? = after, (oldPeriod == nil) == (newPeriod == nil)
        else {
            if before == nil { return "\(to), new" }
            return after == nil ? "\(from), gone with the workspace" : "\(from) → \(to)"
        }
        let (a, b) = (Self.amount(old, oldPeriod), Self.amount(new, newPeriod))
        let rate = newPeriod == nil ? " without a period" : " per 30 days"
        return "\(a.dollars) → \(b.dollars)\(rate) (\((b - a).signedDollars))"
    }

    private static func amount(_ limit: MicroUSD, _ period: BudgetPeriod?) -> Money {
        period.map { CapSum.monthly(limit, $0) } ?? limit.money
    }

    private static func text(_ budget: Budget) -> String {
        switch budget {
        case .unlimited: "unlimited"
        case .capped(let limit, nil): "\(limit.money.dollars) without a period"
        case .capped(let limit, let period?):
            "\(CapSum.monthly(limit, period).dollars) per 30 days"
        }
    }

    /// `spent $1.20 since 2026-11-01, $6.30 left`; empty where there is nothing to say.
    package var use: String {
        guard spent != .zero else { return "" }
        let since = period?.since.map { " since \($0.day)" } ?? ""
        let left = headroom.map {
            $0 > .zero ? ", \($0.dollars) left" : ", \((Money.zero - $0).dollars) over"
        }
        return "spent \(spent.dollars)\(since)" + (headroom == .zero ? ", all of it" : left ?? "")
    }

    /// What comes of it at the present rate; empty where that is not known.
    package var prospect: String {
        let rate = period?.perDay.map { "at \($0.dollars) a day " } ?? ""
        switch outlook {
        case .unknown: return ""
        case .lasts(let until): return "\(rate)it lasts until it starts anew on \(until.day)"
        case .reached(let at):
            let days = daysLeft ?? 0
            let when = days < 1 ? "within a day" : "in about \(counted(days, "day")) (\(at.day))"
            let reset = isChanged ? nil : period?.resetsAt
            return "\(rate)the cap is reached \(when)"
                + (reset.map { ", before it starts anew on \($0.day)" } ?? "")
        case .exhausted:
            let end = isChanged ? nil : period?.resetsAt
            let until = end.map { " until it starts anew on \($0.day)" } ?? ""
            return (blocksAtOnce ? "this blocks it at once" : "LiteLLM refuses its calls") + until
        }
    }
}

extension Money {
    /// `+$2.50`, `-$2.50`.
    package var signedDollars: String { (picos >= 0 ? "+" : "") + dollars }
}

extension Instant {
    /// `2026-11-24`, of UTC.
    package var day: String { String(description.prefix(10)) }

    /// `2026-11-24 10:00 UTC`.
    package var minute: String { "\(day) \(description.dropFirst(11).prefix(5)) UTC" }
}

private func counted(_ count: Int64, _ noun: String) -> String { counted(Int(count), noun) }
