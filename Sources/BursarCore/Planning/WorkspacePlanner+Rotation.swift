extension WorkspacePlanner {
    /// Every rotation that is due, for the pace of the run. Not among them: what a command asks for
    /// and what must be done before a workspace resumes, since these never wait.
    var dueRotations: [(lineage: Lineage, due: DueRotation)] {
        guard policy.command == nil, desired.paused == nil,
            desired.keys.contains(where: { $0.rotation != nil })
        else { return [] }
        return lineages.compactMap { lifecycle in
            guard let due = dueRotation(of: lifecycle),
                !(team?.blocked == true && due.overlapBy == .after)
            else { return nil }
            return (lifecycle.lineage, due)
        }
    }

    /// `nil`: the published key may stay. A suspended workspace is not rotated.
    func dueRotation(of lifecycle: KeyLifecycle) -> DueRotation? {
        let lineage = lifecycle.lineage
        guard let member = lifecycle.published.member, !desired.suspended,
            let wanted = desired.keys.first(where: { $0.secret == lineage.secret })
        else { return nil }
        let mintedAt = member.key.minted(asOf: now) ?? now
        if let command = policy.command {
            guard command.lineages.contains(lineage), mintedAt < command.before else { return nil }
            let rule = wanted.rotation?.overlap ?? RotationSpec.defaultOverlap
            return DueRotation(
                reason: .command, since: command.before, overlap: command.overlap ?? rule,
                overlapBy: command.overlap == nil ? .rule : .command)
        }
        guard let rotation = wanted.rotation,
            case .due(let due) = RotationRule(rotation, of: lineage).due(
                mintedAt: mintedAt, now: now), !holds(due.reason)
        else { return nil }
        return due
    }

    /// How much earlier than its rule says, for a reason; empty where it is not.
    private func spread(_ reason: RotationReason, mintedAt: Instant, at: Instant) -> String {
        guard case .every(let every) = reason else { return "" }
        let early = (mintedAt + every).seconds(since: at)
        guard early >= 3600 else { return "" }
        let hours = (early + 1800) / 3600
        let text = hours < 48 ? "\(hours)h" : "\((hours + 12) / 24)d"
        return " (\(text) early, so that not all workspaces rotate at once)"
    }

    /// Of a rotation that is due.
    func reason(_ due: DueRotation, of lifecycle: KeyLifecycle) -> String {
        let mintedAt = lifecycle.published.member?.key.minted(asOf: now) ?? due.since
        return "\(due.reason), due since \(due.since)"
            + spread(due.reason, mintedAt: mintedAt, at: due.since)
    }

    /// `nil`: it is due already, or no rule will make it so.
    func nextRotation(of lifecycle: KeyLifecycle) -> Upcoming? {
        let lineage = lifecycle.lineage
        guard policy.command == nil, !desired.suspended, dueRotation(of: lifecycle) == nil,
            let member = lifecycle.published.member,
            let rule = desired.keys.first(where: { $0.secret == lineage.secret })?.rotation,
            case .notYet(let at, let reason) = RotationRule(rule, of: lineage).due(
                mintedAt: member.key.minted(asOf: now) ?? now, now: now),
            !holds(reason)
        else { return nil }
        return Upcoming(
            address: Address(desired.id, .key(lineage.secret)), action: .mint, at: at,
            reason: "\(reason)"
                + spread(reason, mintedAt: member.key.minted(asOf: now) ?? now, at: at))
    }
}
