/// What is to be done for one workspace: the ordered operations from what is there to what is
/// wanted. Everything derives from what is observed, so a crash between two operations is an
/// ordinary state for the next run.
///
/// A class because every part of the plan holds it: copies of all that it holds took a third of the time.
final class WorkspacePlanner: Sendable {
    let desired: DesiredWorkspace
    let team: ObservedTeam?
    /// The team's keys, and keys marked ours that bear an alias of this workspace.
    let keys: [ObservedKey]
    let secrets: [ObservedSecret]
    let unreadable: String?
    /// What the proxy offers: `models: all` is written out.
    let proxyModels: Set<String>
    /// Those of them whose name opens others in a list, sorted.
    let proxyPatterns: [String]
    /// See `ObservedIssuer.modelGroups`.
    let modelGroups: [String: Set<String>]
    /// Rows that bear its mark, or a name as its own models have it.
    let brought: [ObservedModel]
    /// Of every workspace's own models, registered or wanted.
    let broughtNames: [String]
    /// See `ObservedState.derivable`.
    let derivable: [KeyHash: String]
    /// See `WorkspacePlan.outside`.
    let outside: [ObservedKey]
    /// What `adopt` takes over in this run.
    let adopted: AdoptedKeys
    /// See `ObservedState.sources`.
    let sources: [SecretName: SourceReading]
    /// The Control Plane ends a workspace's key when it mints the next: it did so last time.
    let endsReplaced: Bool
    let policy: PlanPolicy
    let now: Instant
    /// Of each of `keys`, in their order.
    private let roles: [KeyRole]
    /// See `ObservedIssuer`.
    let listsAliases: Bool
    /// Keys in the team that are not ours, and not taken over in this run.
    let strangers: [(alias: String?, role: KeyRole)]
    /// Every lineage that is wanted, or of which a key or a marker of ours is there; sorted.
    let lineages: [KeyLifecycle]

    init(
        desired: DesiredWorkspace, team: ObservedTeam?, keys: [ObservedKey],
        secrets: [ObservedSecret], unreadable: String?, proxyModels: Set<String>,
        proxyPatterns: [String], modelGroups: [String: Set<String>], brought: [ObservedModel],
        broughtNames: [String], derivable: [KeyHash: String], outside: [ObservedKey],
        named: [SecretName: [NamedKey]], sources: [SecretName: SourceReading],
        endsReplaced: Bool = false, listsAliases: Bool = true, policy: PlanPolicy, now: Instant
    ) {
        self.sources = sources
        self.desired = desired
        self.team = team
        (self.endsReplaced, self.listsAliases) = (endsReplaced, listsAliases)
        self.secrets = secrets
        self.unreadable = unreadable
        self.proxyModels = proxyModels
        self.proxyPatterns = proxyPatterns
        self.modelGroups = modelGroups
        self.brought = brought
        self.broughtNames = broughtNames
        self.derivable = derivable
        self.outside = outside
        self.policy = policy
        self.now = now
        let adopted = AdoptedKeys(
            desired, team: team, keys: keys, secrets: secrets, outside: outside, named: named,
            derivable: derivable, owner: policy.owner, now: now)
        self.adopted = adopted
        let (keys, roles) = Orphans.told(
            keys, in: desired.id, of: team, secrets: secrets, adopted: adopted, policy)
        self.keys = keys
        self.roles = roles
        strangers = zip(keys, roles).compactMap { key, role in
            guard role == .foreign || role == .copy, key.team == team?.id.text,
                team != nil, !adopted.contains(key)
            else { return nil }
            return (key.alias, role)
        }
        lineages = Self.lineages(
            desired, team, zip(keys, roles), secrets, derivable, adopted, policy.owner)
    }

    /// - Parameter deferred: lineages whose due rotation waits for a later run.
    func plan(deferring deferred: Set<Lineage> = []) -> WorkspacePlan {
        var plan = planWithoutHolding(deferred)
        if !policy.held.isEmpty { hold(&plan) }
        return plan
    }

    func planWithoutHolding(_ deferred: Set<Lineage>) -> WorkspacePlan {
        var plan = WorkspacePlan(id: desired.id, name: desired.name)
        plan.paused = desired.paused
        plan.outside = outside
        let ownership = TeamOwnership(
            of: team, keys: keys, secrets: secrets, owner: policy.owner)
        if let error = refusal(ownership) ?? unreadable {
            plan.errors = [error]
            return plan
        }
        plan.spend = team?.spend ?? .zero
        plan.period = team.map { SpendPeriod($0, now: now) }
        // What left the source counted for nothing.
        plan.capBefore = team.flatMap { $0.mark?.pruneSince == nil ? Self.budget($0) : nil }
        // A command writes no budget.
        plan.capAfter = policy.command == nil && !holdsCap ? desired.budget : plan.capBefore
        plan.errors = faults(ownership)
        guard plan.errors.isEmpty else { return plan }
        plan.salt = team?.createdAt.map { TeamSalt(desired.id, createdAt: $0) }
        addSteps(to: &plan, lineages, ownership, deferred)
        plan.upcoming += lineages.compactMap(nextRotation)
        plan.warnings += warnings
        for lifecycle in lineages {
            plan.basis[lifecycle.lineage.secret] = LineageSnapshot(
                lifecycle.lineage, keys: keys, secrets: secrets)
        }
        return plan
    }

    /// Why nothing can be done although the team is ours, or is not there yet.
    private func faults(_ ownership: TeamOwnership) -> [String] {
        var errors: [String] = []
        for lifecycle in lineages
        where lifecycle.published == .conflict && wants(lifecycle)
            && adopted[lifecycle.lineage.secret] == nil
            && !ProviderSecretSteps(self).holds(lifecycle.lineage.secret)
        {
            errors.append(
                "secret \(lifecycle.lineage.secret) exists in the store without bursar's marker and "
                    + "no key of ours is published: move it away or name another secret")
        }
        errors += adoptionErrors(ownership)
        errors += controlPlaneErrors
        if policy.command == nil {
            errors += ProviderSecretSteps(self).errors + BroughtModelSteps(self).errors
        }
        if policy.command != nil, team?.mark == nil || isAdopted(ownership) {
            // A key that is minted into a team that does not exist may call every model.
            errors.append(
                team == nil
                    ? "there is no team yet, so nothing to rotate: apply it first"
                    : "its team does not bear bursar's mark: apply it first")
        }
        if let secret = adoptedByCommand {
            errors.append(
                "its key of \(secret) is not adopted yet, so nothing to rotate: apply it first")
        }
        return errors + modelErrors
    }

    /// Of the lineages that a command names, one whose key is still to be adopted.
    private var adoptedByCommand: SecretName? {
        let named = policy.command?.lineages.map(\.secret).sorted() ?? []
        return named.first { adopted[$0] != nil }
    }

    private func addSteps(
        to plan: inout WorkspacePlan, _ lineages: [KeyLifecycle], _ ownership: TeamOwnership,
        _ deferred: Set<Lineage>
    ) {
        let command = policy.command
        let keySteps = lineages.filter { command?.lineages.contains($0.lineage) ?? true }
            .map { KeySteps(self, $0, due: due($0, deferred, in: &plan)) }
        var teamStep = TeamStep(self, ownership, keySteps)
        let emergencies = keySteps.filter(\.isEmergency)
        teamStep.resumesLate = team?.blocked == true && !desired.suspended && !emergencies.isEmpty
        if let step = command == nil ? teamStep.step : teamStep.raiseOnly {
            plan.steps.append(step)
        }
        let late = teamStep.resume
        for steps in keySteps where late == nil || !steps.isEmergency { steps.add(to: &plan) }
        if command == nil {
            BroughtModelSteps(self).add(to: &plan)
            ProviderSecretSteps(self).add(to: &plan)
            plan.steps += [teamStep.reach].compactMap(\.self)
        }
        plan.sortSteps()
        guard let late else { return }
        // The team's own fields, then the leaked keys, then the resume, then what can be verified.
        let split = plan.steps.firstIndex { Self.rank($0) > 0 } ?? plan.steps.endIndex
        let parts = emergencies.map { $0.addEmergency(to: &plan) }
        plan.steps.insert(
            contentsOf: parts.flatMap(\.before) + [late] + parts.flatMap(\.after), at: split)
    }

    /// The rotation to be made in this run; one that waits is noted in `plan`.
    private func due(
        _ lifecycle: KeyLifecycle, _ deferred: Set<Lineage>, in plan: inout WorkspacePlan
    ) -> DueRotation? {
        guard let due = dueRotation(of: lifecycle) else { return nil }
        guard deferred.contains(lifecycle.lineage) else { return due }
        plan.deferred.append(
            Upcoming(
                address: Address(desired.id, .key(lifecycle.lineage.secret)), action: .mint,
                at: due.since, reason: reason(due, of: lifecycle)))
        return nil
    }

    private func refusal(_ ownership: TeamOwnership) -> String? {
        guard !isAdopted(ownership) else { return nil }
        return switch ownership {
        case .absent, .ours, .lostMark: nil
        case .foreign:
            "a team \(desired.id) exists that bursar did not make: choose another spec.id, or take it "
                + "over with spec.adopt: {team: true}"
        case .otherOwner(let owner):
            "team \(desired.id) belongs to owner \(owner), not to \(policy.owner.name); to take it "
                + "over, say spec.adopt: {team: true, from: \(owner)}"
        case .otherSource(let source):
            "team \(desired.id) belongs to owner \(policy.owner.name) from another source (\(source)): "
                + "two repositories must not share metadata.name; if that source is gone, say "
                + "spec.adopt: {team: true, from: \(policy.owner.name)}"
        }
    }

    private static func lineages(
        _ desired: DesiredWorkspace, _ team: ObservedTeam?,
        _ keys: Zip2Sequence<[ObservedKey], [KeyRole]>, _ secrets: [ObservedSecret],
        _ derivable: [KeyHash: String], _ adopted: AdoptedKeys, _ owner: Owner
    ) -> [KeyLifecycle] {
        var members: [SecretName: [KeyLifecycle.Member]] = [:]
        for (key, role) in keys {
            guard case .ours(let lineage, let generation) = role, !adopted.contains(key) else {
                continue
            }
            members[lineage.secret, default: []].append(.init(key: key, generation: generation))
        }
        let marked = secrets.filter { $0.marker?.owner == owner.name }.map(\.name)
        let names = Set(desired.keys.map(\.secret)).union(members.keys).union(marked)
        return names.sorted().map { name in
            KeyLifecycle(
                lineage: Lineage(workspace: desired.id, secret: name),
                members: members[name] ?? [],
                secret: secrets.first { $0.name == name },
                owner: owner,
                highest: team?.mark?.generations[name],
                derivable: derivable
            )
        }
    }

    private func wants(_ lifecycle: KeyLifecycle) -> Bool {
        desired.keys.contains { $0.secret == lifecycle.lineage.secret }
    }

    /// The team first, then what makes keys work, last what ends them.
    static func rank(_ step: Step) -> Int {
        switch step.change.action {
        case .create, .suspend, .resume: 0
        case .update, .adopt:
            switch step.change.address.part {
            case .team: step.isLate ? 9 : 0
            case .model: 8
            case .key, .secret: 1
            }
        case .mint, .verify, .publish: 2
        case .retire:
            // What was never published gets its end before another is minted, so that runs that fail
            // at the publish leave no more than one; what is replaced gets it after.
            step.isLate ? 3 : 1
        case .block: 4
        case .delete: 5
        case .remove: 6
        // A source that cannot be read stops what comes after, and nothing need.
        case .put: 7
        // With what was put; the team leads there last.
        case .register: 8
        }
    }

    static func budget(_ team: ObservedTeam) -> Budget {
        guard let cap = team.cap,
            let limit = MicroUSD(micros: Int64(clamping: cap.picos / 1_000_000))
        else { return .unlimited }
        return .capped(limit: limit, period: team.period.flatMap(BudgetPeriod.init))
    }

    /// How many keys of others stand in the team.
    var foreignKeys: Int { strangers.count { $0.role == .foreign } }

    private var throughGateway: String {
        let through = keys.count {
            $0.team == desired.id.text && $0.mark?.via == KeyMark.gateway && !adopted.contains($0)
        }
        return switch through {
        case 0: ""
        case foreignKeys: ", through the gateway"
        default: ", \(through) of them through the gateway"
        }
    }

    private var warnings: [String] {
        var out: [String] = []
        if case .capped(_, let period) = desired.budget, let note = period?.calendarNote {
            out.append(note)
        }
        out += adopted.warnings
        out += controlPlaneWarnings
        out += modelWarnings
        if team != nil {
            let foreign = foreignKeys
            let copies = roles.count { $0 == .copy }
            if foreign > 0 {
                out.append(
                    "\(counted(foreign, "key")) in the team minted elsewhere\(throughGateway); left"
                        + " alone")
            }
            if copies > 0 {
                out.append("\(counted(copies, "key")) with a copy of bursar's mark; left alone")
            }
        }
        return out
    }
}

extension WorkspacePlan {
    mutating func sortSteps() {
        steps = steps.enumerated().sorted {
            let (a, b) = (WorkspacePlanner.rank($0.element), WorkspacePlanner.rank($1.element))
            // A key that is taken over may bear the alias that another lineage waits for.
            let (c, d) = ($0.element.keepsAlias ? 1 : 0, $1.element.keepsAlias ? 1 : 0)
            return (a, c, $0.offset) < (b, d, $1.offset)
        }.map(\.element)
    }
}

extension Step {
    /// An adoption is what gives a key another alias.
    fileprivate var keepsAlias: Bool { change.action != .adopt }
}
