/// What a plan leaves out where limits hold a class of change: see `ApprovedPlan.holding`.
extension WorkspacePlanner {
    /// The lineage is not minted anew, though the store lost its value.
    func holdsLost(_ lifecycle: KeyLifecycle) -> Bool {
        guard case .lost = lifecycle.published else { return false }
        return policy.held.contains(.lostSecrets)
    }

    /// The cap of a team that is there stays below what the manifest says.
    var holdsCap: Bool {
        guard policy.held.contains(.capIncrease), let team, team.mark?.pruneSince == nil else {
            return false
        }
        return CapRise.from(Self.budget(team), to: desired.budget) > .zero
    }

    func hold(_ plan: inout WorkspacePlan) {
        let lineages = self.lineages
        if policy.held.contains(.lostSecrets), resumesLeaked(lineages) {
            plan.keep { _ in false }
        }
        // A rotation waits with the rest: its new key would carry the manifest that is held.
        if policy.held.contains(.changes), plan.isChanged { plan.keep { $0.isEndOfKey } }
    }

    /// Its rotations do not happen in this run, so they take no place in the pace.
    var isHeld: Bool { policy.held.contains(.changes) && planWithoutHolding([]).isChanged }

    /// A leaked key would work again, and no other can take its place first.
    private func resumesLeaked(_ lineages: [KeyLifecycle]) -> Bool {
        team?.blocked == true
            && lineages.contains { holdsLost($0) && dueRotation(of: $0)?.overlapBy == .after }
    }
}

extension WorkspacePlan {
    fileprivate var isChanged: Bool { changes.contains { !$0.broughtByTime } }

    /// What is left out is counted by no limit.
    fileprivate mutating func keep(_ stays: (Step) -> Bool) {
        steps.removeAll { !stays($0) }
        removals = 0
        lostSecrets = 0
        capAfter = capBefore
    }
}

extension Step {
    /// Time alone brings it, and the key or secret it ends is replaced or gone already.
    fileprivate var isEndOfKey: Bool {
        change.cause == .rotation && [.block, .delete, .remove].contains(change.action)
    }
}
