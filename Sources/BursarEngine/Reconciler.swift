package import BursarCore
package import BursarManifest

/// One run: observe, plan, limit, execute, confirm.
package struct Reconciler: Sendable {
    private let observer: Observer
    private let time: any Timekeeper
    private let policy: PlanPolicy
    private let planner: Planner

    package typealias Planner =
        @Sendable (DesiredState, ObservedState, PlanPolicy, Instant) -> Plan

    /// - Parameters:
    ///   - keyring: the one whose newest entry `policy` names; `nil`: values are drawn.
    ///   - reader: of provider secrets' sources; `nil`: they are not compared with the store.
    ///   - planner: the simulation puts broken ones here, to see that it notices.
    package init(
        issuer: any Issuer, store: any SecretStore, time: any Timekeeper, policy: PlanPolicy,
        keyring: Keyring? = nil, reader: (any ValueReader)? = nil,
        planner: @escaping Planner = {
            BursarCore.plan(desired: $0, observed: $1, policy: $2, now: $3)
        }
    ) {
        observer = Observer(
            issuer: issuer, store: store, owner: policy.owner, keyring: keyring, reader: reader)
        self.time = time
        self.policy = policy
        self.planner = planner
    }

    /// Changes nothing.
    package func plan(_ desired: DesiredState) async throws(IssuerError) -> Plan {
        try await plan(desired, policy)
    }

    /// The plan of all that `load` gives, by which LiteLLM is read meanwhile. Changes nothing.
    ///
    /// - Throws: what `load` throws.
    package func plan(
        loading load: () throws -> Loaded
    ) async throws -> (Loaded, Result<Plan, IssuerError>) {
        let (loaded, observed) = try await observer.observe(loading: load, policy.pruning)
        return (loaded, observed.map { planner(loaded.desired, $0, policy, time.now()) })
    }

    /// When each key is rotated next; changes nothing.
    package func forecast(
        _ desired: DesiredState, count: Int
    ) async throws(IssuerError) -> [RotationForecast] {
        RotationForecast.of(
            desired, observed: try await observe(desired), policy: policy, now: time.now(),
            count: count)
    }

    func plan(
        _ desired: DesiredState, _ policy: PlanPolicy, compares: Bool = true
    ) async throws(IssuerError) -> Plan {
        planner(
            desired,
            try await observer.observe(desired, policy.pruning, compares: compares), policy,
            time.now())
    }

    /// One run of the controller: where a limit is tripped, all but its own class of change is done.
    ///
    /// - Parameter leavingOut: workspaces in which nothing is done, though the limits count them.
    package func reconcile(
        _ desired: DesiredState, _ observed: ObservedState, leavingOut: Set<WorkspaceID>,
        limits: LimitSettings, with executor: Executor
    ) async -> RunReport {
        let now = time.now()
        var policy = policy
        policy.leftOut = leavingOut
        let (approved, held) = ApprovedPlan.holding(by: limits, leavingOut: leavingOut) { held in
            policy.held = held
            return planner(desired, observed, policy, now)
        }
        var report = await execute(approved, of: desired, policy, limits, executor)
        report.breaches = held
        return report
    }

    /// What would block one generation at once; changes nothing, and needs no manifest.
    package func planRevocation(
        of workspace: WorkspaceID, secret: SecretName?, _ generation: Generation
    ) async throws(IssuerError) -> Result<Plan, Revocation.Refusal> {
        Revocation.plan(
            workspace, secret: secret, generation,
            observed: try await observer.observe(.workspaces([workspace]), [workspace]),
            policy: policy, now: time.now())
    }

    package func apply(
        _ plan: Plan, of desired: DesiredState, limits: LimitSettings, with executor: Executor
    ) async -> RunReport {
        switch ApprovedPlan.judge(plan, by: limits) {
        case .approved(let approved):
            return await execute(approved, of: desired, policy, limits, executor)
        case .refused(let breaches):
            var report = RunReport(plan: plan)
            report.breaches = breaches
            return report
        }
    }

    private func execute(
        _ approved: ApprovedPlan, of desired: DesiredState, _ policy: PlanPolicy,
        _ limits: LimitSettings, _ executor: Executor
    ) async -> RunReport {
        var report = RunReport(plan: approved.plan)
        report.add(await executor.execute(approved))
        do {
            try await confirm(desired, policy, limits: limits, with: executor, &report)
        } catch {
            // What was done stands and is reported; that it was not read back is a failure.
            for id in report.finished {
                report.outcomes[id] = .failed("applied, but not read back: \(error)")
            }
        }
        return report
    }

    /// Everything a plan rests on; a part where `desired` is a small one.
    package func observe(_ desired: DesiredState) async throws(IssuerError) -> ObservedState {
        try await observer.observe(desired, policy.pruning)
    }
}
