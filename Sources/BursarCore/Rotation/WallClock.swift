/// What clocks on the wall show, in milliseconds since 1970-01-01T00:00 by those clocks.
extension IANAZone {
    func wall(at instant: Instant) -> Int64 {
        instant.milliseconds + offset(at: instant) * 1000
    }

    /// The first instant after `start` and not after `end` from which another offset holds; `nil`
    /// where there is none.
    ///
    /// Looks once a day and halves from there, so two changes within a day that cancel one another
    /// are not seen; the database has none since 1970 (test: `no zone changes twice within a day`).
    func firstChange(after start: Instant, through end: Instant) -> Instant? {
        let before = offset(at: start)
        var low = start
        while low < end {
            let high = min(end, low + .days(1))
            if offset(at: high) != before { return change(between: low, and: high, before) }
            low = high
        }
        return nil
    }

    /// To the second, since offsets change at whole seconds.
    private func change(between low: Instant, and high: Instant, _ before: Int64) -> Instant {
        var low = WallTime.floor(low.milliseconds, 1000)
        var high = -WallTime.floor(-high.milliseconds, 1000)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if offset(at: Instant(milliseconds: middle * 1000)) == before {
                low = middle
            } else {
                high = middle
            }
        }
        return Instant(milliseconds: high * 1000)
    }

    /// `2026-11-24T11:00:00+01:00`.
    package func text(_ instant: Instant) -> String {
        let offset = offset(at: instant)
        guard offset != 0 else { return instant.description }
        let minutes = abs(offset) / 60
        let (hours, rest) = (minutes / 60, minutes % 60)
        let sign = offset < 0 ? "-" : "+"
        return (instant + Span(seconds: offset)).description.dropLast()
            + "\(sign)\(hours < 10 ? "0" : "")\(hours):\(rest < 10 ? "0" : "")\(rest)"
    }
}

/// Arithmetic of the wall clock's line.
enum WallTime {
    static let minute: Int64 = 60_000
    static let minutesADay: Int64 = 1440

    /// The quotient rounded down, also below zero.
    static func floor(_ value: Int64, _ by: Int64) -> Int64 {
        let quotient = value / by
        return value % by < 0 ? quotient - 1 : quotient
    }

    static func ceiling(_ value: Int64, _ by: Int64) -> Int64 { -floor(-value, by) }

    /// 0 is Sunday, of a day since 1970-01-01, which was a Thursday.
    static func weekday(ofDay day: Int64) -> Int { Int(((day + 4) % 7 + 7) % 7) }
}

extension Instant {
    /// The years 1 to 9999: where calendars are asked.
    static let calendar =
        Instant(milliseconds: -62_135_596_800_000)...Instant(milliseconds: 253_402_300_799_999)
}
