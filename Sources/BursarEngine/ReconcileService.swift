package import BursarCore
package import BursarManifest

/// The controller: reconciles again and again until it is told to end. `LoopState` decides; this
/// does what it says, and has the only clock and sleeper.
package struct ReconcileService: Sendable {
    package enum Signal: Hashable, Sendable {
        /// SIGHUP.
        case hangup
        /// SIGTERM or SIGINT.
        case terminate
    }

    /// What one run is made with: read anew from the configuration each time.
    package struct Parts: Sendable {
        let reconciler: Reconciler
        let limits: LimitSettings
        let interval: Span
        let executor:
            @Sendable (StopFlag, _ observe: @escaping @Sendable (Event) -> Void) -> Executor

        package init(
            reconciler: Reconciler, limits: LimitSettings, interval: Span,
            executor:
                @escaping @Sendable (
                    StopFlag, _ observe: @escaping @Sendable (Event) -> Void
                ) -> Executor
        ) {
            self.reconciler = reconciler
            self.limits = limits
            self.interval = interval
            self.executor = executor
        }
    }

    /// What is wrong with a configuration or its surroundings, in a sentence.
    package struct Unusable: Error, Sendable {
        package let message: String
        package init(_ message: String) { self.message = message }
    }

    private let load: @Sendable () -> Loaded
    private let compose: @Sendable (Loaded) -> Result<Parts, Unusable>
    private let time: any Timekeeper
    private let observe: @Sendable (_ run: Int, LoopEvent) -> Void
    private let abort: @Sendable () -> Void

    /// - Parameters:
    ///   - load: reads the source.
    ///   - observe: told of everything in order; runs count from 1, before the first it is 0.
    ///   - abort: ends the process, and does not come back.
    package init(
        time: any Timekeeper, load: @escaping @Sendable () -> Loaded,
        compose: @escaping @Sendable (Loaded) -> Result<Parts, Unusable>,
        observe: @escaping @Sendable (_ run: Int, LoopEvent) -> Void,
        abort: @escaping @Sendable () -> Void
    ) {
        self.load = load
        self.compose = compose
        self.time = time
        self.observe = observe
        self.abort = abort
    }

    /// Returns after SIGTERM or SIGINT, once the operations in hand are finished.
    package func run(
        signals: some AsyncSequence<Signal, Never> & Sendable
    ) async {
        let (inputs, continuation) = AsyncStream.makeStream(of: Input.self)
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await signal in signals { continuation.yield(.signal(signal)) }
            }
            var loop = Loop(self, continuation)
            loop.start(&group)
            for await input in inputs {
                loop.take(input, &group)
                if loop.isOver { break }
            }
            group.cancelAll()
        }
    }
}

extension ReconcileService {
    /// What the one task that owns the state is told by the others.
    fileprivate enum Input: Sendable {
        case signal(Signal)
        case woke(Int)
        case observed(Loaded, Result<Observation, Fault>)
        case applied(RunReport)
    }

    fileprivate struct Observation: Sendable {
        let parts: Parts
        let state: ObservedState
    }

    fileprivate enum Fault: Error, Sendable {
        case unusable(String)
        case issuer(IssuerError, interval: Span)
    }

    fileprivate struct Loop {
        private let service: ReconcileService
        private let inputs: AsyncStream<Input>.Continuation
        private let stop = StopFlag()
        private var state: LoopState
        private var notices = Notices()
        private var run = 0
        private var leftOut = 0
        private(set) var isOver = false

        init(_ service: ReconcileService, _ inputs: AsyncStream<Input>.Continuation) {
            self.service = service
            self.inputs = inputs
            state = LoopState(now: service.time.now())
        }
    }
}

extension ReconcileService.Loop {
    fileprivate mutating func start(_ group: inout DiscardingTaskGroup) {
        take(.woke(0), &group)
    }

    fileprivate mutating func take(
        _ input: ReconcileService.Input, _ group: inout DiscardingTaskGroup
    ) {
        let now = service.time.now()
        switch input {
        case .signal(.hangup):
            let action = state.hangup(now: now)
            if action != .nothing { tell(.hangup) }
            if action == .observe { observe(&group) }
        case .signal(.terminate): terminate()
        case .woke(let number):
            switch state.woke(number, now: now) {
            case .observe: observe(&group)
            case .sleep(let milliseconds, let number): sleep(milliseconds, number, &group)
            case .nothing: return
            }
        case .observed(let loaded, .success(let observation)):
            tell(.source, Notice.about(loaded.diagnostics))
            state.pace.interval = observation.parts.interval
            apply(loaded.desired, observation, now, &group)
        case .observed(let loaded, .failure(let fault)):
            tell(.source, Notice.about(loaded.diagnostics))
            if case .issuer(_, let interval) = fault { state.pace.interval = interval }
            let action = state.unobserved(now: now, random: service.time.random())
            let wait = state.wait(now: now)
            switch fault {
            case .unusable(let reason): tell(.unusable(reason, retryIn: wait))
            case .issuer(let error, _): tell(.unobserved("\(error)", retryIn: wait))
            }
            follow(action, &group)
        case .applied(let report):
            let action = state.applied(report, now: now, random: service.time.random())
            tell(report, nextIn: action == .exit ? nil : state.wait(now: now))
            follow(action, &group)
        }
    }

    private mutating func follow(
        _ action: LoopState.IdleAction, _ group: inout DiscardingTaskGroup
    ) {
        switch action {
        case .observe: observe(&group)
        case .sleep(let milliseconds, let number): sleep(milliseconds, number, &group)
        case .exit: end()
        }
    }

    private mutating func terminate() {
        switch state.terminate() {
        case .exit: end()
        case .finish:
            tell(.stopping)
            stop.stop()
        case .abort: service.abort()
        }
    }

    private mutating func end() {
        tell(.ended)
        isOver = true
    }
}

// MARK: - What takes time

extension ReconcileService.Loop {
    private func sleep(
        _ milliseconds: Int64, _ number: Int, _ group: inout DiscardingTaskGroup
    ) {
        let (inputs, time) = (inputs, service.time)
        group.addTask {
            // Cancelled only at the end.
            guard (try? await time.sleep(milliseconds: milliseconds)) != nil else { return }
            inputs.yield(.woke(number))
        }
    }

    private mutating func observe(_ group: inout DiscardingTaskGroup) {
        run += 1
        tell(.began)
        let (inputs, service) = (inputs, service)
        group.addTask {
            let loaded = service.load()
            inputs.yield(.observed(loaded, await service.look(loaded)))
        }
    }

    private mutating func apply(
        _ desired: DesiredState, _ observation: ReconcileService.Observation, _ now: Instant,
        _ group: inout DiscardingTaskGroup
    ) {
        let out = state.observed(desired.workspaces, now: now)
        leftOut = out.count
        let (inputs, service, run) = (inputs, service, run)
        let executor = observation.parts.executor(stop) { service.observe(run, .operation($0)) }
        group.addTask {
            let report = await observation.parts.reconciler.reconcile(
                desired, observation.state, leavingOut: out, limits: observation.parts.limits,
                with: executor)
            inputs.yield(.applied(report))
        }
    }
}

extension ReconcileService {
    fileprivate func look(_ loaded: Loaded) async -> Result<Observation, Fault> {
        switch compose(loaded) {
        case .failure(let unusable): return .failure(.unusable(unusable.message))
        case .success(let parts):
            do throws(IssuerError) {
                let state = try await parts.reconciler.observe(loaded.desired)
                return .success(Observation(parts: parts, state: state))
            } catch {
                return .failure(.issuer(error, interval: parts.interval))
            }
        }
    }
}

// MARK: - What it tells

extension ReconcileService.Loop {
    private func tell(_ event: LoopEvent) { service.observe(run, event) }

    private mutating func tell(_ topic: Notice.Topic, _ current: [Notice]) {
        let (new, isOver) = notices.news(topic, current)
        for notice in new { tell(.notice(notice)) }
        if isOver { tell(.settled(topic)) }
    }

    private mutating func tell(_ report: RunReport, nextIn: Int64?) {
        tell(.plan, Notice.about(report))
        var failed = 0
        for (id, outcome) in report.outcomes.sorted(by: { $0.key < $1.key }) {
            switch outcome {
            case .failed(let reason), .moved(let reason):
                failed += 1
                tell(.failed(id, reason))
            case .interrupted: tell(.interrupted(id))
            case .done, .paused: continue
            }
        }
        tell(
            .finished(
                operations: report.operations,
                workspaces: report.outcomes.values.count { $0 == .done }, failed: failed,
                leftOut: leftOut, nextIn: nextIn))
    }
}
