/// How long the controller waits for what. Milliseconds; `random` is any 64 random bits.
package struct LoopPace: Hashable, Sendable {
    package var interval: Span

    package init(interval: Span = Configuration.Controller.defaultInterval) {
        self.interval = interval
    }

    /// To the next run where nothing falls due before: the interval, a tenth less or more, so that
    /// controllers started together do not stay together.
    package func regular(random: UInt64) -> Int64 {
        let whole = milliseconds(interval)
        return whole - whole / 10 + share(of: whole / 5, random)
    }

    /// No wait for a regular run or after an outage is longer: what looks longer is a clock that was
    /// put back.
    package var longest: Int64 { milliseconds(interval) + milliseconds(interval) / 10 }

    /// After `outages` (from 1) runs in a row that could not observe: never longer than the interval.
    package func afterOutage(_ outages: Int, random: UInt64) -> Int64 {
        doubled(
            Self.firstOutage, times: outages - 1,
            longest: min(milliseconds(interval), Self.longestFailure), random)
    }

    /// After a workspace failed `failures` (from 1) times in a row.
    package func afterFailure(_ failures: Int, random: UInt64) -> Int64 {
        doubled(Self.firstFailure, times: failures - 1, longest: Self.longestFailure, random)
    }

    /// To the next run where rotations were deferred.
    package var afterDeferral: Int64 { min(milliseconds(interval), Self.pause) }

    package static let firstOutage: Int64 = 5_000
    package static let firstFailure: Int64 = 30_000
    package static let longestFailure: Int64 = 3_600_000
    package static let pause: Int64 = 60_000
    /// The longest sleep: after it the clock is looked at again, whatever was to be waited for.
    package static let longestSleep: Int64 = 60_000
    /// From the beginning of a run to one that something due asks for: whatever a plan says, the
    /// proxy is not asked without pause.
    package static let shortestGap: Int64 = 1_000

    private func milliseconds(_ span: Span) -> Int64 { max(0, span.seconds) * 1000 }

    /// Up to a tenth less, so that it is never more than `longest`.
    private func doubled(
        _ first: Int64, times: Int, longest: Int64, _ random: UInt64
    ) -> Int64 {
        let whole = min(longest, first << Int64(min(max(0, times), 30)))
        return whole - share(of: whole / 10, random)
    }

    /// From 0 to `ceiling`, both among them.
    private func share(of ceiling: Int64, _ random: UInt64) -> Int64 {
        Int64(random % UInt64(max(0, ceiling) + 1))
    }
}

extension Instant {
    package func adding(milliseconds more: Int64) -> Instant {
        Instant(milliseconds: milliseconds + more)
    }
}
