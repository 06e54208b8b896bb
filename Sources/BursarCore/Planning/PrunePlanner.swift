/// What is done with a workspace of ours that left the source: it is suspended at once; after a while
/// its keys are revoked and its secrets removed; then the blocked team stays, since a team that is made
/// again has nothing spent. Everything derives from what is observed, as with any other workspace.
struct PrunePlanner {
    private let team: ObservedTeam
    private let mark: TeamMark
    private let pruning: Pruning
    /// Of a manifest that wants nothing.
    private let planner: WorkspacePlanner
    private let lineages: [KeyLifecycle]

    init(_ team: ObservedTeam, _ mark: TeamMark, _ pruning: Pruning, _ planner: WorkspacePlanner) {
        self.team = team
        self.mark = mark
        self.pruning = pruning
        self.planner = planner
        lineages = planner.lineages
    }

    func plan() -> WorkspacePlan {
        var plan = WorkspacePlan(id: team.id, name: planner.desired.name)
        plan.leaves = true
        plan.outside = planner.outside
        plan.spend = team.spend
        plan.period = SpendPeriod(team, now: now)
        if let reason = planner.unreadable {
            plan.errors = [reason]
            return plan
        }
        // The source may only not have been there to be read.
        guard !held.contains(.emptySource) else { return plan }
        guard let since = mark.pruneSince else {
            suspend(in: &plan)
            return plan
        }
        if !team.blocked { suspendAgain(in: &plan) }
        // Nothing is taken from a workspace that works.
        guard team.blocked || !plan.steps.isEmpty else { return plan }
        end(since, in: &plan)
        return plan
    }

    private var held: Set<Limit> { planner.policy.held }
    private var now: Instant { planner.now }
    private var address: Address { Address(team.id, .team) }
}

// MARK: - Suspending

extension PrunePlanner {
    private func suspend(in plan: inout WorkspacePlan) {
        plan.capBefore = WorkspacePlanner.budget(team)
        guard held.isDisjoint(with: [.removals, .changes]) else {
            plan.capAfter = plan.capBefore
            return
        }
        plan.removals = 1
        var mark = mark
        mark.pruneSince = now
        mark.generations = raised
        // A manifest that comes back edits this; nobody changed it by hand.
        mark.applied["suspended"] = Applied.digest("true")
        var fields: [TeamField] = [.mark(mark)]
        var shown: [FieldChange] = []
        if !team.blocked {
            fields.insert(.blocked(true), at: 0)
            shown = [
                FieldChange(path: "suspended", before: "false", after: "true", cause: .prune)
            ]
        }
        plan.steps = [
            Step(
                Change(
                    address, .suspend, .prune,
                    reason: "left the source; its keys are revoked after \(pruning.after)",
                    fields: shown),
                [.updateTeam(team.id, fields)])
        ]
        let foreign = planner.foreignKeys
        if !team.blocked, foreign > 0 {
            plan.warnings.append("\(counted(foreign, "key")) minted elsewhere will be refused, too")
        }
    }

    private func suspendAgain(in plan: inout WorkspacePlan) {
        guard !held.contains(.changes) else { return }
        plan.steps = [
            Step(
                Change(
                    address, .suspend, .drift,
                    reason: "it left the source, and somebody resumed it",
                    fields: [
                        FieldChange(
                            path: "suspended", before: "false", after: "true", cause: .drift)
                    ]),
                [.updateTeam(team.id, [.blocked(true)])])
        ]
    }

    /// The numbers that the mark does not hold yet, so that none is used twice once the keys are gone.
    private var raised: [SecretName: Generation] {
        var numbers: [SecretName: Generation] = [:]
        for lifecycle in lineages {
            let name = lifecycle.lineage.secret
            guard let highest = Generation(lifecycle.next.number - 1),
                highest.number > mark.generations[name]?.number ?? 0
            else { continue }
            numbers[name] = highest
        }
        return numbers
    }
}

// MARK: - The end of its keys, its secrets and, last, of the team

extension PrunePlanner {
    private func end(_ since: Instant, in plan: inout WorkspacePlan) {
        guard holdsSomething else { return forget(since, in: &plan) }
        let due = since + pruning.after
        guard due <= now, pruning.only?[team.id] != .suspended else {
            plan.upcoming.append(
                Upcoming(
                    address: address, action: .block, at: due,
                    reason: "left the source at \(since): its keys are revoked, its secrets removed"
                ))
            return
        }
        plan.pruneSince = since
        if !raised.isEmpty {
            var mark = mark
            mark.generations = raised
            plan.steps.append(
                Step(
                    Change(address, .update, .prune, reason: "keeps the mark current"),
                    [.updateTeam(team.id, [.mark(mark)])]))
        }
        for lifecycle in lineages { revoke(lifecycle, in: &plan) }
        plan.steps += providerSecrets.compactMap {
            ProviderSecretSteps.removal(of: $0, team.id, .prune, "its workspace left the source")
        }
        plan.steps += brought.removals
        plan.sortSteps()
    }

    private var brought: BroughtModelSteps { BroughtModelSteps(planner) }

    private var holdsSomething: Bool {
        lineages.contains { !$0.members.isEmpty || isOurs($0.lineage.secret) }
            || !providerSecrets.isEmpty || !brought.removals.isEmpty
    }

    private var providerSecrets: [ObservedSecret] {
        planner.secrets.filter { $0.provider?.owner == planner.policy.owner.name }
    }

    private func isOurs(_ secret: SecretName) -> Bool {
        planner.secrets.contains {
            $0.name == secret && $0.marker?.owner == planner.policy.owner.name
        }
    }

    private func revoke(_ lifecycle: KeyLifecycle, in plan: inout WorkspacePlan) {
        let lineage = lifecycle.lineage
        plan.basis[lineage.secret] = LineageSnapshot(
            lineage, keys: planner.keys, secrets: planner.secrets)
        let ends = RetiringSteps(planner, lineage, nil, cause: .prune)
        for member in lifecycle.members {
            if member.key.blocked, member.key.mark?.retiredAt != nil {
                ends.addDelete(of: member, to: &plan)
            } else {
                plan.steps.append(block(member, lineage, ends))
            }
        }
        if isOurs(lineage.secret) {
            plan.steps.append(
                Step(
                    Change(
                        Address(team.id, .secret(lineage.secret)), .remove, .prune,
                        reason: "its workspace left the source"),
                    [.removeSecret(lineage)]))
        }
    }

    /// With an overlap that is over, so that the executor blocks it in the same call.
    private func block(
        _ member: KeyLifecycle.Member, _ lineage: Lineage, _ ends: RetiringSteps
    ) -> Step {
        let key = member.key
        let passed = key.mark?.retiredAt.map { max(0, now.seconds(since: $0)) } ?? 0
        return Step(
            Change(
                Address(team.id, .key(lineage.secret)), .block, .prune,
                reason: "generation \(member.generation): its workspace left the source"),
            ends.retirement(
                member, at: key.mark?.retiredAt, overlap: Span(seconds: passed), by: .command))
    }

    /// A team that is deleted and made again has nothing spent, so it stays until that is so anyway.
    private func forget(_ since: Instant, in plan: inout WorkspacePlan) {
        // A strangers' key would go with it.
        guard planner.keys.isEmpty, pruning.only == nil, team.blocked,
            let period = team.period.flatMap(BudgetPeriod.init)
        else { return }
        let hours = Span.hours(Int64(period.hours))
        let end = since + max(pruning.after, hours)
        let next = [end, team.spend == .zero ? nil : team.budgetResetAt].compactMap(\.self).max()
        if let next, next > now {
            plan.upcoming.append(
                Upcoming(
                    address: address, action: .delete, at: next,
                    reason: "left the source at \(since): its budget period is over"))
            return
        }
        guard team.spend == .zero else { return }
        plan.pruneSince = since
        plan.steps = [
            Step(
                Change(
                    address, .delete, .prune,
                    reason: "left the source at \(since), and its budget period is over"),
                [.deleteTeam(team.id)])
        ]
    }
}

extension KeyLifecycle {
    /// All of them, by ascending generation.
    fileprivate var members: [Member] {
        ([published.member].compactMap(\.self) + unpublished + retiring).sorted {
            ($0.generation, $0.key.hash) < ($1.generation, $1.key.hash)
        }
    }
}

extension DesiredWorkspace {
    /// Of a team that no manifest names.
    init(nothingOf team: ObservedTeam) {
        self.init(
            id: team.id, name: team.alias ?? team.id.text, budget: WorkspacePlanner.budget(team),
            models: .only([]), keys: [], suspended: true)
    }
}
