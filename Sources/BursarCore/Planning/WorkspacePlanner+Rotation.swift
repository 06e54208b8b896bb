extension WorkspacePlanner {
    /// Every rotation that is due, for the pace of the run. Not among them: what a command asks for
    /// and what must be done before a workspace resumes, since these never wait.
    var dueRotations: [(lineage: Lineage, due: PlannedRotation)] {
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
    func dueRotation(of lifecycle: KeyLifecycle) -> PlannedRotation? {
        let lineage = lifecycle.lineage
        guard let member = lifecycle.published.member, !desired.suspended,
            let wanted = desired.keys.first(where: { $0.secret == lineage.secret })
        else { return nil }
        let mintedAt = member.key.mark?.mintedAt ?? member.key.createdAt ?? now
        if let command = policy.command {
            guard command.lineages.contains(lineage), mintedAt < command.before else { return nil }
            let rule = wanted.rotation?.overlap ?? RotationSpec.defaultOverlap
            return PlannedRotation(
                since: command.before, reason: "asked for", overlap: command.overlap ?? rule,
                overlapBy: command.overlap == nil ? .rule : .command)
        }
        return wanted.rotation.flatMap { $0.due(lineage, mintedAt: mintedAt, now: now) }
    }

    /// `nil`: it is due already, or no rule will make it so.
    func nextRotation(of lifecycle: KeyLifecycle) -> Upcoming? {
        let lineage = lifecycle.lineage
        guard policy.command == nil, !desired.suspended, dueRotation(of: lifecycle) == nil,
            let member = lifecycle.published.member,
            let rule = desired.keys.first(where: { $0.secret == lineage.secret })?.rotation,
            let (at, reason) = rule.next(
                mintedAt: member.key.mark?.mintedAt ?? member.key.createdAt ?? now)
        else { return nil }
        return Upcoming(
            address: Address(desired.id, .key(lineage.secret)), action: .mint, at: at,
            reason: reason)
    }
}
extension RotationSpec {
    func due(_ lineage: Lineage, mintedAt: Instant, now: Instant) -> PlannedRotation? {
        if let after, mintedAt < after, after <= now {
            return PlannedRotation(
                since: after, reason: "after", overlap: afterOverlap ?? overlap, overlapBy: .after)
        }
        if case .every(let span)? = trigger, mintedAt + span <= now {
            return PlannedRotation(
                since: mintedAt + span, reason: "every \(span)", overlap: overlap, overlapBy: .rule)
        }
        return nil
    }

    func next(mintedAt: Instant) -> (at: Instant, reason: String)? {
        var dates: [(at: Instant, reason: String)] = []
        if let after, mintedAt < after { dates.append((after, "after")) }
        if case .every(let span)? = trigger { dates.append((mintedAt + span, "every \(span)")) }
        return dates.min { $0.at < $1.at }
    }
}
