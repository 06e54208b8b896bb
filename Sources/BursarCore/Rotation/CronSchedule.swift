/// When a cron job of five fields runs, as vixie cron (Debian's) runs it, its daylight-saving rule
/// included (see `next(after:in:)`).
package struct CronSchedule: Hashable, Sendable, CustomStringConvertible {
    /// As it was written.
    package let text: String
    /// Bit n is minute n, and so on; weekdays are 0 to 6, Sunday is 0.
    let minutes: UInt64
    let hours: UInt64
    let daysOfMonth: UInt64
    let months: UInt64
    let weekdays: UInt64
    /// Either day field begins with `*`: then a day must be in both, otherwise in one of the two.
    let needsBothDays: Bool
    /// The minute's or the hour's field begins with `*`: it runs by the wall clock alone. All others
    /// are fixed-time jobs, which cron cares for when clocks are put forward and back.
    let isWild: Bool

    /// - Throws: why `text` is no schedule, with the place in it.
    package init(_ text: String) throws(CronFault) {
        let parser = CronParser(text)
        let fields = try parser.fields()
        self.text = text
        minutes = try parser.set(fields[0], .minute)
        hours = try parser.set(fields[1], .hour)
        daysOfMonth = try parser.set(fields[2], .dayOfMonth)
        months = try parser.set(fields[3], .month)
        let days = try parser.set(fields[4], .weekday)
        // Sunday is 0 and 7.
        weekdays = (days | days >> 7) & 0x7F
        let stars = fields.map { parser.startsWithStar($0) }
        needsBothDays = stars[2] || stars[4]
        isWild = stars[0] || stars[1]
        guard canFire else {
            throw CronFault(.neverFires, fields[2].lowerBound..<fields[3].upperBound)
        }
    }

    package var description: String { text }

    /// Some day of the calendar is one of its days. Every date falls on every weekday in 400 years.
    private var canFire: Bool {
        guard needsBothDays else { return true }
        return (1...12).contains { month in
            let last = Instant.daysIn(month: month, of: 2024)
            return months >> month & 1 == 1 && daysOfMonth & ((1 << (last + 1)) - 1) != 0
        }
    }

    // MARK: On the wall

    /// The first minute of the wall clock's line, from `start` on, that the fields match. `nil`
    /// where none does in the next 400 years, which no schedule that could be made lets happen.
    func nextMinute(from start: Int64) -> Int64? {
        let first = WallTime.floor(start, WallTime.minutesADay)
        let ofDay = start - first * WallTime.minutesADay
        if matches(day: first), let time = nextTime(from: Int(ofDay)) {
            return first * WallTime.minutesADay + Int64(time)
        }
        guard let day = nextDay(from: first + 1), let time = nextTime(from: 0) else { return nil }
        return day * WallTime.minutesADay + Int64(time)
    }

    /// Between two runs by the wall clock, of the first ones from 2024 on: schedules that are uneven
    /// are so within days, weeks or months.
    var shortestGap: Span {
        let start = Int64(Instant.days(year: 2024, month: 1, day: 1)) * WallTime.minutesADay
        var last = nextMinute(from: start)
        var shortest = Self.cycle * WallTime.minutesADay
        for _ in 0..<Self.sample {
            guard let previous = last, let next = nextMinute(from: previous + 1) else { break }
            shortest = min(shortest, next - previous)
            last = next
        }
        return Span(seconds: shortest * 60)
    }

    private static let sample = 32

    /// The first minute of a day that matches.
    private func nextTime(from start: Int) -> Int? {
        let (hour, minute) = (start / 60, start % 60)
        if hours >> hour & 1 == 1, let next = Self.nextBit(minutes, from: minute) {
            return hour * 60 + next
        }
        guard let later = Self.nextBit(hours, from: hour + 1) else { return nil }
        return later * 60 + minutes.trailingZeroBitCount
    }

    private static func nextBit(_ bits: UInt64, from start: Int) -> Int? {
        let rest = (bits >> start) << start
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }

    private func nextDay(from start: Int64) -> Int64? {
        var day = start
        while day < start + Self.cycle {
            let (year, month, ofMonth) = Instant.civil(days: day)
            let days = Int64(Instant.daysIn(month: Int(month), of: Int(year)))
            guard months >> month & 1 == 1 else {
                day += days - ofMonth + 1
                continue
            }
            for ahead in 0...(days - ofMonth)
            where matches(ofMonth: ofMonth + ahead, WallTime.weekday(ofDay: day + ahead)) {
                return day + ahead
            }
            day += days - ofMonth + 1
        }
        return nil
    }

    private func matches(day: Int64) -> Bool {
        let (_, month, ofMonth) = Instant.civil(days: day)
        return months >> month & 1 == 1 && matches(ofMonth: ofMonth, WallTime.weekday(ofDay: day))
    }

    private func matches(ofMonth: Int64, _ weekday: Int) -> Bool {
        let inMonth = daysOfMonth >> ofMonth & 1 == 1
        let inWeek = weekdays >> weekday & 1 == 1
        return needsBothDays ? inMonth && inWeek : inMonth || inWeek
    }

    /// The days after which the Gregorian calendar repeats itself.
    private static let cycle: Int64 = 146_097
}
