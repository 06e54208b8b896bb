import BursarCore
import TestSupport
import Testing

struct LoopStateTests {
    @Test(arguments: 0..<100 as Range<UInt64>)
    func `whatever comes, one run at a time, none too late, and a signal ends it`(
        seed: UInt64
    ) throws {
        for interval in [10, 300, 86_400] as [Int64] {
            for jumps in [false, true] {
                var driver = try LoopDriver(seed: seed, interval: Span(seconds: interval))
                for _ in 0..<300 { driver.step(jumps: jumps) }
                #expect(driver.runs > 2)
                driver.terminate()
                #expect(driver.place == .over)
            }
        }
    }

    @Test func `the first run begins at once, the next an interval after its end`() throws {
        var loop = Loop()
        #expect(try loop.observed() == [])
        loop.now = loop.now.adding(milliseconds: 9_000)
        let end = loop.now
        try loop.applied()
        let sleeps = loop.sleepToNextRun()
        #expect(loop.now == end.adding(milliseconds: 270_000), "a tenth less: the jitter is 0")
        #expect(sleeps == 5, "a minute each")
    }

    @Test func `it wakes at the instant at which something falls due, and once for it`() throws {
        var loop = Loop()
        let due = loop.now.adding(milliseconds: 42_000)
        _ = try loop.observed()
        try loop.applied(upcoming: due)
        _ = loop.sleepToNextRun()
        #expect(loop.now == due)
        // It is held, say: the plan still has it, in the past now.
        _ = try loop.observed()
        try loop.applied(upcoming: due)
        _ = loop.sleepToNextRun()
        #expect(loop.now == due.adding(milliseconds: 270_000))
    }

    @Test func `what fell due while a run was under way is done right after it`() throws {
        var loop = Loop()
        let due = loop.now.adding(milliseconds: 4_000)
        _ = try loop.observed()
        loop.now = loop.now.adding(milliseconds: 9_000)
        try loop.applied(upcoming: due)
        #expect(loop.action == .observe)
    }

    @Test func `what is read back after an apply counts, not the plan before it`() throws {
        var loop = Loop()
        _ = try loop.observed()
        var report = try loop.report(.done)
        var settled = WorkspacePlan(id: try Loop.workspace().id, name: "search")
        settled.upcoming = [try loop.upcoming(loop.now.adding(milliseconds: 60_000))]
        report.settled[settled.id] = settled
        loop.applied(report)
        #expect(loop.state.wait(now: loop.now) == 60_000)
    }

    @Test func `deferred rotations are gone on with after a minute`() throws {
        var loop = Loop()
        _ = try loop.observed()
        var plan = WorkspacePlan(id: try Loop.workspace().id, name: "search")
        plan.deferred = [try loop.upcoming(loop.now)]
        loop.applied(RunReport(plan: .of([plan])))
        #expect(loop.state.wait(now: loop.now) == 60_000)
    }

    @Test(arguments: [Outcome.failed("no"), .moved("moved")])
    func `a failing workspace is left out ever longer, up to an hour`(outcome: Outcome) throws {
        var loop = Loop()
        var tried: [Int64] = []
        while tried.count < 10 {
            let isTried = try loop.observed() == []
            if isTried { tried.append(loop.now.milliseconds / 1000) }
            try loop.applied(isTried ? outcome : nil)
            _ = loop.sleepToNextRun()
        }
        let waits = zip(tried.dropFirst(), tried).map { $0 - $1 }
        #expect(waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600])
    }

    @Test func `one that left the source is left out as well, until it returns`() throws {
        var loop = Loop()
        var tried: [Int64] = []
        while tried.count < 4 {
            let isTried = loop.state.observed([], now: loop.now) == []
            if isTried { tried.append(loop.now.milliseconds / 1000) }
            try loop.applied(isTried ? .failed("no") : nil)
            _ = loop.sleepToNextRun()
        }
        #expect(zip(tried.dropFirst(), tried).map { $0 - $1 } == [30, 60, 120])
        #expect(try loop.observed() == [])
    }

    @Test func `a failing workspace that is edited, or a SIGHUP, is tried at once`() throws {
        var loop = Loop()
        for _ in 0..<5 {
            if try loop.observed() == [] {
                try loop.applied(.failed("no"))
            } else {
                try loop.applied()
            }
            _ = loop.sleepToNextRun()
        }
        var late = loop
        #expect(try late.observed() != [])
        var edited = loop
        #expect(try edited.observed("another name") == [])
        try late.applied()
        #expect(late.state.hangup(now: late.now) == .observe)
        #expect(try late.observed() == [])
    }

    @Test func `a workspace that is mended waits no longer the next time`() throws {
        var loop = Loop()
        for outcome in [.failed("no"), .failed("no"), .done] as [Outcome] {
            while try loop.observed() != [] {
                try loop.applied()
                _ = loop.sleepToNextRun()
            }
            try loop.applied(outcome)
            _ = loop.sleepToNextRun()
        }
        #expect(try loop.observed() == [])
        try loop.applied(.failed("no"))
        #expect(loop.state.wait(now: loop.now) == 30_000)
    }

    @Test func `an outage backs off as a whole, never beyond the interval`() throws {
        var loop = Loop()
        var waits: [Int64] = []
        for _ in 0..<9 {
            loop.unobserved()
            let before = loop.now
            _ = loop.sleepToNextRun()
            waits.append(loop.now.seconds(since: before))
        }
        #expect(waits == [5, 10, 20, 40, 80, 160, 300, 300, 300])
        _ = try loop.observed()
        try loop.applied()
        _ = loop.sleepToNextRun()
        loop.unobserved()
        #expect(loop.state.wait(now: loop.now) == 5_000)
    }

    @Test(arguments: [nil, Outcome.failed("no")])
    func `in an outage what is overdue does not make it ask without pause`(
        outcome: Outcome?
    ) throws {
        var loop = Loop()
        _ = try loop.observed()
        try loop.applied(outcome, upcoming: loop.now.adding(milliseconds: 1_500))
        _ = loop.sleepToNextRun()
        loop.now = loop.now.adding(milliseconds: 60_000)
        for _ in 0..<3 {
            loop.unobserved()
            #expect(loop.state.wait(now: loop.now) >= 5_000)
            _ = loop.sleepToNextRun()
        }
    }

    @Test func `a SIGHUP during a run begins another right after it`() throws {
        var loop = Loop()
        _ = try loop.observed()
        #expect(loop.state.hangup(now: loop.now) == .wait)
        #expect(loop.state.hangup(now: loop.now) == .wait)
        try loop.applied(.failed("no"))
        #expect(loop.action == .observe)
        #expect(try loop.observed() == [])
        try loop.applied()
        #expect(loop.action != .observe)
    }

    @Test func `a clock put back by a year delays nothing by more than an interval`() throws {
        var loop = Loop()
        for _ in 0..<5 {
            while try loop.observed() != [] {
                try loop.applied()
                _ = loop.sleepToNextRun()
            }
            try loop.applied(.failed("no"))
            _ = loop.sleepToNextRun()
        }
        #expect(try loop.observed() != [], "it waits for eight minutes")
        try loop.applied()
        loop.now = loop.now - .days(365)
        let before = loop.now
        _ = loop.sleepToNextRun()
        #expect(loop.now.seconds(since: before) <= 60)
        #expect(try loop.observed() == [], "its wait is over, too")
    }

    @Test func `a clock put back during a run does not make a failure wait longer`() throws {
        var loop = Loop()
        _ = try loop.observed()
        loop.now = loop.now - Span(seconds: 120)
        try loop.applied(.failed("no"))
        #expect(loop.state.wait(now: loop.now) == 30_000)
    }
}

/// A state and what it last said, with jitter 0.
private struct Loop {
    var state: LoopState
    var now = Instant(milliseconds: 1_795_514_400_000)
    private(set) var action: LoopState.IdleAction

    /// In its first run.
    init() {
        state = LoopState(pace: LoopPace(interval: Span(seconds: 300)), now: now)
        action = state.woke(0, now: now) == .observe ? .observe : .exit
    }

    static func workspace(_ name: String = "search") throws -> DesiredWorkspace {
        DesiredWorkspace(
            id: try #require(WorkspaceID("search")), name: name, budget: .unlimited, models: .all,
            keys: [])
    }

    mutating func observed(_ name: String = "search") throws -> Set<WorkspaceID> {
        state.observed([try Self.workspace(name)], now: now)
    }

    mutating func unobserved() { action = state.unobserved(now: now, random: 0) }

    func upcoming(_ at: Instant) throws -> Upcoming {
        Upcoming(
            address: Address(try Self.workspace().id, .team), action: .mint, at: at, reason: "rule")
    }

    func report(_ outcome: Outcome? = nil, upcoming at: Instant? = nil) throws -> RunReport {
        var plan = WorkspacePlan(id: try Self.workspace().id, name: "search")
        plan.upcoming = try [at].compactMap(\.self).map { try upcoming($0) }
        var report = RunReport(plan: .of([plan]))
        report.outcomes[plan.id] = outcome
        return report
    }

    mutating func applied(_ outcome: Outcome? = nil, upcoming: Instant? = nil) throws {
        applied(try report(outcome, upcoming: upcoming))
    }

    mutating func applied(_ report: RunReport) {
        action = state.applied(report, now: now, random: 0)
    }

    /// - Returns: how often it slept.
    mutating func sleepToNextRun() -> Int {
        var sleeps = 0
        while case .sleep(let milliseconds, let number) = action {
            sleeps += 1
            now = now.adding(milliseconds: milliseconds)
            switch state.woke(number, now: now) {
            case .observe: action = .observe
            case .sleep(let milliseconds, let number):
                action = .sleep(milliseconds: milliseconds, number: number)
            case .nothing:
                Issue.record("nobody else woke it")
                return sleeps
            }
        }
        return sleeps
    }
}
