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
    ///   - planner: the simulation puts broken ones here, to see that it notices.
    package init(
        issuer: any Issuer, store: any SecretStore, time: any Timekeeper, policy: PlanPolicy,
        keyring: Keyring? = nil,
        planner: @escaping Planner = {
            BursarCore.plan(
                desired: $0, observed: $1, policy: $2, now: $3, each: onEveryCore)
        }
    ) {
        observer = Observer(issuer: issuer, store: store, owner: policy.owner, keyring: keyring)
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

    private func plan(
        _ desired: DesiredState, _ policy: PlanPolicy
    ) async throws(IssuerError) -> Plan {
        planner(
            desired, try await observer.observe(desired, policy.pruning), policy, time.now())
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

    /// Reads back what was written, in pages: LiteLLM's own defaults may have put something else
    /// there. What differs is applied again; what differs still has failed. A stop does not skip the
    /// reading, only what would be written after it.
    private func confirm(
        _ desired: DesiredState, _ policy: PlanPolicy, limits: LimitSettings,
        with executor: Executor, _ report: inout RunReport
    ) async throws(IssuerError) {
        var touched = report.finished
        var policy = policy
        let pruned = report.plan.pruned
        // The run has rotated what it may.
        policy.rotations = 0
        for round in 0..<Self.rounds where !touched.isEmpty {
            let part = DesiredState(
                workspaces: desired.workspaces.filter { touched.contains($0.id) }, isWhole: false,
                partOf: desired)
            policy.pruning?.only = pruned.filter { touched.contains($0.key) }
            let plan = try await plan(part, policy)
            if let error = plan.errors.first {
                for id in touched {
                    report.outcomes[id] = .failed("applied, but not read back: \(error)")
                }
                return
            }
            for workspace in plan.workspaces { report.settled[workspace.id] = workspace }
            let rest = plan.workspaces.filter { !$0.steps.isEmpty || !$0.errors.isEmpty }
            guard !rest.isEmpty else { return }
            guard round < Self.rounds - 1,
                case .approved(let approved) = ApprovedPlan.judge(plan, by: limits)
            else {
                for workspace in rest { report.outcomes[workspace.id] = .failed(workspace.remains) }
                return
            }
            report.add(await executor.execute(approved))
            touched = Set(rest.map(\.id)).intersection(report.finished)
        }
    }

    /// The first read-back, and one more after each of two corrections.
    private static let rounds = 3

    /// Everything a plan rests on; a part where `desired` is a small one.
    package func observe(_ desired: DesiredState) async throws(IssuerError) -> ObservedState {
        try await observer.observe(desired, policy.pruning)
    }
}

extension RunReport {
    fileprivate var finished: Set<WorkspaceID> {
        Set(
            outcomes.compactMap { id, outcome in
                outcome == .done ? id : nil
            })
    }
}

extension Plan {
    /// Whatever left the source, and how far this plan takes it.
    fileprivate var pruned: [WorkspaceID: Pruning.Stage] {
        let stages = workspaces.filter(\.leaves).map {
            ($0.id, $0.pruneSince == nil ? Pruning.Stage.suspended : .revoked)
        }
        return Dictionary(uniqueKeysWithValues: stages)
    }
}

extension WorkspacePlan {
    fileprivate var remains: String {
        let what = errors + changes.map { "\($0.action.rawValue) \($0.address): \($0.reason)" }
        return "read back, it still differs: \(what.joined(separator: "; "))"
    }
}

private func onEveryCore(
    _ count: Int, _ body: @Sendable (Int) -> WorkspacePlan
) -> [WorkspacePlan] {
    BursarManifest.onEveryCore(0..<count) { $0.map(body) }.flatMap(\.self)
}
