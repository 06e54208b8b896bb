internal import BursarCore

extension Reconciler {
    /// Reads back what was written, in pages: LiteLLM's own defaults may have put something else
    /// there. What differs is applied again; what differs still has failed. A stop does not skip the
    /// reading, only what would be written after it.
    func confirm(
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
            let plan = try await plan(part, policy, compares: false)
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

    /// The first read-back, and one more after each of two more writes.
    private static let rounds = 3
}

extension RunReport {
    /// The workspaces in which all was done.
    var finished: Set<WorkspaceID> {
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
