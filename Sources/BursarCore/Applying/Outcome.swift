/// How the apply of one workspace ended.
package enum Outcome: Hashable, Sendable {
    /// Every operation of its plan worked, if there were any.
    case done
    /// One failed; those before it stand, and the next run goes on from there.
    case failed(String)
    /// Its lineage moved between plan and apply: somebody else was at work. Plan again.
    case moved(String)
    /// Asked to stop between two operations.
    case interrupted
    /// Its manifest says so.
    case paused(String)

    package var succeeded: Bool {
        switch self {
        case .done, .paused: true
        case .failed, .moved, .interrupted: false
        }
    }
}

/// What was done of one workspace's plan.
package struct WorkspaceResult: Hashable, Sendable {
    package var outcome = Outcome.done
    /// Those that worked, also where a later one failed.
    package var operations = 0
    /// What a reader should look at although nothing failed.
    package var warnings: [String] = []

    package init() {}
}

/// What an apply did.
package struct RunReport: Sendable {
    package var plan: Plan
    /// Of the workspaces that had something to do.
    package var outcomes: [WorkspaceID: Outcome] = [:]
    /// Not empty: an apply did nothing; the controller left out what they are about.
    package var breaches: [LimitBreach] = []
    /// Of the workspaces in which something was done: the plan as it was read back after it.
    package var settled: [WorkspaceID: WorkspacePlan] = [:]
    /// Those that worked, in all workspaces.
    package var operations = 0
    package var warnings: [WorkspaceID: [String]] = [:]

    package init(plan: Plan) { self.plan = plan }

    /// A second result of a workspace goes on where the first ended.
    package mutating func add(_ results: [WorkspaceID: WorkspaceResult]) {
        for (id, result) in results {
            outcomes[id] = result.outcome
            operations += result.operations
            if !result.warnings.isEmpty { warnings[id, default: []] += result.warnings }
        }
    }

    /// One line. What was done of a workspace that failed half way counts too.
    package var summary: String {
        let done = outcomes.values.count { $0 == .done }
        let failed =
            outcomes.values.count { !$0.succeeded } + plan.workspaces.count { !$0.errors.isEmpty }
        if !plan.errors.isEmpty { return "Applied: nothing" }
        return "Applied: \(counted(operations, "operation")); "
            + "\(counted(done, "workspace")) done, \(failed) failed"
    }

    /// A workspace in which all went well has a model of its own that it had not before.
    package var hasRegistered: Bool {
        plan.workspaces.contains { workspace in
            outcomes[workspace.id] == .done
                && workspace.changes.contains { $0.action == .register }
        }
    }

    /// Keys whose value was written into the secret store, in workspaces in which all went well.
    package var published: [Lineage] {
        plan.workspaces.filter { outcomes[$0.id] == .done }.flatMap { plan in
            plan.steps.flatMap(\.operations).compactMap { operation in
                if case .publish(let lineage, _) = operation { lineage } else { nil }
            }
        }
    }

    package var succeeded: Bool {
        breaches.isEmpty && !plan.hasErrors && outcomes.values.allSatisfy(\.succeeded)
    }
}

/// What happened, as the audit file and the progress show it. Holds no secret.
package struct Event: Hashable, Sendable {
    package enum Phase: String, Hashable, Sendable { case before, after, failed }

    package let at: Instant
    package let workspace: WorkspaceID
    package let operation: String
    /// What it is about: `key LITELLM_API_KEY generation 2`.
    package let subject: String
    package let phase: Phase
    /// Why it failed; `nil` otherwise.
    package let message: String?

    package init(
        at: Instant, workspace: WorkspaceID, operation: String, subject: String, phase: Phase,
        message: String? = nil
    ) {
        self.at = at
        self.workspace = workspace
        self.operation = operation
        self.subject = subject
        self.phase = phase
        self.message = message
    }
}

extension Operation {
    package var name: String {
        switch self {
        case .createTeam: "create-team"
        case .updateTeam: "update-team"
        case .mint: "mint"
        case .derive: "derive"
        case .verify: "verify"
        case .publish: "publish"
        case .claimAlias: "claim-alias"
        case .updateKey: "update-key"
        case .retire: "retire"
        case .block: "block"
        case .delete: "delete"
        case .removeSecret, .dropSecret: "remove-secret"
        case .putSecret: "put-secret"
        case .registerModel: "register-model"
        case .updateModel: "update-model"
        case .replaceModel: "replace-model"
        case .removeModel: "remove-model"
        case .deleteTeam: "delete-team"
        }
    }

    package var subject: String {
        switch self {
        case .createTeam(let team): "team \(team.id)"
        case .updateTeam(let id, _), .deleteTeam(let id): "team \(id)"
        case .mint(let order): "key \(order.lineage) generation \(order.generation)"
        case .verify(let lineage, let generation, _), .publish(let lineage, let generation),
            .claimAlias(let lineage, let generation), .derive(_, let lineage, let generation, _):
            "key \(lineage) generation \(generation)"
        case .updateKey(let key, let lineage, _), .block(let key, let lineage),
            .delete(let key, let lineage):
            "key \(lineage) \(key.hash.fingerprint)"
        case .retire(let retirement):
            "key \(retirement.lineage) generation \(retirement.mark.generation)"
        case .removeSecret(let lineage): "secret \(lineage)"
        case .putSecret(let put): "secret \(put.workspace)/\(put.name)"
        case .dropSecret(let workspace, let name, _): "secret \(workspace)/\(name)"
        case .registerModel(let order), .updateModel(let order), .replaceModel(let order):
            "model \(order.model.name)"
        case .removeModel(_, _, let name): "model \(name)"
        }
    }
}
