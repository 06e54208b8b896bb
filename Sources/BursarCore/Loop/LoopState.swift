/// The controller without its I/O: each input is a function, and its answer says what to do. The
/// clock and randomness are arguments; the clock may jump.
///
/// One run at a time: idle, then observing, then applying, then idle. What is due by then is known
/// from the last plan alone, so nothing is kept that a restart would lose.
package struct LoopState: Sendable {
    private enum Phase: Hashable { case idle, observing, applying, ended }

    private struct Failure {
        let count: Int
        let until: Instant
        /// What was tried: an edit of it is tried at once.
        /// `nil`: it left the source.
        let desired: DesiredWorkspace?
    }

    package var pace: LoopPace
    private var phase = Phase.idle
    /// SIGTERM came while operations were under way.
    private var isStopping = false
    /// SIGHUP came during a run.
    private var again = false
    /// When the last run began.
    private var began: Instant
    /// The next run where nothing is due before it.
    private var next: Instant
    /// The earliest instant at which the last plan has something to do.
    private var due: Instant?
    private var outages = 0
    private var failing: [WorkspaceID: Failure] = [:]
    private var attempted: [WorkspaceID: DesiredWorkspace] = [:]
    private var leftOut: Set<WorkspaceID> = []
    private var sleep = 0

    /// The first `woke` reconciles.
    package init(pace: LoopPace = LoopPace(), now: Instant) {
        self.pace = pace
        began = now.adding(milliseconds: -LoopPace.shortestGap)
        next = now
    }

    /// What the controller does when it is not in a run.
    package enum IdleAction: Hashable, Sendable {
        case observe
        /// Then say `woke` with this number.
        case sleep(milliseconds: Int64, number: Int)
        case exit
    }

    package enum WakeAction: Hashable, Sendable {
        case observe
        case sleep(milliseconds: Int64, number: Int)
        /// A sleep that something else has cut short.
        case nothing
    }

    package enum HangupAction: Hashable, Sendable {
        case observe
        /// A run is under way; the next begins right after it.
        case wait
        case nothing
    }

    package enum TerminateAction: Hashable, Sendable {
        /// Nothing is under way that a stop could leave half done.
        case exit
        /// Finish the operations in hand, begin no other.
        case finish
        /// The second time.
        case abort
    }
}

// MARK: - Inputs

extension LoopState {
    /// - Parameter number: of the sleep that is over; 0 at the start.
    package mutating func woke(_ number: Int, now: Instant) -> WakeAction {
        guard phase == .idle, number == sleep else { return .nothing }
        switch idle(now) {
        case .observe: return .observe
        case .sleep(let milliseconds, let number):
            return .sleep(milliseconds: milliseconds, number: number)
        case .exit: return .nothing
        }
    }

    package mutating func hangup(now: Instant) -> HangupAction {
        switch phase {
        case .ended: return .nothing
        case .observing, .applying:
            guard !isStopping else { return .nothing }
            again = true
            return .wait
        case .idle:
            again = true
            _ = idle(now)
            return .observe
        }
    }

    package mutating func terminate() -> TerminateAction {
        switch phase {
        case .idle, .observing, .ended:
            phase = .ended
            return .exit
        case .applying:
            if isStopping { return .abort }
            isStopping = true
            return .finish
        }
    }

    /// The source was read and the world observed.
    /// - Returns: the workspaces to leave out, since they failed of late; an edited one is tried.
    package mutating func observed(
        _ desired: [DesiredWorkspace], now: Instant
    ) -> Set<WorkspaceID> {
        precondition(phase == .observing, "what was observed belongs to a run")
        phase = .applying
        outages = 0
        attempted = Dictionary(desired.map { ($0.id, $0) }) { first, _ in first }
        failing = failing.filter { id, failure in attempted[id] == failure.desired }
        leftOut = Set(failing.filter { !isOver($0.value.until, now) }.keys)
        return leftOut
    }

    /// The source's configuration is invalid, or the world could not be observed.
    package mutating func unobserved(now: Instant, random: UInt64) -> IdleAction {
        precondition(phase == .observing, "an outage belongs to a run")
        phase = .idle
        outages = min(outages + 1, 1000)
        next = now.adding(milliseconds: pace.afterOutage(outages, random: random))
        if let instant = due, instant <= now { due = nil }
        // Nobody is tried before the next run, or this would ask without pause.
        for (id, failure) in failing {
            let until = isOver(failure.until, now) ? next : max(failure.until, next)
            failing[id] = Failure(count: failure.count, until: until, desired: failure.desired)
        }
        return idle(now)
    }

    /// - Parameter report: a workspace that failed or moved is left out for a while.
    package mutating func applied(
        _ report: RunReport, now: Instant, random: UInt64
    ) -> IdleAction {
        precondition(phase == .applying, "a report belongs to a run")
        phase = .idle
        if isStopping {
            phase = .ended
            return .exit
        }
        next = now.adding(milliseconds: pace.regular(random: random))
        note(report, now, random)
        return idle(now)
    }
}

// MARK: - Decisions

extension LoopState {
    /// Milliseconds to the next run as things stand; 0 when it is due.
    package func wait(now: Instant) -> Int64 {
        var earliest = isFar(next, now, pace.longest) ? now : next
        // Only where the clock was not put back: otherwise the gap would grow by that.
        let gap = began <= now ? began.adding(milliseconds: LoopPace.shortestGap) : now
        if let due { earliest = min(earliest, max(due, gap)) }
        for failure in failing.values {
            earliest = min(earliest, max(isOver(failure.until, now) ? now : failure.until, gap))
        }
        return max(0, earliest.milliseconds - now.milliseconds)
    }

    private mutating func idle(_ now: Instant) -> IdleAction {
        if again {
            again = false
            failing = [:]
            outages = 0
            return begin(now)
        }
        let milliseconds = wait(now: now)
        guard milliseconds > 0 else { return begin(now) }
        sleep += 1
        return .sleep(
            milliseconds: min(milliseconds, LoopPace.longestSleep), number: sleep)
    }

    private mutating func begin(_ now: Instant) -> IdleAction {
        phase = .observing
        began = now
        return .observe
    }

    /// Further away than anything ever waits: the clock was put back.
    private func isFar(_ instant: Instant, _ now: Instant, _ longest: Int64) -> Bool {
        instant.milliseconds - now.milliseconds > longest
    }

    private func isOver(_ until: Instant, _ now: Instant) -> Bool {
        until <= now || isFar(until, now, max(LoopPace.longestFailure, pace.longest))
    }

    private mutating func note(_ report: RunReport, _ now: Instant, _ random: UInt64) {
        var dues: [Instant] = []
        var failing = failing.filter { leftOut.contains($0.key) }
        for plan in report.plan.workspaces where !leftOut.contains(plan.id) {
            if report.outcomes[plan.id]?.hasFailed == true {
                failing[plan.id] = failure(plan.id, now, random)
                continue
            }
            guard plan.paused == nil else { continue }
            let settled = report.settled[plan.id] ?? plan
            dues += settled.upcoming.map(\.at)
            if !settled.deferred.isEmpty {
                dues.append(now.adding(milliseconds: pace.afterDeferral))
            }
        }
        self.failing = failing
        // What was due when the run began has been done by it, or is held.
        due = dues.filter { $0 > began }.min()
    }

    private func failure(_ id: WorkspaceID, _ now: Instant, _ random: UInt64) -> Failure {
        let count = min((failing[id]?.count ?? 0) + 1, 1000)
        // All that fail in one run are tried again in one.
        let wait = pace.afterFailure(count, random: random)
        return Failure(count: count, until: now.adding(milliseconds: wait), desired: attempted[id])
    }
}

extension Outcome {
    fileprivate var hasFailed: Bool {
        switch self {
        case .failed, .moved: true
        case .done, .interrupted, .paused: false
        }
    }
}
