import Testing

@testable import BursarCore

struct CronScheduleTests {
    private static func next(
        _ cron: String, _ after: String, _ zone: String = "UTC", count: Int = 1
    ) throws -> [String] {
        let schedule = try CronSchedule(cron)
        let zone = try #require(IANAZone(zone))
        var dates: [String] = []
        var last = try #require(Instant(after))
        while dates.count < count, let next = schedule.next(after: last, in: zone) {
            dates.append(next.description)
            last = next
        }
        return dates
    }

    @Test(arguments: [
        ("@yearly", "2027-01-01T00:00:00Z"), ("@annually", "2027-01-01T00:00:00Z"),
        ("@monthly", "2026-06-01T00:00:00Z"), ("@weekly", "2026-05-24T00:00:00Z"),
        ("@daily", "2026-05-19T00:00:00Z"), ("@midnight", "2026-05-19T00:00:00Z"),
        ("@hourly", "2026-05-18T13:00:00Z"), ("0 0 * * 7", "2026-05-24T00:00:00Z"),
        ("0 0 * * fri-sun", "2026-05-22T00:00:00Z"), ("5 4 * jan,AUG *", "2026-08-01T04:05:00Z"),
        // In one of the two where both are restricted, in both where one begins with `*`.
        ("0 0 13 * fri", "2026-05-22T00:00:00Z"), ("0 0 */2 * fri", "2026-05-29T00:00:00Z"),
        ("0 0 13 * *", "2026-06-13T00:00:00Z"), ("0 0 29 2 *", "2028-02-29T00:00:00Z"),
        ("0 0 29 2 */7", "2032-02-29T00:00:00Z"), ("  0 9  1 * * ", "2026-06-01T09:00:00Z"),
    ])
    func `A schedule runs next`(cron: String, expected: String) throws {
        #expect(try Self.next(cron, "2026-05-18T12:00:00Z") == [expected])
    }

    @Test func `A date that comes every 28 years is found at once`() throws {
        let clock = ContinuousClock()
        let start = clock.now
        for _ in 0..<100 {
            #expect(
                try Self.next("0 0 29 2 */7", "2032-03-01T00:00:00Z", "Europe/Paris")
                    == ["2060-02-28T23:00:00Z"])
        }
        let time = clock.now - start
        #expect(time < .seconds(5))
    }

    @Test func `A fixed-time job in a gap runs right after it`() throws {
        #expect(
            try Self.next("30 2 * * *", "2026-03-28T12:00:00Z", "Europe/Paris", count: 2)
                == ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"])
    }

    @Test func `A fixed-time job in a repeat runs once`() throws {
        #expect(
            try Self.next("30 2 * * *", "2026-10-24T12:00:00Z", "Europe/Paris", count: 2)
                == ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"])
        // Also where somebody asks from within the repeat.
        #expect(
            try Self.next("30 2 * * *", "2026-10-25T01:00:00Z", "Europe/Paris")
                == ["2026-10-26T01:30:00Z"])
    }

    @Test func `A job of every hour goes by the wall clock`() throws {
        #expect(
            try Self.next("30 * * * *", "2026-03-29T00:00:00Z", "Europe/Paris", count: 2)
                == ["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"])
        #expect(
            try Self.next("30 * * * *", "2026-10-25T00:00:00Z", "Europe/Paris", count: 2)
                == ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"])
        // The minute's star alone makes it one of these: it is not made up for.
        #expect(
            try Self.next("*/30 2 * * *", "2026-03-29T00:00:00Z", "Europe/Paris")
                == ["2026-03-30T00:00:00Z"])
    }

    @Test func `A day that a zone leaves out is lost`() throws {
        // Samoa had no 30 December 2011: more than daylight saving, so cron takes the new time.
        #expect(
            try Self.next("0 9 30 12 *", "2011-12-01T00:00:00Z", "Pacific/Apia")
                == ["2012-12-29T19:00:00Z"])
    }

    @Test(arguments: [
        ("", 0..<0), ("* * * *", 0..<7), ("0 0 1 * * 2026", 10..<14), ("60 * * * *", 0..<2),
        ("* 24 * * *", 2..<4), ("* * 0 * *", 4..<5), ("* * * 13 *", 6..<8), ("* * * * 8", 8..<9),
        ("*/0 * * * *", 2..<3), ("*/61 * * * *", 2..<4), ("5/10 * * * *", 0..<4),
        ("0 22-2 * * *", 2..<6), ("0 1,,2 * * *", 4..<4), ("0 1, * * *", 4..<4),
        ("0 0 L * *", 4..<5), ("0 0 ? * *", 4..<5), ("0 0 * * 1#2", 9..<10),
        ("0 0 * foo *", 6..<9), ("0 0 30 2 *", 4..<8), ("0 0 31 2,4,6,9,11 *", 4..<17),
        ("0 0 30 2 */2", 4..<8), ("@reboot", 0..<7), ("@montly", 0..<7), ("- * * * *", 0..<0),
        ("0 -5 * * *", 2..<2), ("0 0 1 * 99999999999999999999", 8..<28), ("*/ * * * *", 2..<2),
        ("1-5-9 * * * *", 2..<5), ("** * * * *", 0..<2), ("0 0 1 é *", 6..<7),
    ])
    func `What is no schedule is refused at its place`(text: String, range: Range<Int>) {
        do throws(CronFault) {
            _ = try CronSchedule(text)
            Issue.record("taken: \(text)")
        } catch {
            #expect(error.range == range, "\(text): \(error.message)")
            #expect(!error.message.isEmpty)
        }
    }

    @Test(arguments: [
        ("0 9 1 * *", "28d"), ("0 0 * * 1,3", "2d"), ("*/5 * * * *", "5m"), ("@yearly", "365d"),
        ("0 0,6 1 * *", "6h"), ("0 0 29 2 *", "1461d"),
    ])
    func `The shortest gap between two runs is known`(cron: String, gap: String) throws {
        #expect(try CronSchedule(cron).shortestGap.description == gap)
    }

    @Test(arguments: ["Europe/Paris", "UTC", "Etc/GMT+1", "Asia/Kolkata", "EST5EDT", "US/Eastern"])
    func `A name of the IANA database is a zone`(name: String) {
        #expect(IANAZone(name)?.name == name)
    }

    @Test(arguments: [
        "", "europe/paris", "Europe/Pari", "BST", "JST", "GMT+1", "UTC+2", "Etc/Unknown", "+01:00",
        "SystemV/EST5", "Europe/", "/", "Europe/Paris ", "localtime",
    ])
    func `What ICU makes up is no zone`(name: String) {
        #expect(IANAZone(name) == nil)
    }
}
