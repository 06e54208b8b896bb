/// A point in time, in whole milliseconds since 1970 (LiteLLM stores milliseconds).
package struct Instant: Hashable, Comparable, Sendable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }

    package static func + (instant: Instant, span: Span) -> Instant {
        Instant(milliseconds: instant.milliseconds + span.seconds * 1000)
    }

    package static func - (instant: Instant, span: Span) -> Instant {
        Instant(milliseconds: instant.milliseconds - span.seconds * 1000)
    }

    /// Whole seconds from `earlier` to this instant, rounded down; negative when it is later.
    package func seconds(since earlier: Instant) -> Int64 {
        let difference = milliseconds - earlier.milliseconds
        return difference >= 0 ? difference / 1000 : -((-difference + 999) / 1000)
    }
}

/// A length of time in whole seconds, as manifests write it: `30s`, `10m`, `24h`, `90d`, `2w`.
package struct Span: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let seconds: Int64

    package init(seconds: Int64) { self.seconds = seconds }

    package static func hours(_ count: Int64) -> Span { Span(seconds: count * 3600) }
    package static func days(_ count: Int64) -> Span { Span(seconds: count * 86400) }

    /// `nil` unless `text` is a whole number and one of `s m h d w`, and fits.
    package init?(_ text: String) {
        guard let unit = text.last, let scale = Self.scales[unit] else { return nil }
        let digits = text.dropLast()
        guard !digits.isEmpty, digits.utf8.count <= 9,
            digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }),
            let count = Int64(digits)
        else { return nil }
        seconds = count * scale
    }

    private static let scales: [Character: Int64] = [
        "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800,
    ]

    /// The largest unit that divides it: `24h` prints as `1d`.
    package var description: String {
        for (unit, scale) in [("d", Int64(86400)), ("h", 3600), ("m", 60)]
        where seconds != 0 && seconds % scale == 0 {
            return "\(seconds / scale)\(unit)"
        }
        return "\(seconds)s"
    }

    package static func < (a: Span, b: Span) -> Bool { a.seconds < b.seconds }
}
