/// How the old keys of a lineage come to their end: retired, blocked, deleted.
struct RetiringSteps {
    private let planner: WorkspacePlanner
    private let lineage: Lineage
    private let wanted: DesiredKey?
    private let cause: Cause

    /// - Parameter cause: of deleting what is blocked.
    init(
        _ planner: WorkspacePlanner, _ lineage: Lineage, _ wanted: DesiredKey?,
        cause: Cause = .rotation
    ) {
        self.cause = cause
        self.planner = planner
        self.lineage = lineage
        self.wanted = wanted
    }

    private var address: Address { Address(lineage.workspace, .key(lineage.secret)) }
    private var place: SourceLocation? {
        wanted == nil ? nil : planner.desired.place(of: "spec.keys.\(lineage.secret)")
    }

    /// Outside its team a key may call every model, and is not seen when the lineage is read again.
    func home(_ key: ObservedKey) -> [Operation] {
        key.team == lineage.workspace.text
            ? [] : [.updateKey(key, lineage, [.team(lineage.workspace)])]
    }

    /// - Parameters:
    ///   - retiredAt: `nil`: when it is executed.
    ///   - overlap: `nil`: what its mark says, else the rule's.
    func retirement(
        _ member: KeyLifecycle.Member, at retiredAt: Instant? = nil, overlap: Span? = nil,
        by source: OverlapSource? = nil
    ) -> [Operation] {
        let key = member.key
        let mark = key.mark ?? KeyUpdate.restored(key, lineage, member.generation, planner)
        let retirement = Retirement(
            key: key, lineage: lineage, mark: mark,
            overlap: overlap ?? mark.overlap ?? ruleOverlap,
            source: source ?? mark.overlapBy ?? .rule, retiredAt: retiredAt)
        return home(key) + [.retire(retirement)]
    }

    private var ruleOverlap: Span { wanted?.rotation?.overlap ?? RotationSpec.defaultOverlap }

    /// Of a key that an earlier run did not come to retire. One that was never published may be in
    /// the hands of a second bursar that is about to, so it is not stopped at once, whatever the
    /// rule says.
    func overlap(
        of member: KeyLifecycle.Member, wasPublished: Bool
    ) -> (Span, OverlapSource) {
        if wasPublished, let rule = wanted?.rotation, isLeaked(member) {
            return (rule.afterOverlap ?? rule.overlap, .after)
        }
        let overlap = member.key.mark?.overlap ?? ruleOverlap
        let source = member.key.mark?.overlapBy ?? .rule
        return (wasPublished ? overlap : max(overlap, Self.strayOverlap), source)
    }

    /// At least this long a key works on that no run is known to have published.
    private static let strayOverlap = Span(seconds: 3600)

    /// The store still names it: apps may read it until its successor is published.
    private func isNamed(_ key: ObservedKey) -> Bool {
        planner.secrets.first { $0.name == lineage.secret }?.marker?.fingerprint.names(key.hash)
            ?? false
    }

    /// Minted before the instant of an emergency that has come.
    private func isLeaked(_ member: KeyLifecycle.Member) -> Bool {
        guard let after = wanted?.rotation?.after, after <= planner.now else { return false }
        return (member.key.minted(asOf: planner.now) ?? after) < after
    }

    /// An emergency cuts the overlaps that run already: nobody knows which key leaked.
    private func cutShort(_ member: KeyLifecycle.Member) -> Step? {
        guard isLeaked(member), let rule = wanted?.rotation, let after = rule.after,
            let mark = member.key.mark, let retiredAt = mark.retiredAt
        else { return nil }
        // The emergency that retired it gave it all of its overlap.
        let isItsOwn = mark.overlapBy == .after && retiredAt >= after
        let begin = isItsOwn ? retiredAt : after
        let end = max(retiredAt, begin + (rule.afterOverlap ?? rule.overlap))
        guard end < self.end(of: member) else { return nil }
        return resent(
            member, .rotation, "minted before \(after); it works until \(end)",
            overlap: Span(seconds: end.seconds(since: retiredAt)), by: .after)
    }

    /// A key that had an end before an edit erased its mark keeps it: erasing gives no second overlap.
    func lostEnd(of key: ObservedKey) -> Instant? {
        guard key.mark == nil, let expires = key.expires else { return nil }
        return min(planner.now, expires - ruleOverlap)
    }

    func end(of member: KeyLifecycle.Member) -> Instant {
        let mark = member.key.mark
        return (mark?.retiredAt ?? planner.now) + (mark?.overlap ?? RotationSpec.defaultOverlap)
    }

    /// A key with an end: put back what was changed, then block it, then delete it.
    func add(_ member: KeyLifecycle.Member, to plan: inout WorkspacePlan) {
        if end(of: member) > planner.now, !member.key.blocked {
            addOverlap(of: member, to: &plan)
        } else if !member.key.blocked {
            plan.overtaken += [edited(member)?.change].compactMap(\.self)
            plan.steps.append(
                Step(
                    Change(
                        address, .block, .rotation,
                        reason: "generation \(member.generation): its overlap ended"),
                    home(member.key) + [.block(member.key, lineage)]))
        } else {
            addDelete(of: member, to: &plan)
        }
    }

    private func addOverlap(of member: KeyLifecycle.Member, to plan: inout WorkspacePlan) {
        let key = member.key
        let end = end(of: member)
        let edited = edited(member)
        let isManifest = edited?.change.cause == .manifest
        let brought = cutShort(member) ?? (isManifest ? nil : extended(member))
        if let brought {
            plan.steps.append(brought)
            plan.overtaken += [edited?.change].compactMap(\.self)
            return
        }
        if let edited {
            plan.steps.append(edited)
            return
        }
        plan.upcoming.append(
            Upcoming(
                address: address, action: .block, at: end,
                reason: "the overlap of generation \(member.generation) ends" + use(of: key)))
        if isUsed(key), end - planner.now < share(of: key) {
            plan.warnings.append(
                "generation \(member.generation) of \(lineage.secret) stops at \(end)"
                    + use(of: key))
        }
    }

    /// What a review approves of it, whatever the time is.
    private func edited(_ member: KeyLifecycle.Member) -> Step? {
        changedOverlap(of: member) ?? putBack(member)
    }

    /// Near its end is the last quarter of the overlap.
    private func share(of key: ObservedKey) -> Span {
        Span(seconds: (key.mark?.overlap ?? RotationSpec.defaultOverlap).seconds / 4)
    }

    /// Used after every cache had let go of it: somebody still holds the old key.
    private func isUsed(_ key: ObservedKey) -> Bool {
        guard let last = key.lastActive, let retiredAt = key.mark?.retiredAt else { return false }
        return last > retiredAt + planner.policy.settled
    }

    /// For a reason: that and when the key was used last; empty where it was not of late.
    func use(of key: ObservedKey) -> String {
        guard let last = key.lastActive, last > planner.now - .days(1) else { return "" }
        return "; still in use, last at \(last)"
    }

    private func resent(
        _ member: KeyLifecycle.Member, _ cause: Cause, _ reason: String, overlap: Span?,
        by source: OverlapSource? = nil, fields: [FieldChange] = []
    ) -> Step {
        Step(
            Change(
                address, .retire, cause, reason: "generation \(member.generation): \(reason)",
                place: place, fields: fields),
            retirement(member, at: member.key.mark?.retiredAt, overlap: overlap, by: source),
            isLate: isNamed(member.key))
    }

    /// The manifest names another overlap than the one the key was retired with.
    private func changedOverlap(of member: KeyLifecycle.Member) -> Step? {
        guard let mark = member.key.mark, mark.overlapBy == .rule, let has = mark.overlap,
            let rule = wanted?.rotation, rule.overlap != has,
            !(rule.overlapWhileInUse && has > rule.overlap),
            !(has == Self.strayOverlap && rule.overlap < has)  // A stray keeps its own.
        else { return nil }
        return resent(
            member, .manifest, "the manifest names another overlap", overlap: rule.overlap,
            fields: [
                FieldChange(
                    path: "rotation.overlap", before: has.description,
                    after: rule.overlap.description, cause: .manifest)
            ])
    }

    /// A day more for a key that was used within the last one, up to `maxAge`.
    private func extended(_ member: KeyLifecycle.Member) -> Step? {
        let key = member.key
        guard let rule = wanted?.rotation, rule.overlapWhileInUse, let mark = key.mark,
            mark.overlapBy == .rule, let retiredAt = mark.retiredAt, isUsed(key),
            let last = key.lastActive, last > planner.now - .days(1)
        else { return nil }
        let end = end(of: member)
        guard end - planner.now < .days(1), let maxAge = rule.maxAge else { return nil }
        let later = min(end + .days(1), mark.mintedAt + maxAge)
        guard later > end else { return nil }
        return resent(
            member, .rotation, "still in use, last at \(last); it works until \(later)",
            overlap: Span(seconds: later.seconds(since: retiredAt)))
    }

    /// Its expiry, alias or team was changed by somebody else.
    private func putBack(_ member: KeyLifecycle.Member) -> Step? {
        let key = member.key
        let end = end(of: member)
        let off = key.expires.map { abs($0.milliseconds - end.milliseconds) / 1000 }
        let moved = off.map { $0 > PlanPolicy.expiryTolerance.seconds } ?? true
        let alias = key.alias.flatMap(LineageAlias.init)
        guard
            moved || !home(key).isEmpty || alias?.lineage != lineage
                || alias?.generation != member.generation
        else { return nil }
        return resent(
            member, .drift, "its end was changed outside git", overlap: key.mark?.overlap)
    }

    /// Of a blocked key.
    func addDelete(of member: KeyLifecycle.Member, to plan: inout WorkspacePlan) {
        let key = member.key
        guard home(key).isEmpty else {
            // Deleted by a later run, which sees it where it belongs.
            plan.steps.append(
                Step(
                    Change(
                        address, .update, .drift,
                        reason: "generation \(member.generation): moved out of its team"),
                    home(key)))
            return
        }
        let settled = (key.settingsUpdatedAt ?? end(of: member)) + planner.policy.settled
        guard settled <= planner.now else {
            plan.upcoming.append(
                Upcoming(
                    address: address, action: .delete, at: settled,
                    reason: "generation \(member.generation) is blocked everywhere"))
            return
        }
        plan.steps.append(
            Step(
                Change(
                    address, .delete, cause,
                    reason: "generation \(member.generation): blocked everywhere"),
                [.delete(key, lineage)]))
    }
}

extension Instant {
    fileprivate static func - (later: Instant, earlier: Instant) -> Span {
        Span(seconds: later.seconds(since: earlier))
    }
}
