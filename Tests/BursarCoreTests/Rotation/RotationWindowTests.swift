import TestSupport
import Testing

@testable import BursarCore

struct RotationWindowTests {
    private static let spring = Instant(milliseconds: 1_770_000_000_000)

    private static func contains(_ window: String, _ instant: String, zone: String = "UTC") throws
        -> Bool
    {
        try RotationWindow(window).contains(
            try #require(Instant(instant)), in: try #require(IANAZone(zone)))
    }

    private static func next(_ window: String, _ instant: String, zone: String = "UTC") throws
        -> String
    {
        try RotationWindow(window).next(
            from: try #require(Instant(instant)), in: try #require(IANAZone(zone))
        ).description
    }

    @Test(arguments: [
        ("Mon-Fri 09:00-17:00", "2026-01-02T09:00:00Z", true),  // a Friday
        ("Mon-Fri 09:00-17:00", "2026-01-02T17:00:00Z", false),
        ("Mon-Fri 09:00-17:00", "2026-01-03T12:00:00Z", false),
        ("mon-FRI 09:00-17:00", "2026-01-02T16:59:59Z", true),
        ("22:00-04:00", "2026-01-03T03:59:00Z", true),
        ("22:00-04:00", "2026-01-03T04:00:00Z", false),
        ("Fri 22:00-04:00", "2026-01-03T03:00:00Z", true),  // begun on Friday
        ("Fri 22:00-04:00", "2026-01-02T03:00:00Z", false),
        ("Sat 22:00-04:00", "2026-01-04T03:00:00Z", true),  // over the end of the week
        ("Sat-Mon 10:00-11:00", "2026-01-04T10:30:00Z", true),
        ("Sat-Mon 10:00-11:00", "2026-01-06T10:30:00Z", false),
        ("Sat,Sun", "2026-01-03T00:00:00Z", true),
        ("Mon-Thu 09:00-17:00; Fri 09:00-12:00,13:00-15:00", "2026-01-02T12:30:00Z", false),
        ("Mon-Thu 09:00-17:00; Fri 09:00-12:00,13:00-15:00", "2026-01-02T14:59:00Z", true),
        ("00:00-24:00", "2026-01-02T14:59:00Z", true),
    ])
    func `A window is open when the wall clock says so`(
        window: String, instant: String, expected: Bool
    ) throws {
        #expect(try Self.contains(window, instant) == expected)
    }

    @Test(arguments: [
        // A day on which 02:15 does not come, and one on which it comes twice.
        ("Sun 02:15-02:45", "2026-03-28T12:00:00Z", "2026-04-05T00:15:00Z"),
        ("02:15-03:15", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"),
        ("Sun 02:15-02:45", "2026-10-25T00:20:00Z", "2026-10-25T00:20:00Z"),
        ("Sun 02:15-02:45", "2026-10-25T00:45:00Z", "2026-10-25T01:15:00Z"),
        ("Sun 02:15-02:45", "2026-10-25T01:45:00Z", "2026-11-01T01:15:00Z"),
        ("Mon 09:00-17:00", "2026-03-28T12:00:00Z", "2026-03-30T07:00:00Z"),
    ])
    func `Daylight saving moves it`(window: String, from: String, expected: String) throws {
        #expect(try Self.next(window, from, zone: "Europe/Paris") == expected)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `The next opening is the first minute that is inside`(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        let windows = [
            "Mon-Fri 09:00-17:00", "22:00-04:00", "Sat 23:30-00:30", "Sun 02:00-03:00",
            "01:30-01:45,03:10-03:20", "Fri-Sun; Tue 00:00-00:01",
        ]
        for _ in 0..<12 {
            let zone = try #require(IANAZone(CronLaws.zones.randomElement(using: &random) ?? "UTC"))
            let window = try RotationWindow(windows.randomElement(using: &random) ?? "Sat")
            var start = Instant(
                milliseconds: .random(in: 30_000_000...36_000_000, using: &random) * 60_000)
            if let change = CronLaws.changes(
                of: zone, from: Self.spring, to: Self.spring + .days(800)
            ).randomElement(using: &random) {
                start = change - Span(seconds: .random(in: 1...1440, using: &random) * 60)
            }
            let next = window.next(from: start, in: zone)
            var at = start
            while at < next, !window.contains(at, in: zone) { at = at + Span(seconds: 60) }
            #expect(at == next, "\(window) in \(zone) from \(start)")
            #expect(window.contains(next, in: zone))
        }
    }

    @Test(arguments: [
        ("", 0..<0), ("Mon-Fri 09:00-17:00;", 20..<20), ("Mon 9:00-17:00", 4..<8),
        ("Mon-Fry 09:00-17:00", 4..<7), ("09:00-09:00", 0..<11), ("09:00-24:01", 6..<11),
        ("24:00-09:00", 0..<5), ("09:60-10:00", 0..<5), ("Mon Tue 09:00-10:00", 8..<19),
        ("09:00-10:00 Mon", 12..<15), ("Mon,,Tue", 4..<4), ("Mon-Tue-Wed", 0..<11),
        ("09:00", 0..<5), ("Mon 09:00-17:00 UTC", 16..<19), ("Mon-", 4..<4),
        ("１2:00-13:00", 0..<5),
    ])
    func `What is no window is refused at its place`(text: String, range: Range<Int>) {
        do throws(WindowFault) {
            _ = try RotationWindow(text)
            Issue.record("taken: \(text)")
        } catch {
            #expect(error.range == range, "\(text): \(error.message)")
        }
    }
}
