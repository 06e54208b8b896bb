/// How often LiteLLM starts a budget anew.
package enum BudgetPeriod: Hashable, Sendable, CustomStringConvertible {
    /// `Nh`: at the next full multiple of N hours.
    case hours(Int)
    /// `Nd`: 1 at midnight UTC, 7 on Mondays, **30 on the first of the month**, others N days on.
    case days(Int)
    /// `1mo`: on the first of the month. The only spelling of months that LiteLLM takes.
    case month

    /// `nil` for every spelling that LiteLLM would misread: to it `1m` is a minute and `1y` nonsense.
    package init?(_ text: String) {
        if text == "1mo" {
            self = .month
            return
        }
        guard let unit = text.last, let count = Int(text.dropLast()), (1...3650).contains(count),
            "\(count)\(unit)" == text
        else { return nil }
        switch unit {
        case "h": self = .hours(count)
        case "d": self = .days(count)
        default: return nil
        }
    }

    package var description: String {
        switch self {
        case .hours(let count): "\(count)h"
        case .days(let count): "\(count)d"
        case .month: "1mo"
        }
    }

    /// Hours, for normalising caps to 30 days; a month counts as 30 days.
    package var hours: Int {
        switch self {
        case .hours(let count): count
        case .days(let count): count * 24
        case .month: 720
        }
    }

    /// What LiteLLM's calendar makes of it where that differs from what is written
    /// (`litellm_core_utils/duration_parser.py`, 1.106.2); `nil` where it is as written.
    package var calendarNote: String? {
        switch self {
        case .days(7): "LiteLLM starts a 7d budget anew every Monday 00:00 UTC"
        case .days(30), .month: "LiteLLM starts a \(self) budget anew on the first of each month"
        case .days(1), .hours, .days: nil
        }
    }
}

/// The cap over all keys of a workspace.
package enum Budget: Hashable, Sendable {
    case unlimited
    /// `period` `nil`: never starts anew.
    case capped(limit: MicroUSD, period: BudgetPeriod?)
}
