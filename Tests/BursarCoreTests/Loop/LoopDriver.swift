import BursarCore
import TestSupport
import Testing

/// Drives a `LoopState` with random inputs in an order that can happen, and holds it to its laws.
/// The clock of the machine runs on; the one the state is shown may be moved.
struct LoopDriver {
    enum Place: Equatable { case sleeping(until: Int64, number: Int), observing, applying, over }

    private(set) var state: LoopState
    private(set) var place: Place = .sleeping(until: 0, number: 0)
    private var random: Seeded
    private let workspaces: [DesiredWorkspace]
    /// Milliseconds that have passed, whatever the shown clock says.
    private var passed: Int64 = 0
    private var offset: Int64 = 1_795_514_400_000
    /// What the last report left to do, and when its run began; on the shown clock.
    private var due: Instant?
    private var began = Instant(milliseconds: 0)
    private var ended: Int64 = 0
    private var moved: Int64 = 0
    private var isStopping = false
    private var sleeps = 0
    private var leftOut: Set<WorkspaceID> = []
    /// Since the last run began.
    private var isHungUp = false
    private var lastBegan: Int64 = .min / 2
    private(set) var runs = 0

    init(seed: UInt64, interval: Span) throws {
        random = Seeded(seed: seed)
        workspaces = try (0..<4).map { number in
            DesiredWorkspace(
                id: try #require(WorkspaceID("w\(number)")), name: "w\(number)",
                budget: .unlimited, models: .all, keys: [])
        }
        state = LoopState(
            pace: LoopPace(interval: interval), now: Instant(milliseconds: 1_795_514_400_000))
    }

    /// How late an input may be.
    private static let delay: Int64 = 2_000

    private var now: Instant { Instant(milliseconds: passed + offset) }

    /// Some input, or a jump of the clock.
    mutating func step(jumps: Bool) {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: hangup()
        case 1: wakeLate()
        case 2 where jumps:
            offset += Int64.random(in: -400_000_000...400_000_000, using: &random)
            moved = passed
            due = nil
        default: goOn()
        }
    }

    /// SIGTERM now, a second one perhaps, and what is under way: it must be over then.
    mutating func terminate() {
        switch place {
        case .sleeping, .observing:
            #expect(state.terminate() == .exit)
        case .applying:
            #expect(state.terminate() == .finish)
            #expect(state.terminate() == .abort)
            #expect(state.hangup(now: now) == .nothing)
            isStopping = true
            goOn()
            #expect(place == .over)
        case .over: break
        }
        place = .over
        #expect(state.hangup(now: now) == .nothing)
        #expect(state.terminate() == .exit)
    }

    private mutating func hangup() {
        isHungUp = true
        let action = state.hangup(now: now)
        switch place {
        case .sleeping:
            #expect(action == .observe)
            begin()
        case .observing, .applying: #expect(action == .wait)
        case .over: #expect(action == .nothing)
        }
    }

    private mutating func goOn() {
        passed += Int64.random(in: 0...Self.delay, using: &random)
        switch place {
        case .sleeping(let until, let number):
            passed = max(passed, until)
            wake(number)
        case .observing where Int.random(in: 0..<5, using: &random) == 0:
            ended = passed
            if let instant = due, instant <= now { due = nil }
            let action = state.unobserved(now: now, random: random.next())
            #expect((action == .observe) == isHungUp, "an outage is waited for")
            follow(action)
        case .observing:
            let out = state.observed(workspaces, now: now)
            #expect(out.isSubset(of: workspaces.map(\.id)))
            leftOut = out
            place = .applying
        case .applying: report()
        case .over: break
        }
    }

    /// A sleep that was cut short, ending now.
    private mutating func wakeLate() {
        var current = sleeps + 1
        if case .sleeping(_, let number) = place { current = number }
        #expect(state.woke(Int.random(in: -1..<current, using: &random), now: now) == .nothing)
    }

    private mutating func wake(_ number: Int) {
        let isDue = due.map { $0 <= now } ?? false
        switch state.woke(number, now: now) {
        case .observe: begin()
        case .sleep(let milliseconds, let number):
            #expect(!isDue, "something is due")
            sleep(milliseconds, number)
        case .nothing: Issue.record("nobody else woke it")
        }
    }

    private mutating func begin() {
        guard case .sleeping = place else {
            Issue.record("two runs at once")
            return
        }
        // However the clock was moved, the next run comes an interval later.
        #expect(
            passed - max(ended, moved) <= state.pace.longest + LoopPace.longestSleep + Self.delay)
        if !isHungUp, moved < lastBegan {
            #expect(passed - lastBegan >= LoopPace.shortestGap, "asked without pause")
        }
        isHungUp = false
        lastBegan = passed
        place = .observing
        began = now
        runs += 1
    }

    private mutating func report() {
        passed += Int64.random(in: 0...5_000, using: &random)
        var plans: [WorkspacePlan] = []
        var outcomes: [WorkspaceID: Outcome] = [:]
        var dues: [Instant] = []
        for workspace in workspaces {
            var plan = WorkspacePlan(id: workspace.id, name: workspace.name)
            let at = now.adding(milliseconds: Int64.random(in: 0...900_000, using: &random))
            let isUpcoming = Bool.random(using: &random)
            if isUpcoming {
                plan.upcoming = [
                    Upcoming(
                        address: Address(workspace.id, .team), action: .mint, at: at, reason: "")
                ]
            }
            plans.append(plan)
            guard !leftOut.contains(workspace.id) else { continue }
            switch Int.random(in: 0..<4, using: &random) {
            case 0: outcomes[workspace.id] = .failed("no")
            case 1: outcomes[workspace.id] = .moved("moved")
            default:
                outcomes[workspace.id] = .done
                if isUpcoming { dues.append(at) }
            }
        }
        var report = RunReport(plan: .of(plans))
        report.outcomes = outcomes
        due = dues.filter { $0 > began }.min()
        ended = passed
        let action = state.applied(report, now: now, random: random.next())
        if isStopping { #expect(action == .exit) }
        follow(action)
    }

    private mutating func follow(_ action: LoopState.IdleAction) {
        switch action {
        case .observe:
            place = .sleeping(until: passed, number: 0)
            begin()
        case .sleep(let milliseconds, let number): sleep(milliseconds, number)
        case .exit:
            #expect(isStopping)
            place = .over
        }
    }

    private mutating func sleep(_ milliseconds: Int64, _ number: Int) {
        #expect((1...LoopPace.longestSleep).contains(milliseconds))
        let end = passed + milliseconds
        if let due {
            let gap = began.adding(milliseconds: LoopPace.shortestGap)
            #expect(now.adding(milliseconds: milliseconds) <= max(due, gap), "past what is due")
        }
        sleeps = number
        place = .sleeping(until: end, number: number)
    }
}

extension Plan {
    static func of(_ workspaces: [WorkspacePlan]) -> Plan {
        Plan(
            owner: World.owner, workspaces: workspaces, unclaimed: [], owned: workspaces.count,
            emptySource: false, warnings: [])
    }
}
