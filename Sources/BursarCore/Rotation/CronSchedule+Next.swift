/// Cron's rule for clocks that are put forward or back (the main loop of vixie cron's `cron.c`,
/// Debian's 3.0pl1-162, and `cron(8)`):
///
/// - A wild job (`isWild`) runs whenever the wall clock shows a minute of its own: never in a gap,
///   twice in a repeat.
/// - Any other job runs once for each of its minutes, at the first instant at which the wall clock
///   has come to it: what falls into a gap runs right after it, what was run is not run again in a
///   repeat.
/// - A change of three hours and more is a correction: minutes that were skipped are lost and those
///   that come again run again (Samoa had no 30 December 2011).
/// - A clock put forward by less than five minutes was late, and every job catches up.
extension CronSchedule {
    /// The first run after `start`; `nil` only beyond the year 9999.
    package func next(after start: Instant, in zone: IANAZone) -> Instant? {
        guard Instant.calendar.contains(start) else { return nil }
        var at = start
        // The first minute of the wall clock's line that has not come yet.
        var due = firstDue(after: start, in: zone)
        while let minute = nextMinute(from: due) {
            let offset = zone.offset(at: at)
            let wall = minute * WallTime.minute
            // In a gap the wall clock is past the minute already.
            let run = Instant(milliseconds: max(at.milliseconds, wall - offset * 1000))
            let horizon = min(run, at + Self.horizon)
            guard Instant.calendar.contains(horizon) else { return nil }
            if let change = zone.firstChange(after: at, through: horizon) {
                due = passed(due, change, from: offset, to: zone.offset(at: change))
                at = change
            } else if run <= at + Self.horizon {
                return run
            } else {
                // Nothing of the schedule lies between, whatever the offsets are: see `horizon`.
                at = run - Self.horizon
                due = minute
            }
        }
        return nil
    }

    /// Longer than two offsets can be apart (26 hours): what is not due for so long is due on no
    /// clock of that zone, so changes of the offset before that need not be looked for.
    private static let horizon = Span.days(2)
    /// Of a change that is no daylight saving, in minutes.
    private static let correction: Int64 = 180
    /// Below, in minutes, a clock put forward was late.
    private static let late: Int64 = 5

    /// What is due at a change of the offset, where `due` was before.
    private func passed(
        _ due: Int64, _ change: Instant, from old: Int64, to new: Int64
    ) -> Int64 {
        let before = WallTime.ceiling(change.milliseconds + old * 1000, WallTime.minute)
        let after = WallTime.ceiling(change.milliseconds + new * 1000, WallTime.minute)
        let forward = after - before
        if forward >= Self.correction || forward < -Self.correction { return after }
        if isWild { return (0..<Self.late).contains(forward) ? before : after }
        // What came before the change has run; in a repeat nothing of it is due again.
        return max(due, before)
    }

    /// The first minute that has not come by `start`. On a fixed-time job's line the clock is never
    /// put back, so it may be one that showed before a repeat.
    private func firstDue(after start: Instant, in zone: IANAZone) -> Int64 {
        func next(_ wall: Int64) -> Int64 { WallTime.floor(wall, WallTime.minute) + 1 }
        guard !isWild else { return next(zone.wall(at: start)) }
        var at = start - Self.horizon
        var due = next(zone.wall(at: at))
        while at < start, let change = zone.firstChange(after: at, through: start) {
            due = passed(
                due, change, from: zone.offset(at: at), to: zone.offset(at: change))
            at = change
        }
        return max(due, next(zone.wall(at: start)))
    }
}
