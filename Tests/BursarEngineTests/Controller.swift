import BursarCore
import BursarEngine
import BursarManifest
import BursarSandbox
import Synchronization
import TestSupport

/// `bursar run` over a fleet, with a clock that goes on only when the controller sleeps.
final class Controller: Sendable {
    struct Told: Sendable {
        let run: Int
        let at: Instant
        let event: LoopEvent
    }

    let fleet: Fleet
    let told = Record<Told>()
    let interval: Span
    private let source: Mutex<Loaded>
    private let limits: LimitSettings
    private let rotations: Int
    private let pruning: Pruning?
    private let signals: AsyncStream<ReconcileService.Signal>
    private let sender: AsyncStream<ReconcileService.Signal>.Continuation
    private let aborts = Mutex(0)

    init(
        _ fleet: Fleet, interval: Span = .hours(1), limits: LimitSettings = LimitSettings(),
        rotations: Int = 50, pruning: Pruning? = nil
    ) {
        self.pruning = pruning
        self.fleet = fleet
        self.interval = interval
        self.limits = limits
        self.rotations = rotations
        source = Mutex(Loaded(configuration: nil, desired: fleet.desired, diagnostics: []))
        (signals, sender) = AsyncStream.makeStream(of: ReconcileService.Signal.self)
    }

    func send(_ signal: ReconcileService.Signal) { sender.yield(signal) }

    var abortions: Int { aborts.withLock { $0 } }

    /// What the next run reads.
    func edit(
        whole: Bool = true, diagnostics: [Diagnostic] = [],
        _ change: (inout DesiredWorkspace) -> Void = { _ in }
    ) {
        source.withLock { loaded in
            let workspaces = loaded.desired.workspaces.map { workspace in
                var workspace = workspace
                change(&workspace)
                return workspace
            }
            loaded = Loaded(
                configuration: nil,
                desired: DesiredState(workspaces: workspaces, isWhole: whole),
                diagnostics: diagnostics)
        }
    }

    func remove(_ id: String) {
        source.withLock { loaded in
            loaded = Loaded(
                configuration: nil,
                desired: DesiredState(
                    workspaces: loaded.desired.workspaces.filter { $0.id.text != id },
                    isWhole: loaded.desired.isWhole), diagnostics: [])
        }
    }

    var desired: DesiredState { source.withLock { $0.desired } }

    /// - Parameters:
    ///   - span: after which SIGTERM comes, in a sleep.
    ///   - beforeSleep: told how often it slept before; `true` cuts the sleep short, and something
    ///     else must go on.
    ///   - probe: see `ProbedIssuer`.
    func run(
        for span: Span, beforeSleep: @escaping @Sendable (Int) -> Bool = { _ in false },
        probe: @escaping Probe = { _ in false }
    ) async {
        let end = fleet.time.now() + span
        let sleeps = Mutex(-1)
        let time = LoopTime(inner: fleet.time) { [fleet, sender] in
            if fleet.time.now() >= end {
                sender.yield(.terminate)
                return true
            }
            return beforeSleep(
                sleeps.withLock {
                    $0 += 1
                    return $0
                })
        }
        let issuer = ProbedIssuer(inner: fleet.issuer, isGone: probe)
        let (limits, interval, rotations, pruning) = (limits, interval, rotations, pruning)
        let service = ReconcileService(
            time: time,
            load: { self.source.withLock { $0 } },
            compose: { [fleet] _ in
                .success(
                    ReconcileService.Parts(
                        reconciler: fleet.reconciler(
                            issuer, rotations: rotations, pruning: pruning),
                        limits: limits, interval: interval
                    ) { stop, observe in
                        fleet.executor(issuer, stop: stop, observe: observe)
                    })
            },
            observe: { run, event in
                self.told.add(Told(run: run, at: self.fleet.time.now(), event: event))
            },
            abort: { self.aborts.withLock { $0 += 1 } })
        await service.run(signals: signals)
    }

    // MARK: What was told

    func operations(_ name: String) -> [Event] {
        told.all.compactMap { told in
            guard case .operation(let event) = told.event, event.phase == .after,
                event.operation == name
            else { return nil }
            return event
        }
    }

    var notices: [String] {
        told.all.compactMap { if case .notice(let notice) = $0.event { notice.text } else { nil } }
    }

    func count(_ fits: (LoopEvent) -> Bool) -> Int { told.all.count { fits($0.event) } }

    /// Every run that began has ended before the next began.
    var isOneRunAtATime: Bool {
        var running: Int?
        for told in told.all {
            switch told.event {
            case .began:
                guard running == nil else { return false }
                running = told.run
            case .finished, .unobserved, .unusable, .ended: running = nil
            default: guard running == nil || running == told.run else { return false }
            }
        }
        return true
    }
}

/// The sleeper of the controller alone: the adapter's waits go on by themselves.
private struct LoopTime: Timekeeper {
    let inner: ManualTime
    /// `true`: the sleep ends only with its task.
    let isCutShort: @Sendable () -> Bool

    func now() -> Instant { inner.now() }
    func random() -> UInt64 { 0 }

    func sleep(milliseconds: Int64) async throws(CancellationError) {
        if isCutShort() {
            let (never, keeper) = AsyncStream.makeStream(of: Never.self)
            for await _ in never {}
            withExtendedLifetime(keeper) {}
            throw CancellationError()
        }
        try await inner.sleep(milliseconds: milliseconds)
    }
}
