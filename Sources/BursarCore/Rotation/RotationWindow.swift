/// The hours of the week in which a key may be rotated, by the wall clock: `Mon-Fri 09:00-17:00`.
///
/// Parts are separated by `;`, each of them days, times, or days and times: `Mon-Thu 09:00-17:00;
/// Fri 09:00-12:00,13:00-15:00`, `Sat,Sun`, `22:00-04:00`. Days without times are whole days, times
/// without days are every day's. Times that end before they begin go on to the next day and belong
/// to the one on which they begin. The end is not part of it.
package struct RotationWindow: Hashable, Sendable, CustomStringConvertible {
    /// As it was written.
    package let text: String
    /// In minutes since Sunday 00:00, ascending, none touching another, the last one up to the
    /// first one of the next week.
    let spans: [Range<Int64>]

    static let week: Int64 = 7 * WallTime.minutesADay

    /// - Throws: why `text` is no window, with the place in it.
    package init(_ text: String) throws(WindowFault) {
        self.text = text
        spans = Self.merged(try WindowParser(text).spans())
    }

    package var description: String { text }

    /// Cuts what goes beyond Saturday's midnight and joins what touches.
    private static func merged(_ spans: [Range<Int64>]) -> [Range<Int64>] {
        let cut = spans.flatMap { span in
            span.upperBound <= week
                ? [span] : [span.lowerBound..<week, 0..<span.upperBound - week]
        }
        var joined: [Range<Int64>] = []
        for span in cut.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, span.lowerBound <= last.upperBound {
                joined[joined.count - 1] =
                    last.lowerBound..<max(last.upperBound, span.upperBound)
            } else {
                joined.append(span)
            }
        }
        return joined
    }

    package func contains(_ instant: Instant, in zone: IANAZone) -> Bool {
        ahead(ofWall: zone.wall(at: instant)) == 0
    }

    /// The first instant of the window from `start` on; `start` itself beyond the year 9999.
    package func next(from start: Instant, in zone: IANAZone) -> Instant {
        var at = start
        while Instant.calendar.contains(at) {
            let ahead = ahead(ofWall: zone.wall(at: at))
            let opens = Instant(milliseconds: at.milliseconds + ahead)
            // On the way the clocks may change: into the window, or away from it.
            guard let change = zone.firstChange(after: at, through: opens) else { return opens }
            at = change
        }
        return start
    }

    /// How long from a time on the wall until the window by that clock; 0 inside.
    private func ahead(ofWall wall: Int64) -> Int64 {
        let week = Self.week * WallTime.minute
        let sunday: Int64 = 3 * WallTime.minutesADay * WallTime.minute  // 1970-01-04
        let ofWeek = wall - sunday - WallTime.floor(wall - sunday, week) * week
        for span in spans where ofWeek < span.upperBound * WallTime.minute {
            return max(0, span.lowerBound * WallTime.minute - ofWeek)
        }
        return week + spans[0].lowerBound * WallTime.minute - ofWeek
    }
}

/// Why a text is no window, and where in it.
package struct WindowFault: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        /// Neither days nor times.
        case empty
        case unknownDay(String)
        /// No `HH:MM-HH:MM`.
        case time(String)
        /// From a time to the same.
        case nothing
        /// More than days and times.
        case surplus
    }

    package let reason: Reason
    /// In characters (Unicode scalars) of the text; may be empty at its end.
    package let range: Range<Int>

    init(_ reason: Reason, _ range: Range<Int>) {
        self.reason = reason
        self.range = range
    }

    package var message: String {
        switch reason {
        case .empty: "days or times are missing"
        case .unknownDay(let text): "`\(VisibleText.escape(text))` is no day of the week"
        case .time(let text): "`\(VisibleText.escape(text))` is no time of the day"
        case .nothing: "a window from a time to the same is none"
        case .surplus: "a part of a window is days and times, no more"
        }
    }

    package var help: String? {
        switch reason {
        case .empty, .time: "`09:00-17:00`, `Mon-Fri 09:00-17:00`, or several parts with `;`"
        case .unknownDay: "Mon, Tue, Wed, Thu, Fri, Sat, Sun, or a range like Mon-Fri"
        case .nothing: "write 00:00-24:00 for the whole day"
        case .surplus: "separate parts with `;`, days and times with `,`"
        }
    }
}
