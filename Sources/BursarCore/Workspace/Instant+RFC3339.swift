/// Strict RFC 3339. The library's ISO-8601 style takes 30 February, a trailing `junk` and minute 61
/// (tried with swift-foundation of Swift 6.3.1), so this is written out.
extension Instant: CustomStringConvertible {
    /// `nil` unless `text` is a date and time with `Z` or an offset, every field in its range.
    /// Fractions beyond the millisecond are cut.
    package init?(_ text: String) {
        var scanner = DigitScanner(Array(text.utf8))
        guard let year = scanner.number(4), scanner.take("-"),
            let month = scanner.number(2), (1...12).contains(month), scanner.take("-"),
            let day = scanner.number(2), day >= 1, day <= Self.daysIn(month: month, of: year),
            scanner.take("T"),
            let hour = scanner.number(2), hour <= 23, scanner.take(":"),
            let minute = scanner.number(2), minute <= 59, scanner.take(":"),
            let second = scanner.number(2), second <= 59,
            let fraction = scanner.fraction(),
            let offset = scanner.offset(), scanner.atEnd
        else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        let seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset
        self.init(milliseconds: Int64(seconds) * 1000 + Int64(fraction))
    }

    /// `2026-11-24T10:00:00Z`; with milliseconds only where there are some.
    package var description: String {
        let (seconds, fraction) = Self.divide(milliseconds, 1000)
        let (days, time) = Self.divide(seconds, 86400)
        let (year, month, day) = Self.civil(days: days)
        let clock = [time / 3600, time / 60 % 60, time % 60].map { Self.pad($0, 2) }
        let tail = fraction == 0 ? "" : "." + Self.pad(fraction, 3)
        return "\(Self.pad(year, 4))-\(Self.pad(month, 2))-\(Self.pad(day, 2))"
            + "T\(clock.joined(separator: ":"))\(tail)Z"
    }

    /// Days since 1970 of a proleptic Gregorian date (Howard Hinnant, days_from_civil).
    static func days(year: Int, month: Int, day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146097 + dayOfEra - 719468
    }

    static func daysIn(month: Int, of year: Int) -> Int {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// Year, month and day of a day since 1970 (the same, civil_from_days).
    static func civil(days: Int64) -> (Int64, Int64, Int64) {
        let z = days + 719468
        let era = (z >= 0 ? z : z - 146096) / 146097
        let dayOfEra = z - era * 146097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private static func divide(_ value: Int64, _ by: Int64) -> (Int64, Int64) {
        let remainder = ((value % by) + by) % by
        return ((value - remainder) / by, remainder)
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

private struct DigitScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var atEnd: Bool { position == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, UInt32(bytes[position]) == character.value else {
            return false
        }
        position += 1
        return true
    }

    mutating func number(_ width: Int) -> Int? {
        guard position + width <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[position..<position + width] {
            guard byte >= 48, byte <= 57 else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        position += width
        return value
    }

    /// Milliseconds; 0 where there is no fraction; `nil` for a point without digits.
    mutating func fraction() -> Int? {
        guard take(".") else { return 0 }
        var value = 0
        var digits = 0
        while position < bytes.count, bytes[position] >= 48, bytes[position] <= 57 {
            if digits < 3 { value = value * 10 + Int(bytes[position] - 48) }
            digits += 1
            position += 1
        }
        guard digits > 0 else { return nil }
        for _ in 0..<max(0, 3 - digits) { value *= 10 }
        return value
    }

    /// Seconds east of UTC.
    mutating func offset() -> Int? {
        if take("Z") { return 0 }
        let sign: Int
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = number(2), hours <= 23, take(":"), let minutes = number(2), minutes <= 59
        else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}
