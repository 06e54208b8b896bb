internal import BursarCore

/// LiteLLM's reading of `duration` and `budget_duration`
/// (`litellm_core_utils/duration_parser.py`, 1.106.2).
enum BudgetCalendar {
    private static let words = ["hourly": "1h", "daily": "24h", "weekly": "7d", "monthly": "30d"]
    private static let seconds: [String: Int64] = [
        "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800,
    ]

    /// The instant a key expires that lives `duration` from `now`; `nil` for a bad spelling.
    static func expiry(_ duration: String, from now: Instant) -> Instant? {
        guard let (count, unit) = parts(duration) else { return nil }
        if let scale = seconds[unit] { return now + Span(seconds: Int64(count) * scale) }
        return unit == "mo" ? monthsOn(count, from: now) : nil
    }

    /// The same day and time, or the month's last day where it is shorter.
    private static func monthsOn(_ count: Int, from now: Instant) -> Instant? {
        let text = now.description
        let parts = text.prefix(10).split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3 else { return nil }
        let months = parts[0] * 12 + parts[1] - 1 + count
        let month = "\(months / 12)-\(padded(months % 12 + 1))"
        for day in stride(from: parts[2], through: 28, by: -1) {
            if let at = Instant("\(month)-\(padded(day))\(text.dropFirst(10))") { return at }
        }
        return Instant("\(month)-\(padded(parts[2]))\(text.dropFirst(10))")
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// When a budget of that period starts anew; `nil` for a spelling that LiteLLM refuses.
    static func reset(_ duration: String, from now: Instant) -> Instant? {
        guard let (count, unit) = parts(duration), count > 0 else { return nil }
        let day: Int64 = 86_400_000
        let midnight = now.milliseconds - (((now.milliseconds % day) + day) % day)
        switch unit {
        case "d": return days(count, midnight: midnight)
        case "w": return days(count * 7, midnight: midnight)
        case "mo": return count == 1 ? firstOfNextMonth(after: now) : nil
        case "h", "m", "s":
            return aligned(count, unit, now: now, midnight: midnight)
        default: return nil
        }
    }

    private static func parts(_ duration: String) -> (Int, String)? {
        let text = words[duration.lowercased()] ?? duration
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int(digits), count < 1_000_000 else { return nil }
        return (count, String(text.dropFirst(digits.count)))
    }

    private static func days(_ count: Int, midnight: Int64) -> Instant {
        let day: Int64 = 86_400_000
        switch count {
        case 7:
            // 1970-01-01 was a Thursday: day 4 was the first Monday.
            let number = midnight / day
            let ahead = ((4 - number) % 7 + 7) % 7
            return Instant(milliseconds: midnight + (ahead == 0 ? 7 : ahead) * day)
        case 30: return firstOfNextMonth(after: Instant(milliseconds: midnight))
        default: return Instant(milliseconds: midnight + Int64(count) * day)
        }
    }

    private static func firstOfNextMonth(after now: Instant) -> Instant {
        let text = now.description.split(separator: "-")
        let year = Int(text[0]) ?? 1970
        let month = Int(text[1]) ?? 1
        let next = month == 12 ? (year + 1, 1) : (year, month + 1)
        return Instant("\(next.0)-\(padded(next.1))-01T00:00:00Z") ?? now
    }

    /// The next whole multiple within the unit above it (`5h` at 11:37 is 15:00, `10m` is 11:40).
    private static func aligned(_ count: Int, _ unit: String, now: Instant, midnight: Int64)
        -> Instant
    {
        let step = Int64(unit == "h" ? 3600 : unit == "m" ? 60 : 1) * 1000
        let frame = Int64(unit == "h" ? 86400 : unit == "m" ? 3600 : 60) * 1000
        let elapsed = now.milliseconds - midnight
        let start = midnight + elapsed / frame * frame
        let units = (now.milliseconds - start) / step
        let next = (units / Int64(count) + 1) * Int64(count)
        if unit == "h", next >= 24 {
            return Instant(milliseconds: midnight + 86_400_000 + (next % 24) * step)
        }
        return Instant(milliseconds: start + next * step)
    }
}

/// LiteLLM's two spellings of one instant.
enum TimeSpelling {
    /// `2026-11-24T07:38:28.767000Z`: lists, teams, mints.
    case zulu
    /// `2026-11-24T07:38:28.767000+00:00`: `/key/info`, `/key/update`.
    case offset

    func text(_ instant: Instant) -> String {
        var text = String(instant.description.dropLast())
        if text.contains(".") { text += "000" }
        return text + (self == .zulu ? "Z" : "+00:00")
    }

    func json(_ instant: Instant?) -> JSONValue { instant.map { .string(text($0)) } ?? .null }
}
