import BursarCore
import BursarEngine

/// Faults that a planner or an executor could have. The simulation must find each of them; a
/// proof that fails to is no proof.
enum Mutation: String, CaseIterable, Sendable {
    case retireBeforePublish = "retire before publish"
    case forgetTheTeam = "forget the team"
    case resendThePeriod = "resend the period"
    case deleteWithoutBlock = "delete without block"
    case ignoreTheMarker = "ignore the marker"
    case reuseAGeneration = "reuse a generation"
    case skipTheReread = "skip the re-read"
    case countARefusalAsSuccess = "count a refusal as success"
    case resendTheOverlap = "resend the overlap"
    case trustExpires = "trust expires"
    case pruneAtOnce = "prune at once"
    case skipTheTeam = "skip the look at the team"
    case ignoreTheWindow = "ignore the window"
    case takeWithoutAName = "take from another owner without its name"
    case stripTheAdopted = "strip what an adopted key brought along"
    case stripTheGuests = "strip the guests of an adopted team"
    case openBeforeTheMove = "open a key before it is moved"

    /// The planner with this fault.
    func plan(
        _ desired: DesiredState, _ observed: ObservedState, _ policy: PlanPolicy, _ now: Instant
    ) -> Plan {
        var policy = policy
        if self == .pruneAtOnce, let pruning = policy.pruning {
            policy.pruning = Pruning(after: Span(seconds: 0), only: pruning.only)
        }
        var plan = BursarCore.plan(
            desired: self.desired(desired), observed: self.observed(observed), policy: policy,
            now: now)
        for index in plan.workspaces.indices {
            let steps = plan.workspaces[index].steps
            plan.workspaces[index].steps = self.steps(
                steps, plan.workspaces[index].id, observed, now)
        }
        return plan
    }

    private func desired(_ desired: DesiredState) -> DesiredState {
        guard self == .takeWithoutAName || self == .ignoreTheWindow else { return desired }
        let workspaces = desired.workspaces.map { workspace in
            var workspace = workspace
            if self == .takeWithoutAName { workspace.adoption?.from = World.oldOwner }
            guard self == .ignoreTheWindow else { return workspace }
            for index in workspace.keys.indices { workspace.keys[index].rotation?.window = nil }
            return workspace
        }
        return DesiredState(workspaces: workspaces, isWhole: desired.isWhole)
    }

    private func observed(_ observed: ObservedState) -> ObservedState {
        var copy = observed
        switch self {
        case .ignoreTheMarker:
            copy.secrets = observed.secrets.mapValues { secrets in
                secrets.map { ObservedSecret(name: $0.name, marker: nil) }
            }
        case .trustExpires:
            let keys = observed.issuer.keys.map { key in
                var key = key
                guard let expires = key.expires else { return key }
                let end = key.mark?.retiredAt ?? expires - (key.mark?.overlap ?? .hours(24))
                key.mark?.retiredAt = end
                return key
            }
            let issuer = observed.issuer
            copy.issuer = ObservedIssuer(
                teams: issuer.teams, foreignTeams: issuer.foreignTeams, keys: keys,
                models: issuer.models, version: issuer.version, licensed: issuer.licensed)
        default: break
        }
        return copy
    }

    private func steps(
        _ steps: [Step], _ workspace: WorkspaceID, _ observed: ObservedState, _ now: Instant
    ) -> [Step] {
        switch self {
        case .retireBeforePublish:
            let retiring = steps.filter { $0.change.action == .retire }
            let rest = steps.filter { $0.change.action != .retire }
            let cut = rest.firstIndex { $0.change.action == .publish } ?? rest.endIndex
            // The alias can be claimed only after the mint, which stands before the publish.
            return rest[..<cut] + retiring + rest[cut...]
        case .deleteWithoutBlock:
            return steps.map { step in
                Step(
                    step.change,
                    step.operations.map { operation in
                        guard case .block(let key, let lineage) = operation else {
                            return operation
                        }
                        return .delete(key, lineage)
                    })
            }
        case .resendTheOverlap:
            return steps
                + observed.issuer.keys.compactMap { key in
                    Self.resent(key, workspace, now)
                }
        case .stripTheAdopted, .stripTheGuests, .openBeforeTheMove:
            return steps.map { step in
                step.change.action == .adopt ? adoption(step, workspace, observed) : step
            }
        default: return steps
        }
    }

    /// Each run gives the old key its whole overlap again.
    private static func resent(
        _ key: ObservedKey, _ workspace: WorkspaceID, _ now: Instant
    ) -> Step? {
        guard key.team == workspace.text, !key.blocked, let mark = key.mark,
            let overlap = mark.overlap, let source = mark.overlapBy, overlap.seconds > 0
        else { return nil }
        let lineage = Lineage(workspace: workspace, secret: mark.secret)
        return Step(
            Change(Address(workspace, .key(mark.secret)), .retire, .drift, reason: "mutated"),
            [
                .retire(
                    Retirement(
                        key: key, lineage: lineage, mark: mark, overlap: overlap, source: source,
                        retiredAt: now))
            ])
    }
}
