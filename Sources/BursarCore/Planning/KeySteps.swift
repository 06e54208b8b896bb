/// The steps of one lineage, from which of its keys is what.
struct KeySteps {
    let planner: WorkspacePlanner
    let lifecycle: KeyLifecycle
    /// `nil`: the lineage left the manifest.
    let wanted: DesiredKey?

    init(_ planner: WorkspacePlanner, _ lifecycle: KeyLifecycle) {
        self.planner = planner
        self.lifecycle = lifecycle
        wanted = planner.desired.keys.first { $0.secret == lifecycle.lineage.secret }
    }

    static let defaultOverlap = Span.hours(24)

    private var lineage: Lineage { lifecycle.lineage }
    private var address: Address { Address(lineage.workspace, .key(lineage.secret)) }
    private var place: SourceLocation? {
        planner.desired.place(of: "spec.keys.\(lineage.secret)")
    }

    /// A suspended workspace gets no key: it could not be verified.
    var mints: Bool {
        guard wanted != nil, !planner.desired.suspended else { return false }
        switch lifecycle.published {
        case .none, .lost: return true
        case .key, .conflict: return false
        }
    }

    /// The highest generation once this run is over; `nil` where there never was one.
    var highest: Generation? {
        mints ? lifecycle.next : Generation(lifecycle.next.number - 1)
    }

    func add(to plan: inout WorkspacePlan) {
        if let wanted {
            addWanted(wanted, to: &plan)
        } else {
            addRemoval(to: &plan)
        }
        for member in lifecycle.unpublished {
            let replaced = member.key.alias == lineage.plainAlias
            plan.steps.append(
                retire(
                    member, cause: .drift,
                    reason: replaced ? "replaced by a newer one" : "minted and never published",
                    at: lostEnd(of: member.key)))
        }
        for member in lifecycle.retiring { addEnd(of: member, to: &plan) }
    }

    private func addWanted(_ wanted: DesiredKey, to plan: inout WorkspacePlan) {
        switch lifecycle.published {
        case .key(let member):
            let update = KeyUpdate(planner, lineage, wanted, member, leavesAlias: waitsForAlias)
            if let step = update.step { plan.steps.append(step) }
        case .lost(let member):
            guard mints else {
                plan.warnings.append("secret \(lineage.secret) is lost; minted anew on resume")
                return
            }
            plan.lostSecrets += 1
            addMint(
                wanted, cause: .drift, reason: "secret lost: the store does not hold it", to: &plan)
            plan.steps.append(
                retire(member, cause: .drift, reason: "replaced, since its secret is lost"))
        case .none where mints:
            let first = lifecycle.next == .first
            addMint(
                wanted, cause: first || !hadPublished ? .manifest : .drift,
                reason: hadPublished ? "its published key is gone" : "new in the source", to: &plan)
        case .none, .conflict:
            return
        }
    }

    private var hadPublished: Bool {
        planner.secrets.contains { $0.name == lineage.secret && $0.marker != nil }
    }

    private func addMint(
        _ wanted: DesiredKey, cause: Cause, reason: String, to plan: inout WorkspacePlan
    ) {
        let generation = lifecycle.next
        let update = KeyUpdate(planner, lineage, wanted, nil)
        plan.steps += [
            Step(
                Change(
                    address, .mint, cause, reason: reason, place: place, fields: update.changes),
                [.mint(update.mint(generation))]),
            Step(
                Change(address, .verify, cause, reason: reason, place: place),
                [.verify(lineage, generation)]),
            Step(
                Change(address, .publish, cause, reason: reason, place: place),
                [.publish(lineage, generation)]
                    + (holdsAlias == nil ? [.claimAlias(lineage, generation)] : [])),
        ]
    }

    /// The live key that bears the plain alias; it must be renamed before another can take it.
    private var holdsAlias: KeyLifecycle.Member? {
        let members =
            lifecycle.unpublished + lifecycle.retiring
            + {
                switch lifecycle.published {
                case .key(let member), .lost(let member): [member]
                case .none, .conflict: []
                }
            }()
        return members.first { $0.key.alias == lineage.plainAlias }
    }

    /// Another key still bears the plain alias: the published one takes it once that is retired,
    /// since LiteLLM refuses the other order.
    private var waitsForAlias: Bool {
        guard case .key(let member) = lifecycle.published, let holder = holdsAlias else {
            return false
        }
        return holder != member
    }

    private func retire(
        _ member: KeyLifecycle.Member, cause: Cause, reason: String, at retiredAt: Instant? = nil,
        overlap: Span? = nil
    ) -> Step {
        let key = member.key
        let mark = key.mark ?? KeyUpdate.restored(key, lineage, member.generation, planner)
        let retirement = Retirement(
            key: key, lineage: lineage, mark: mark,
            overlap: overlap ?? mark.overlap ?? self.overlap,
            source: mark.overlapBy ?? .rule, retiredAt: retiredAt)
        var operations = home(key) + [.retire(retirement)]
        if holdsAlias == member {
            if mints {
                operations.append(.claimAlias(lineage, lifecycle.next))
            } else if case .key(let published) = lifecycle.published, published != member {
                operations.append(.updateKey(published.key, lineage, [.alias(lineage.plainAlias)]))
            }
        }
        return Step(
            Change(
                address, .retire, cause, reason: "generation \(member.generation): \(reason)",
                place: wanted == nil ? nil : place),
            operations)
    }

    /// A key that had an end before an edit erased its mark keeps it: erasing gives no second overlap.
    private func lostEnd(of key: ObservedKey) -> Instant? {
        guard key.mark == nil, let expires = key.expires else { return nil }
        return min(planner.now, expires - overlap)
    }

    private var overlap: Span { wanted?.rotation?.overlap ?? Self.defaultOverlap }

    /// Outside its team a key may call every model, and is not seen when the lineage is read again.
    private func home(_ key: ObservedKey) -> [Operation] {
        key.team == lineage.workspace.text
            ? [] : [.updateKey(key, lineage, [.team(lineage.workspace)])]
    }

    private func addRemoval(to plan: inout WorkspacePlan) {
        switch lifecycle.published {
        case .key(let member), .lost(let member):
            plan.removals += 1
            plan.steps.append(retire(member, cause: .manifest, reason: "left the manifest"))
        case .none:
            let ended = lifecycle.unpublished.isEmpty && lifecycle.retiring.allSatisfy(ends)
            guard ended, hadPublished else { return }
            plan.steps.append(
                Step(
                    Change(
                        Address(lineage.workspace, .secret(lineage.secret)), .remove, .rotation,
                        reason: "its key is revoked"),
                    [.removeSecret(lineage)]))
        case .conflict:
            return
        }
    }

    private func ends(_ member: KeyLifecycle.Member) -> Bool {
        end(of: member) <= planner.now
    }

    private func end(of member: KeyLifecycle.Member) -> Instant {
        let mark = member.key.mark
        return (mark?.retiredAt ?? planner.now) + (mark?.overlap ?? Self.defaultOverlap)
    }

    /// A key with an end: put back what was changed, then block it, then delete it.
    private func addEnd(of member: KeyLifecycle.Member, to plan: inout WorkspacePlan) {
        let end = end(of: member)
        let key = member.key
        if end > planner.now {
            plan.upcoming.append(
                Upcoming(
                    address: address, action: .block, at: end,
                    reason: "the overlap of generation \(member.generation) ends"))
            let off = key.expires.map { abs($0.milliseconds - end.milliseconds) / 1000 }
            let moved = off.map { $0 > PlanPolicy.expiryTolerance.seconds } ?? true
            if moved || !home(key).isEmpty || key.alias != lineage.alias(member.generation) {
                plan.steps.append(
                    retire(
                        member, cause: .drift, reason: "its end was changed outside git",
                        at: key.mark?.retiredAt, overlap: key.mark?.overlap))
            }
        } else if !key.blocked {
            plan.steps.append(
                Step(
                    Change(
                        address, .block, .rotation,
                        reason: "generation \(member.generation): its overlap ended"),
                    home(key) + [.block(key, lineage)]))
        } else {
            let settled = (key.settingsUpdatedAt ?? end) + planner.policy.settled
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
                        address, .delete, .rotation,
                        reason: "generation \(member.generation): blocked everywhere"),
                    home(key) + [.delete(key, lineage)]))
        }
    }
}
