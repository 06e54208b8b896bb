/// The steps of one lineage, from which of its keys is what.
struct KeySteps {
    let planner: WorkspacePlanner
    let lifecycle: KeyLifecycle
    /// `nil`: the lineage left the manifest.
    let wanted: DesiredKey?
    /// `nil`: no other key is published in this run. A suspended workspace gets none, since it could
    /// not be verified.
    let succession: Succession?
    /// It becomes the published key in this run.
    let adopted: ObservedKey?

    /// - Parameter due: the rotation that is due and not deferred.
    init(_ planner: WorkspacePlanner, _ lifecycle: KeyLifecycle, due: DueRotation?) {
        self.planner = planner
        self.lifecycle = lifecycle
        let secret = lifecycle.lineage.secret
        let wanted = planner.desired.keys.first { $0.secret == secret }
        self.wanted = wanted
        hadPublished = planner.secrets.contains { $0.name == secret && $0.marker != nil }
        adopted = wanted == nil ? nil : planner.adopted[secret]
        guard let wanted, adopted == nil, !planner.desired.suspended, !planner.holdsLost(lifecycle)
        else {
            succession = nil
            return
        }
        succession = Succession(
            lifecycle, derivable: planner.derivable, due: due,
            overlap: wanted.rotation?.overlap ?? RotationSpec.defaultOverlap,
            hadPublished: hadPublished
        ) { planner.reason($0, of: lifecycle) }
    }

    private let hadPublished: Bool
    private var lineage: Lineage { lifecycle.lineage }
    private var address: Address { Address(lineage.workspace, .key(lineage.secret)) }
    private var place: SourceLocation? {
        planner.desired.place(of: "spec.keys.\(lineage.secret)")
    }
    private var ends: RetiringSteps { RetiringSteps(planner, lineage, wanted) }

    /// The highest generation once this run is over; `nil` where there never was one.
    var highest: Generation? {
        if case .mint(let generation)? = succession?.origin { return generation }
        if adopted != nil { return lifecycle.next }
        return Generation(lifecycle.next.number - 1)
    }

    /// The published key is to die at once, before anything else of its workspace goes on.
    var isEmergency: Bool {
        succession?.overlapBy == .after && lifecycle.published.member != nil
    }

    func add(to plan: inout WorkspacePlan) {
        if wanted != nil, adopted == nil, isAliasTaken {
            plan.warnings.append(
                "the alias \(lineage.plainAlias) is borne by a key that is not ours, so the published "
                    + "key keeps the one of its generation; rename that key")
        }
        if let wanted, let adopted {
            let adoption = KeyAdoption(
                planner, lineage, wanted, adopted, generation: lifecycle.next)
            plan.steps.append(adoption.step)
            plan.warnings += adoption.warnings
        } else if let succession {
            add(succession, to: &plan)
        } else if wanted != nil {
            addStanding(to: &plan)
        } else {
            addRemoval(to: &plan)
        }
        addEnds(to: &plan)
    }

    private func add(_ succession: Succession, to plan: inout WorkspacePlan) {
        if succession.replacesLost { plan.lostSecrets += 1 }
        addUpdate(to: &plan)
        plan.overtaken += [standingPublish].compactMap(\.self)
        if let edited = editedSinceRevoked { plan.overtaken.append(edited) }
        let made = origin(succession)
        plan.steps += [
            made,
            verify(succession),
            Step(
                change(.publish, succession),
                [.publish(lineage, succession.generation)]
                    + (aliasHolder == nil ? claim(succession) : [])),
        ].compactMap(\.self)
        if let old = lifecycle.published.member {
            plan.steps.append(
                retire(
                    old, cause: succession.cause, reason: replaced(old, succession),
                    overlap: succession.overlap, by: succession.overlapBy))
        }
    }

    /// The mint; nothing to be shown where the key is there already.
    private func origin(_ succession: Succession) -> Step? {
        guard let wanted else { return nil }
        switch succession.origin {
        case .mint(let generation):
            let update = KeyUpdate(planner, lineage, wanted, nil)
            return Step(
                change(.mint, succession, fields: update.changes),
                [.mint(update.mint(generation))])
        case .finish(let member, let entry):
            let generation = member.generation
            // LiteLLM's own defaults may have put an end on it, which may have come.
            let unended: [Operation] =
                member.key.expires == nil
                ? [] : [.updateKey(member.key, lineage, [.expiresIn(nil)])]
            let operations: [Operation] =
                home(member.key) + unended
                + [.derive(member.key, lineage, generation, entry: entry)]
            // What the manifest says by now is written when it is read back.
            let fields =
                lifecycle.published == .none
                ? KeyUpdate(planner, lineage, wanted, member).changes : []
            return Step(
                Change(
                    address, .update, succession.cause,
                    reason: "generation \(generation) was minted by a run that broke off",
                    place: place, fields: fields),
                operations)
        }
    }

    private func verify(_ succession: Succession) -> Step {
        // Patterns, access groups and what the proxy has not got are nothing it could list.
        var models = planner.proxyModels.intersection(planner.writtenModels)
        if let own = wanted?.models { models.formIntersection(own) }
        return Step(
            change(.verify, succession),
            [.verify(lineage, succession.generation, models: models)])
    }

    private func change(
        _ action: Action, _ succession: Succession, fields: [FieldChange] = []
    ) -> Change {
        Change(
            address, action, succession.cause, reason: succession.reason, place: place,
            fields: fields)
    }

    /// Nothing where somebody else's key bears it: LiteLLM would refuse it in every run.
    private func claim(_ succession: Succession) -> [Operation] {
        isAliasTaken ? [] : [.claimAlias(lineage, succession.generation)]
    }

    private var isAliasTaken: Bool {
        planner.outside.contains {
            $0.alias == lineage.plainAlias && $0.mark?.owner != planner.policy.owner.name
        } || planner.strangers.contains { $0.alias == lineage.plainAlias }
    }

    private func replaced(_ old: KeyLifecycle.Member, _ succession: Succession) -> String {
        let why = succession.replacesLost ? "replaced, since its secret is lost" : "replaced"
        guard succession.overlap.seconds > 0 else { return "\(why); it stops at once" }
        return "\(why); it works until \(planner.now + succession.overlap)"
            + ends.use(of: old.key)
    }

    /// The published key stays.
    private func addStanding(to plan: inout WorkspacePlan) {
        switch lifecycle.published {
        case .key(let member):
            addUpdate(to: &plan)
            addRewrite(to: &plan)
            if member.isAdopted {
                plan.warnings += KeyAdoption.warnings(of: member.key, secret: lineage.secret)
            }
        case .recoverable:
            addUpdate(to: &plan)
            addPublishAgain(to: &plan)
        case .lost:
            let end = planner.holdsLost(lifecycle) ? "held by a limit" : "minted anew on resume"
            plan.warnings.append("secret \(lineage.secret) is lost; \(end)")
        case .none, .conflict: return
        }
    }

    /// The published key's value goes into the store once more; `nil` where it stands there as it should,
    /// or nobody can say it again.
    private var standingPublish: Change? {
        switch lifecycle.published {
        case .recoverable:
            Change(
                address, .publish, .drift,
                reason: "the store lost it, and the keyring derives it again",
                place: place)
        case .key(let member):
            if let rewrite, planner.derivable[member.key.hash] != nil {
                Change(address, .publish, .manifest, reason: rewrite, place: place)
            } else {
                nil
            }
        case .lost, .none, .conflict: nil
        }
    }

    /// See `StoredSecret`. A command is about the keys that it names.
    private var rewrite: String? {
        guard planner.policy.command == nil else { return nil }
        return planner.secrets.first { $0.name == lineage.secret }?.rewrite
    }

    private func addPublishAgain(to plan: inout WorkspacePlan) {
        guard let change = standingPublish, let member = lifecycle.published.member,
            let entry = planner.derivable[member.key.hash]
        else { return }
        plan.steps.append(
            Step(
                change,
                [
                    .derive(member.key, lineage, member.generation, entry: entry),
                    .publish(lineage, member.generation),
                ]))
    }

    private func addRewrite(to plan: inout WorkspacePlan) {
        guard let rewrite else { return }
        guard standingPublish == nil else { return addPublishAgain(to: &plan) }
        plan.warnings.append(
            "secret \(lineage.secret): \(rewrite), and no keyring derives its value again; "
                + "`bursar rotate \(planner.desired.name)` puts a new key")
    }

    /// What the published key should hold, also where it is replaced in the same run: then the
    /// reviewed change does not hang on whether a rotation is due.
    private func addUpdate(to plan: inout WorkspacePlan) {
        guard let wanted else { return }
        switch lifecycle.published {
        case .key(let member), .recoverable(let member):
            guard isTouched(member) else { return }
            let update = KeyUpdate(
                planner, lineage, wanted, member, leavesAlias: waitsForAlias || isAliasTaken,
                leavesAliasToSuccessor: succession != nil)
            if let step = update.step { plan.steps.append(step) }
        case .lost, .none, .conflict: return
        }
    }

    /// The next key is minted whatever a review says, but what it may do is stated against the one that
    /// was revoked.
    private var editedSinceRevoked: Change? {
        guard let wanted, let member = lifecycle.revoked else { return nil }
        let fields = KeyUpdate(planner, lineage, wanted, member).changes
        guard !fields.isEmpty else { return nil }
        return Change(
            address, .update, .manifest, reason: "the manifest changed", place: place,
            fields: fields)
    }

    /// A command touches what it minted alone: LiteLLM's own defaults may have put an end on it.
    private func isTouched(_ member: KeyLifecycle.Member) -> Bool {
        guard let command = planner.policy.command else { return true }
        return member.key.mark.map { $0.mintedAt >= command.before } ?? false
    }

    /// Unpublished and retiring keys.
    private func addEnds(to plan: inout WorkspacePlan) {
        let finishing: KeyHash? =
            if case .finish(let member, _)? = succession?.origin { member.key.hash } else { nil }
        for member in lifecycle.unpublished where member.key.hash != finishing {
            // An older one was published before; its run broke off before it came to retire it.
            let isOlder = lifecycle.published.member.map { member.generation < $0.generation }
            let (overlap, source) = ends.overlap(of: member, wasPublished: isOlder == true)
            plan.steps.append(
                retire(
                    member, cause: .drift,
                    reason: isOlder == true
                        ? "replaced by a newer one" : "minted and never published",
                    at: ends.lostEnd(of: member.key), overlap: overlap, by: source))
        }
        for member in lifecycle.retiring { ends.add(member, to: &plan) }
    }

    /// The live key that bears the plain alias; it must be renamed before another can take it.
    private var aliasHolder: KeyLifecycle.Member? {
        let members =
            lifecycle.unpublished + lifecycle.retiring
            + [lifecycle.published.member].compactMap(\.self)
        return members.first { $0.key.alias == lineage.plainAlias }
    }

    /// Another key still bears the plain alias: the published one takes it once that is retired,
    /// since LiteLLM refuses the other order.
    private var waitsForAlias: Bool {
        guard case .key(let member) = lifecycle.published, let holder = aliasHolder else {
            return false
        }
        return holder != member
    }

    private func retire(
        _ member: KeyLifecycle.Member, cause: Cause, reason: String, at retiredAt: Instant? = nil,
        overlap: Span? = nil, by source: OverlapSource? = nil
    ) -> Step {
        var operations = ends.retirement(member, at: retiredAt, overlap: overlap, by: source)
        if aliasHolder == member {
            if let succession {
                operations += claim(succession)
            } else if case .key(let published) = lifecycle.published, published != member,
                !isAliasTaken
            {
                operations.append(.updateKey(published.key, lineage, [.alias(lineage.plainAlias)]))
            }
        }
        return Step(
            Change(
                address, .retire, cause, reason: "generation \(member.generation): \(reason)",
                place: wanted == nil ? nil : place),
            operations,
            isLate: member == lifecycle.published.member || member == aliasHolder)
    }

    /// Outside its team a key may call every model, and is not seen when the lineage is read again.
    private func home(_ key: ObservedKey) -> [Operation] { ends.home(key) }

    private func addRemoval(to plan: inout WorkspacePlan) {
        switch lifecycle.published {
        case .key(let member), .lost(let member), .recoverable(let member):
            guard !planner.policy.held.contains(.removals) else { return }
            plan.removals += 1
            // As `ends.retirement` sets it.
            let overlap = member.key.mark?.overlap ?? RotationSpec.defaultOverlap
            plan.steps.append(
                retire(
                    member, cause: .manifest,
                    reason: "left the manifest; it works until \(planner.now + overlap)"
                        + ends.use(of: member.key)))
        case .none:
            let ended =
                lifecycle.unpublished.isEmpty
                && lifecycle.retiring.allSatisfy { ends.end(of: $0) <= planner.now }
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
}

extension KeySteps {
    /// For a resume that meets a leaked key: what comes before the team works again, and after.
    /// The old key is blocked first, and the new one can be verified only once the team works.
    func addEmergency(
        to plan: inout WorkspacePlan
    ) -> (before: [Step], after: [Step]) {
        guard let succession, let old = lifecycle.published.member else { return ([], []) }
        if succession.replacesLost { plan.lostSecrets += 1 }
        // Nothing of it is done to a key that is to die, but a review may have approved it.
        var standing = WorkspacePlan(id: plan.id, name: plan.name)
        addUpdate(to: &standing)
        standing.overtaken += [standingPublish].compactMap(\.self)
        plan.overtaken += standing.changes + standing.overtaken
        let end = Step(
            Change(
                address, .retire, succession.cause,
                reason: "generation \(old.generation): \(succession.reason); it stops at once, "
                    + "before the workspace works again",
                place: place),
            ends.retirement(old, overlap: Span(seconds: 0), by: .after))
        let publish = Step(
            change(.publish, succession),
            [.publish(lineage, succession.generation)]
                + (aliasHolder == nil || aliasHolder == old ? claim(succession) : []))
        // An older key in its overlap may be the one that leaked, so these come first, too.
        var rest = WorkspacePlan(id: plan.id, name: plan.name)
        addEnds(to: &rest)
        plan.overtaken += rest.overtaken
        plan.upcoming += rest.upcoming
        plan.warnings += rest.warnings
        let before = rest.steps.filter { !$0.isLate } + [end]
        let late = rest.steps.filter(\.isLate)
        let made = [origin(succession)].compactMap(\.self)
        // A Control Plane mints nothing for a workspace that is suspended.
        return planner.policy.issuer == .groundfloor
            ? (before, made + [verify(succession), publish] + late)
            : (before + made + [publish], [verify(succession)] + late)
    }
}
