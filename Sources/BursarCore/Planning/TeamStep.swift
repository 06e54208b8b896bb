/// The step that makes or mends the team, if one is needed.
struct TeamStep {
    private let planner: WorkspacePlanner
    private let ownership: TeamOwnership
    /// The highest generation of each lineage once this run is over: the team's mark is raised
    /// before a mint, so that a number whose key is never seen is skipped.
    private let generations: [SecretName: Generation]
    /// Of raising the mark for them.
    private let cause: Cause

    /// - Parameter keys: what will be minted.
    init(_ planner: WorkspacePlanner, _ ownership: TeamOwnership, _ keys: [KeySteps]) {
        self.planner = planner
        self.ownership = ownership
        generations = keys.reduce(into: [:]) { $0[$1.lifecycle.lineage.secret] = $1.highest }
        let causes = keys.compactMap(\.succession?.cause)
        if causes.isEmpty, keys.contains(where: { $0.adopted != nil }) {
            cause = .adoption
        } else if causes.isEmpty || causes.contains(.manifest) {
            cause = .manifest
        } else {
            cause = causes.contains(.drift) ? .drift : .rotation
        }
    }

    private var desired: DesiredWorkspace { planner.desired }
    private var owner: Owner { planner.policy.owner }

    var step: Step? {
        guard let team = planner.team else { return creation }
        return update(of: team)
    }

    /// Only the numbers of the coming generations, whatever else differs.
    var raiseOnly: Step? {
        guard let team = planner.team, var mark = team.mark else { return nil }
        mark.generations.merge(generations) { max($0, $1) }
        guard mark != team.mark else { return nil }
        mark.generations = raised(mark, on: team)
        return raise(mark, on: team)
    }

    /// For where it must come late; `step` then leaves it out.
    var resume: Step? {
        guard let team = planner.team, resumesLate else { return nil }
        var diff = FieldDiff<TeamField>(applied: team.mark?.applied)
        compareSuspended(team, in: &diff)
        return step(diff, fields: diff.fields)
    }

    var resumesLate = false

    /// Once their rows are there: what the workspace brings along is listed, and its public names lead
    /// there.
    var reach: Step? {
        let reach = brought
        let (ready, reached) = (reach.ready, reach.reached)
        guard ready != reached else { return nil }
        var before = planner.team ?? .none(desired.id)
        before.models = reach.models(models, with: ready)
        before.aliases = reach.aliases(of: before, with: ready)
        var diff = FieldDiff<TeamField>(applied: planner.team?.mark?.applied ?? [:])
        reach.compare(before, to: reached, models, in: &diff)
        // Those of the fields that the team's own step has written by then.
        let written = self.diff(from: before, applied: planner.team?.mark?.applied ?? [:]).digests
        var mark = mark(
            digests: written.merging(diff.digests) { $1 }, generations: [:])
        mark.generations = [:]
        return Step(
            Change(
                Address(desired.id, .team), .update, diff.cause,
                reason: "its own models are there by then",
                place: desired.place(of: "spec.providerSecrets"), fields: diff.changes),
            [.updateTeam(desired.id, diff.fields + [.mark(mark)])], isLate: true)
    }

    private var cap: MicroUSD? {
        if case .capped(let limit, _) = desired.budget { limit } else { nil }
    }

    private var period: BudgetPeriod? {
        if case .capped(_, let period) = desired.budget { period } else { nil }
    }

    /// `all` is written out: LiteLLM's own spelling of it would open other workspaces' models too.
    private var models: ModelAccess { .only(planner.writtenModels) }

    private var brought: TeamReach { TeamReach(planner) }

    private func softBudget(now current: Money?) -> Money? {
        guard let cap else { return nil }
        let managed: Managed<Money> =
            switch desired.warnAtPercent {
            case .unmanaged: .unmanaged
            case .cleared: .cleared
            case .value(let percent): .value(Money(picos: cap.money.picos * Int128(percent) / 100))
            }
        return managed.applied(to: current)
    }

    private var creation: Step {
        let empty = ObservedTeam.none(desired.id)
        let diff = self.diff(from: empty, applied: [:])
        let reach = brought.ready
        let creation = TeamCreation(
            id: desired.id, alias: desired.name, cap: cap, period: period,
            softBudget: softBudget(now: nil), models: brought.models(models, with: reach),
            aliases: brought.aliases(of: empty, with: reach),
            requestsPerMinute: desired.limits.requestsPerMinute.applied(to: nil),
            tokensPerMinute: desired.limits.tokensPerMinute.applied(to: nil),
            blocked: desired.suspended,
            mark: mark(digests: diff.digests, generations: [:]))
        return Step(
            Change(
                Address(desired.id, .team), .create, .manifest, reason: "new in the source",
                place: desired.place(of: "spec.id"),
                fields: diff.changes + Self.stated(desired, owner, before: nil)),
            [.createTeam(creation)])
    }

    private func update(of team: ObservedTeam) -> Step? {
        if planner.isAdopted(ownership) { return adoption(of: team) }
        var diff = self.diff(
            from: team, applied: ownership == .lostMark ? nil : team.mark?.applied ?? [:])
        var mark = mark(digests: [:], generations: team.mark?.generations ?? [:])
        let differs = mark.differs(from: team.mark)
        guard ownership == .lostMark || !diff.fields.isEmpty || differs else { return nil }
        mark.applied = diff.digests
        // Merged into the others: a run that is late must not lower what another one raised.
        mark.generations = raised(mark, on: team)
        for change in Self.stated(desired, owner, before: team) { diff.state(change) }
        if ownership == .lostMark {
            diff.putBack("mark", from: nil, to: "owner \(owner.name)", .mark(mark))
            return step(diff, fields: diff.fields)
        }
        // The rest of it rides along: it is no change that a reader must judge.
        guard !diff.changes.isEmpty else { return raise(mark, on: team) }
        return step(diff, fields: diff.fields + [.mark(mark)])
    }

    /// What of the mark a reader must judge.
    private static func stated(
        _ desired: DesiredWorkspace, _ owner: Owner, before team: ObservedTeam?
    ) -> [FieldChange] {
        let mark = team?.mark
        func change(_ path: String, _ before: String?, _ after: String?) -> FieldChange {
            FieldChange(path: path, before: before, after: after, cause: .manifest)
        }
        var stated: [FieldChange] = []
        if mark?.pruneNever ?? false == desired.prune {
            stated.append(
                change("prune", mark.map { "\(!$0.pruneNever)" }, "\(desired.prune)"))
        }
        guard let team, let mark, mark.owner == owner.name else { return stated }
        if let source = owner.source, mark.source != source {
            stated.append(change("source", mark.source, source))
        }
        // That it resumes says the same.
        if let since = mark.pruneSince, !team.blocked || desired.suspended {
            stated.append(change("prune.since", since.description, nil))
        }
        return stated
    }

    private func adoption(of team: ObservedTeam) -> Step {
        var diff = self.diff(from: team, applied: [:], cause: .adoption)
        var mark = mark(digests: diff.digests, generations: team.mark?.generations ?? [:])
        mark.source = owner.source
        mark.generations = raised(mark, on: team)
        for change in Self.stated(desired, owner, before: team) { diff.state(change) }
        diff.putBack(
            "owner", from: team.mark?.owner, to: owner.name, .mark(mark))
        return Step(
            Change(
                Address(desired.id, .team), .adopt, .adoption,
                reason: team.mark.map { "taken over from owner \($0.owner)" } ?? "taken over",
                place: desired.place(of: "spec.adopt.team"), fields: diff.changes),
            [.updateTeam(desired.id, diff.fields)])
    }

    /// Only the mark moves: a generation is raised before its mint.
    private func raise(_ mark: TeamMark, on team: ObservedTeam) -> Step {
        let fields = mark.generations.sorted { $0.key < $1.key }.map { name, generation in
            FieldChange(
                path: "generation of \(name)",
                before: team.mark?.generations[name].map(\.description),
                after: generation.description,
                cause: cause)
        }
        return Step(
            Change(
                Address(desired.id, .team), .update, cause,
                reason: "keeps the mark current",
                place: desired.place(of: "spec"), fields: fields),
            [.updateTeam(desired.id, [.mark(mark)])])
    }

    private func raised(
        _ mark: TeamMark, on team: ObservedTeam
    ) -> [SecretName: Generation] {
        mark.generations.filter { team.mark?.generations[$0.key] != $0.value }
    }

    private func step(_ diff: FieldDiff<TeamField>, fields: [TeamField]) -> Step {
        let blocking = diff.changes.count == 1 && diff.changes[0].path == "suspended"
        let action: Action = blocking ? (desired.suspended ? .suspend : .resume) : .update
        let place = diff.changes.first.flatMap { desired.place(of: "spec." + $0.path) }
        return Step(
            Change(
                Address(desired.id, .team), action, diff.cause,
                reason: returns && diff.cause == .manifest ? Self.back : diff.reason, place: place,
                fields: diff.changes),
            [.updateTeam(desired.id, fields)])
    }

    /// It left the source and is named again.
    private var returns: Bool { planner.team?.mark?.pruneSince != nil }
    private static let back = "back in the source"

    private func mark(
        digests: [String: String], generations: [SecretName: Generation]
    ) -> TeamMark {
        let raised = generations.merging(self.generations) { max($0, $1) }
        return TeamMark(
            owner: owner.name, source: owner.source ?? planner.team?.mark?.source,
            generations: raised, pruneNever: !desired.prune, pruneSince: nil, applied: digests)
    }

    private func compareSuspended(_ team: ObservedTeam, in diff: inout FieldDiff<TeamField>) {
        diff.compare("suspended", team.blocked, desired.suspended, .blocked(desired.suspended)) {
            $0 ? "true" : "false"
        }
    }

    private func diff(
        from team: ObservedTeam, applied: [String: String]?, cause: Cause? = nil
    ) -> FieldDiff<TeamField> {
        var diff = FieldDiff<TeamField>(applied: applied, cause: cause)
        diff.compare("name", team.alias, desired.name, .alias(desired.name)) { $0 }
        if !resumesLate { compareSuspended(team, in: &diff) }
        if planner.holdsCap {
            for path in ["budget.limit", "budget.period", "budget.warnAt"] { diff.keep(path) }
        } else {
            compareBudget(team, in: &diff)
        }
        let reach = brought.ready
        let listed = brought.without(team.models)
        let written = TeamField.models(brought.models(models, with: reach))
        if desired.models == .all {
            diff.compareAll(listed, models, written)
        } else {
            diff.compare("models", listed, models, written, print: Printed.models)
        }
        brought.compare(team, to: reach, models, in: &diff)
        let requests = desired.limits.requestsPerMinute.applied(to: team.requestsPerMinute)
        diff.compare(
            "limits.requestsPerMinute", team.requestsPerMinute, requests,
            .requestsPerMinute(requests), print: Printed.number)
        let tokens = desired.limits.tokensPerMinute.applied(to: team.tokensPerMinute)
        diff.compare(
            "limits.tokensPerMinute", team.tokensPerMinute, tokens, .tokensPerMinute(tokens),
            print: Printed.number)
        return diff
    }

    private func compareBudget(_ team: ObservedTeam, in diff: inout FieldDiff<TeamField>) {
        diff.compare("budget.limit", team.cap, cap?.money, .cap(cap)) {
            $0?.exactDollars ?? "unlimited"
        }
        let current = team.period.map { BudgetPeriod($0)?.description ?? $0 }
        diff.compare("budget.period", current, period?.description, .period(period)) { $0 }
        let soft = softBudget(now: team.softBudget)
        diff.compare(
            "budget.warnAt", team.softBudget, soft, .softBudget(soft), print: Printed.money)
    }
}

extension TeamMark {
    /// In what must stand; the digests ride along with the next write.
    fileprivate func differs(from other: TeamMark?) -> Bool {
        guard let other else { return true }
        return owner != other.owner || source != other.source || generations != other.generations
            || pruneNever != other.pruneNever || pruneSince != other.pruneSince
    }
}

extension ObservedTeam {
    /// What is there before `team/new`, so that a creation prints like an update from nothing.
    fileprivate static func none(_ id: WorkspaceID) -> ObservedTeam {
        ObservedTeam(
            id: id, alias: nil, mark: nil, cap: nil, period: nil, softBudget: nil,
            models: .only([]), requestsPerMinute: nil, tokensPerMinute: nil, blocked: false,
            spend: .zero, createdAt: nil, budgetResetAt: nil)
    }
}
