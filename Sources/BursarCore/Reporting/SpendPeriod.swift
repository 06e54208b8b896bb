/// The budget period in which a workspace's spend was made, as far as LiteLLM tells.
///
/// LiteLLM tells when a period ends, not when it began: that is computed from its calendar. An edit of
/// the period leaves the spend as it is, so in the first period after one the pace is too high.
package struct SpendPeriod: Hashable, Sendable {
    package let spent: Money
    /// The begin of the period, or of the team where that is later; `nil` where it is not known.
    package let since: Instant?
    /// When LiteLLM starts the spend anew; `nil` where it never does, or is late with it.
    package let resetsAt: Instant?
    /// When it was observed.
    package let now: Instant
    private let length: Span?

    package init(_ team: ObservedTeam, now: Instant) {
        spent = team.spend
        self.now = now
        guard let text = team.period else {
            (since, resetsAt, length) = (team.createdAt, nil, nil)
            return
        }
        // Past its end the spend is still that of the last period, until a job of LiteLLM's comes by.
        guard let period = BudgetPeriod(text), let end = team.budgetResetAt, end > now else {
            (since, resetsAt, length) = (nil, nil, nil)
            return
        }
        let begin = period.begin(of: end)
        since = min(now, max(begin, team.createdAt ?? begin))
        resetsAt = end
        length = Span(seconds: end.seconds(since: begin))
    }

    /// At the present rate; `nil` where too little of the period is over to tell: a day, or a quarter
    /// of a shorter one.
    package var perDay: Money? {
        guard let since else { return nil }
        let passed = now.seconds(since: since)
        let enough = min(86_400, (length?.seconds ?? 345_600) / 4)
        guard passed >= max(1, enough) else { return nil }
        return Money(picos: spent.picos * 86_400 / Int128(passed))
    }
}

extension BudgetPeriod {
    /// When the period that ends at `end` began: LiteLLM's months end on the first of one, in the
    /// time zone that it is set to.
    fileprivate func begin(of end: Instant) -> Instant {
        switch self {
        case .days(30), .month: end - .days(Int64(Self.days(before: end)))
        case .hours, .days: end - .hours(Int64(hours))
        }
    }

    /// Those of the month that ends then. Half a day before it, every time zone has that month.
    private static func days(before end: Instant) -> Int {
        let day = (end - .hours(12)).milliseconds / 86_400_000
        let (year, month, _) = Instant.civil(days: day)
        return Instant.daysIn(month: Int(month), of: Int(year))
    }
}
