/// When the keys of a manifest are rotated next.
package struct RotationForecast: Hashable, Sendable {
    package struct Date: Hashable, Sendable {
        package let at: Instant
        package let reason: RotationReason
    }

    package let workspace: WorkspaceID
    package let name: String
    package let secret: SecretName
    /// `nil`: never by rule.
    package let rule: RotationSpec?
    /// Of the published key; `nil` where there is none, or nobody asked.
    package let mintedAt: Instant?
    /// Ascending; each supposes that the one before it is done when it is due.
    package let dates: [Date]
    /// Why there are no dates, or what they leave out; `nil` where that is plain.
    package let note: String?

    /// Of each key that is wanted, by workspace and secret.
    package static func of(
        _ desired: DesiredState, observed: ObservedState, policy: PlanPolicy, now: Instant,
        count: Int
    ) -> [RotationForecast] {
        planners(desired: desired, observed: observed, policy: policy, now: now)
            .flatMap { $0.forecasts(count: count) }
    }

    /// From the manifests alone: only what does not go by age has dates.
    package static func offline(
        _ desired: DesiredState, now: Instant, count: Int
    ) -> [RotationForecast] {
        desired.workspaces.flatMap { workspace in
            workspace.keys.map { key in
                RotationForecast(
                    workspace, key, mintedAt: nil,
                    unknown: key.rotation?.goesByAge == true ? "its age is not known" : nil,
                    now: now, count: count)
            }
        }
    }

    init(
        _ workspace: DesiredWorkspace, _ key: DesiredKey, mintedAt: Instant?, unknown: String?,
        held: String? = nil, now: Instant, count: Int
    ) {
        self.workspace = workspace.id
        name = workspace.name
        secret = key.secret
        rule = key.rotation
        self.mintedAt = mintedAt
        guard let spec = key.rotation, !workspace.suspended else {
            dates = []
            note = key.rotation == nil ? nil : "suspended: rotated when it resumes"
            return
        }
        if let held {
            dates = []
            note = held
            return
        }
        let lineage = Lineage(workspace: workspace.id, secret: key.secret)
        dates = RotationRule(spec, of: lineage)
            .upcoming(mintedAt: mintedAt, now: now, count: count)
            .map { Date(at: $0.at, reason: $0.reason) }
        let paused = workspace.paused.map { "paused: \($0)" }
        note = mintedAt == nil ? unknown : paused
    }
}

extension WorkspacePlanner {
    fileprivate func forecasts(count: Int) -> [RotationForecast] {
        let lifecycles = lineages
        return desired.keys.map { key in
            let member = lifecycles.first { $0.lineage.secret == key.secret }?.published.member
            return RotationForecast(
                desired, key,
                mintedAt: member.flatMap { $0.key.minted(asOf: now) },
                unknown: unreadable ?? "not minted yet",
                held: isEnding ? "not by rule: the Control Plane ends the old key" : nil,
                now: now, count: count)
        }
    }
}

extension RotationSpec {
    fileprivate var goesByAge: Bool {
        if case .every = trigger { true } else { maxAge != nil }
    }

    /// What makes a key due: `schedule 0 9 1 * * in Europe/Paris, window Mon-Fri 09:00-17:00, maxAge 90d`.
    package var when: String {
        var parts: [String] = []
        switch trigger {
        case .every(let every): parts.append("every \(every)")
        case .schedule(let cron): parts.append("schedule \(cron)")
        case nil: break
        }
        if let window { parts.append("window \(window)") }
        if timeZone != .utc, let last = parts.indices.last { parts[last] += " in \(timeZone)" }
        if let maxAge { parts.append("maxAge \(maxAge)") }
        if let after { parts.append("after \(after)") }
        return parts.isEmpty ? "never" : parts.joined(separator: ", ")
    }
}
