/// Why a text is no cron schedule, and where in it.
package struct CronFault: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        /// Not five fields.
        case fieldCount(Int)
        case unknownWord(String)
        /// `@reboot`: there is nothing that boots.
        case reboot
        /// Nothing where a number is wanted: `1,,2`, `-5`.
        case missing(CronField)
        case unknownName(String, CronField)
        case outOfRange(CronField)
        /// `22-2`.
        case backwards(String, CronField)
        /// Of nothing, or longer than the field.
        case step(CronField)
        /// `5/10`, which some read as `5-59/10` and cron refuses.
        case stepWithoutRange(CronField)
        /// A character that has no meaning to cron, like `L`, `?` or `#`.
        case character(String, CronField)
        /// No calendar has such a day: 30 February.
        case neverFires
    }

    package let reason: Reason
    /// In characters (Unicode scalars) of the text; may be empty at its end.
    package let range: Range<Int>

    init(_ reason: Reason, _ range: Range<Int>) {
        self.reason = reason
        self.range = range
    }
}

/// The fields of a cron schedule, in their order.
package enum CronField: String, Hashable, Sendable, CaseIterable {
    case minute
    case hour
    case dayOfMonth = "day of the month"
    case month
    case weekday = "day of the week"

    var range: ClosedRange<Int> {
        switch self {
        case .minute: 0...59
        case .hour: 0...23
        case .dayOfMonth: 1...31
        case .month: 1...12
        case .weekday: 0...7
        }
    }

    /// The first name stands for the range's lower bound.
    var names: [String] {
        switch self {
        case .minute, .hour, .dayOfMonth: []
        case .month: Self.monthNames
        case .weekday: Self.weekdayNames
        }
    }

    static let weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
    private static let monthNames = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
}

extension CronFault {
    package var message: String {
        switch reason {
        case .fieldCount(let count):
            "a cron schedule has 5 fields, this has \(count)"
        case .unknownWord(let word): "`\(VisibleText.escape(word))` is no word of cron"
        case .reboot: "`@reboot` is no time"
        case .missing(let field): "a value of the \(field.rawValue) is missing"
        case .unknownName(let name, let field):
            "`\(VisibleText.escape(name))` is no \(field.rawValue)"
        case .outOfRange(let field):
            "a \(field.rawValue) is from \(field.range.lowerBound) to \(field.range.upperBound)"
        case .backwards(let range, _): "the range `\(range)` goes backwards"
        case .step(let field): "a step of the \(field.rawValue) is from 1 to \(field.longestStep)"
        case .stepWithoutRange: "a step needs a range before it"
        case .character(let character, let field):
            "`\(VisibleText.escape(character))` means nothing to cron in the \(field.rawValue)"
        case .neverFires: "this never comes: none of these months has such a day"
        }
    }

    /// What to do; `nil` where the message says it.
    package var help: String? {
        switch reason {
        case .fieldCount: "minute, hour, day of the month, month, day of the week: `0 9 1 * *`"
        case .unknownWord, .reboot:
            "one of: \(CronParser.words.keys.sorted().joined(separator: ", "))"
        case .unknownName(_, .month): "1 to 12, or jan to dec"
        case .unknownName(_, .weekday): "0 to 7 (Sunday is 0 and 7), or sun to sat"
        case .unknownName(_, let field):
            "\(field.range.lowerBound) to \(field.range.upperBound)"
        case .backwards(let range, let field): field.turned(range)
        case .stepWithoutRange(let field):
            "write the end too: `5-\(field.range.upperBound)/10`"
        case .character: "cron knows numbers, names, `*`, `,`, `-` and `/`"
        case .missing, .outOfRange, .step, .neverFires: nil
        }
    }
}

extension CronField {
    var longestStep: Int { range.upperBound - range.lowerBound + (self == .weekday ? 0 : 1) }

    /// `22-2` as the two ranges that were meant: `22-23,0-2`.
    fileprivate func turned(_ text: String) -> String? {
        let ends = text.split(separator: "-")
        guard ends.count == 2 else { return nil }
        let last = self == .weekday ? 6 : range.upperBound
        return "write `\(ends[0])-\(last),\(range.lowerBound)-\(ends[1])`"
    }
}
