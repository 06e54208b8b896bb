/// Reads a rotation window. Places count in scalars of the text.
struct WindowParser {
    private let scalars: [Unicode.Scalar]

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// In minutes since Sunday 00:00; a span may go beyond Saturday's midnight.
    func spans() throws(WindowFault) -> [Range<Int64>] {
        var spans: [Range<Int64>] = []
        for part in split(0..<scalars.count, at: ";") { spans += try self.part(part) }
        return spans
    }

    private func part(_ place: Range<Int>) throws(WindowFault) -> [Range<Int64>] {
        let words = split(place, at: " ").filter { !$0.isEmpty }
        guard let first = words.first else { throw WindowFault(.empty, place) }
        guard words.count <= 2 else {
            throw WindowFault(.surplus, words[2].lowerBound..<words[words.count - 1].upperBound)
        }
        let isTimes = scalars[first].contains { ("0"..."9").contains($0) }
        guard !isTimes || words.count == 1 else { throw WindowFault(.surplus, words[1]) }
        let days = isTimes ? Array(0...6) : try self.days(first)
        let wholeDay = [0..<WallTime.minutesADay]
        let times =
            isTimes ? try self.times(first) : words.count == 2 ? try self.times(words[1]) : wholeDay
        return days.flatMap { day in
            let midnight = Int64(day) * WallTime.minutesADay
            return times.map { midnight + $0.lowerBound..<midnight + $0.upperBound }
        }
    }

    private func days(_ place: Range<Int>) throws(WindowFault) -> [Int] {
        var days: [Int] = []
        for item in split(place, at: ",") {
            let ends = split(item, at: "-")
            guard ends.count <= 2 else { throw WindowFault(.unknownDay(text(item)), item) }
            let first = try day(ends[0])
            let last = try day(ends[ends.count - 1])
            // `Sat-Mon` goes over the end of the week.
            days += (0...(last - first + 7) % 7).map { (first + $0) % 7 }
        }
        return days
    }

    private func day(_ place: Range<Int>) throws(WindowFault) -> Int {
        guard let day = CronField.weekdayNames.firstIndex(of: text(place).lowercased()) else {
            throw WindowFault(.unknownDay(text(place)), place)
        }
        return day
    }

    /// In minutes since midnight; over midnight the end is beyond 24:00.
    private func times(_ place: Range<Int>) throws(WindowFault) -> [Range<Int64>] {
        var times: [Range<Int64>] = []
        for item in split(place, at: ",") {
            let ends = split(item, at: "-")
            guard ends.count == 2 else { throw WindowFault(.time(text(item)), item) }
            let start = try time(ends[0], last: 23 * 60 + 59)
            let end = try time(ends[1], last: WallTime.minutesADay)
            guard start != end else { throw WindowFault(.nothing, item) }
            times.append(start..<(end > start ? end : end + WallTime.minutesADay))
        }
        return times
    }

    private func time(_ place: Range<Int>, last: Int64) throws(WindowFault) -> Int64 {
        let digits = scalars[place].map { Int64($0.value) - 48 }
        guard digits.count == 5, scalars[place.lowerBound + 2] == ":",
            (digits[..<2] + digits[3...]).allSatisfy({ (0...9).contains($0) }), digits[3] <= 5
        else { throw WindowFault(.time(text(place)), place) }
        let minutes = (digits[0] * 10 + digits[1]) * 60 + digits[3] * 10 + digits[4]
        guard minutes <= last else { throw WindowFault(.time(text(place)), place) }
        return minutes
    }

    /// Never empty; a part may be.
    private func split(_ place: Range<Int>, at separator: Unicode.Scalar) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = place.lowerBound
        for index in place where scalars[index] == separator {
            parts.append(start..<index)
            start = index + 1
        }
        return parts + [start..<place.upperBound]
    }

    /// A message is no place for whatever somebody pasted.
    private func text(_ place: Range<Int>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[place].prefix(12))
        return String(view) + (place.count > 12 ? "…" : "")
    }
}
