import TestSupport
import Testing

@testable import BursarCore

/// `CronSchedule` against cron's own loop, minute by minute over the days around changes of the
/// clock, and on any days.
struct CronLaws {
    /// Zones whose clocks change in every way: by an hour and by half of one, at midnight, to another
    /// day, for good, twice a year around Ramadan.
    static let zones = [
        "UTC", "Europe/Paris", "America/New_York", "America/St_Johns", "Australia/Lord_Howe",
        "America/Havana", "Africa/Casablanca", "Asia/Tehran", "America/Santiago", "Asia/Beirut",
        "Pacific/Apia", "Pacific/Chatham", "America/Sao_Paulo", "Antarctica/Troll",
        "Asia/Kathmandu",
        "Asia/Pyongyang", "America/Guyana", "America/Caracas", "Africa/Juba", "Europe/Dublin",
        "Pacific/Kwajalein", "Antarctica/Casey", "Atlantic/Azores", "Asia/Gaza",
        "America/Scoresbysund",
    ]

    @Test(arguments: zones)
    func `A schedule runs when cron runs it`(name: String) throws {
        let zone = try #require(IANAZone(name))
        var random = Seeded(seed: name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
        let changes = Self.changes(of: zone)
        for round in 0..<12 {
            // Most of the time near a change of the clock, if there is one.
            let isNear = round % 4 != 0
            var from = Instant(
                milliseconds: .random(in: 1_000_000_000...2_500_000_000_000, using: &random))
            if isNear, let change = changes.randomElement(using: &random) {
                from = change - Span(seconds: .random(in: 1...200_000, using: &random))
            }
            try compare((0..<10).map { _ in RandomJob(near: isNear, using: &random) }, from, zone)
        }
    }

    /// Every run of the three days after `from`.
    private func compare(_ jobs: [RandomJob], _ from: Instant, _ zone: IANAZone) throws {
        // Cron has been up for two days then, so that it knows what it has run.
        let up = (from - .days(2)).milliseconds / 60_000
        let minutes = (up...up + 5 * 1440).map { Instant(milliseconds: $0 * 60_000) }
        let clock = minutes.map { VixieClock.clockTime($0, zone) }
        for job in jobs {
            var cron = VixieClock(job, clock: clock)
            let expected = zip(minutes, clock).dropFirst().filter { at, shown in
                cron.wake(at: shown) && at > from
            }.map(\.0)
            let schedule = try CronSchedule(job.text)
            var found: [Instant] = []
            var last = from
            while found.count <= expected.count, let next = schedule.next(after: last, in: zone),
                let end = minutes.last, next <= end
            {
                found.append(next)
                last = next
            }
            #expect(found == expected, "\(job.text) in \(zone) after \(from)")
        }
    }

    /// Of the offset, since 1970 where nothing else is said.
    static func changes(
        of zone: IANAZone, from start: Instant = Instant(milliseconds: 604_800_000),
        to end: Instant = Instant(milliseconds: 2_200_000_000_000)
    ) -> [Instant] {
        var changes: [Instant] = []
        var at = start
        while at < end {
            let next = at + .days(30)
            while let change = zone.firstChange(after: at, through: next) {
                changes.append(change)
                at = change
            }
            at = next
        }
        return changes
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `From any instant the next run is the same as from the one before it`(seed: UInt64) throws
    {
        var random = Seeded(seed: seed)
        for _ in 0..<500 {
            let zone = try #require(IANAZone(Self.zones.randomElement(using: &random) ?? "UTC"))
            let schedule = try CronSchedule(RandomJob(near: false, using: &random).text)
            let start = Instant(milliseconds: .random(in: 0...4_000_000_000_000, using: &random))
            let next = try #require(schedule.next(after: start, in: zone))
            #expect(next > start)
            let between = Instant(
                milliseconds: .random(
                    in: start.milliseconds...next.milliseconds - 1, using: &random))
            #expect(schedule.next(after: between, in: zone) == next)
        }
    }

    @Test(arguments: zones) func `No zone changes twice within a day`(name: String) throws {
        // `firstChange` looks once a day; every three hours here.
        let zone = try #require(IANAZone(name))
        var at = Instant(milliseconds: 946_684_800_000)
        var last = at - .days(1)
        var offset = zone.offset(at: at)
        while at < Instant(milliseconds: 2_200_000_000_000) {
            at = at + .hours(3)
            let now = zone.offset(at: at)
            guard now != offset else { continue }
            #expect(at > last + .days(1), "\(name) \(at)")
            (last, offset) = (at, now)
        }
    }
}
