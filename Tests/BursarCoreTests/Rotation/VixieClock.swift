@testable import BursarCore

/// The main loop of vixie cron (Debian's 3.0pl1-162, `cron.c`), minute by minute and with its own
/// names: the judge of `CronSchedule`, and written from that file alone.
struct VixieClock {
    /// By the value's own number; weekdays have 8, Sunday twice.
    let fields: [[Bool]]
    /// Which fields begin with `*`.
    let starred: [Bool]
    private let days: [Int64: Day]
    private var virtualTime: Int64

    /// What a minute's date is, looked up once.
    private struct Day {
        let dom: Int
        let month: Int
        let dow: Int
    }

    /// - Parameter clock: minutes of the local clock, in the order in which cron will see them; cron
    ///   is started in the first.
    init(_ job: RandomJob, clock: [Int64]) {
        fields = job.fields
        starred = job.starred
        virtualTime = clock[0]
        let seen = Set(
            (clock + clock.map { $0 + 1440 } + clock.map { $0 - 1440 }).map { $0 / 1440 })
        days = Dictionary(
            uniqueKeysWithValues: seen.map { day in
                let (month, ofMonth) = Self.calendar(day)
                return (day, Day(dom: ofMonth, month: month, dow: Int((day + 4) % 7)))
            })
    }

    /// Minutes of the local clock: `(time + GMToff) / SECONDS_PER_MINUTE`.
    static func clockTime(_ instant: Instant, _ zone: IANAZone) -> Int64 {
        Int64(
            (Double(instant.milliseconds / 1000 + zone.offset(at: instant)) / 60).rounded(.down))
    }

    /// Cron wakes up in this minute: does the job run?
    mutating func wake(at timeRunning: Int64) -> Bool {
        let timeDiff = timeRunning - virtualTime
        var runs = false
        switch timeDiff {
        case 1...5:
            while virtualTime < timeRunning {
                virtualTime += 1
                runs = findJobs(virtualTime, doWild: true, doNonWild: true) || runs
            }
        case 6...180:
            runs = findJobs(timeRunning, doWild: true, doNonWild: false)
            while virtualTime < timeRunning {
                virtualTime += 1
                runs = findJobs(virtualTime, doWild: false, doNonWild: true) || runs
            }
        case -179...0:
            runs = findJobs(timeRunning, doWild: true, doNonWild: false)
        default:
            virtualTime = timeRunning
            runs = findJobs(timeRunning, doWild: true, doNonWild: true)
        }
        return runs
    }

    private func findJobs(_ minutes: Int64, doWild: Bool, doNonWild: Bool) -> Bool {
        let minute = Int(minutes % 60)
        let hour = Int(minutes / 60 % 24)
        // The cheap ones first: this runs for every minute of days.
        guard fields[0][minute], fields[1][hour], let day = days[minutes / 1440] else {
            return false
        }
        let dom = fields[2][day.dom]
        let dow = fields[4][day.dow]
        guard fields[3][day.month],
            starred[2] || starred[4] ? dom && dow : dom || dow
        else { return false }
        return starred[0] || starred[1] ? doWild : doNonWild
    }

    /// Month and day of a day since 1970, counted year by year.
    static func calendar(_ day: Int64) -> (month: Int, ofMonth: Int) {
        var (rest, year) = (day, 1970)
        while true {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for (index, length) in [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
                .enumerated()
            {
                if rest < length { return (index + 1, Int(rest) + 1) }
                rest -= Int64(length)
            }
            year += 1
        }
    }
}
