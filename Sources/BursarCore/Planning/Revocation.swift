/// The kill switch: one generation stops at once, whatever its manifest says or whether there is
/// one. A key that is published, too: the next run mints its successor.
package enum Revocation {
    package enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        case noKey(WorkspaceID, SecretName?, Generation, known: [String])
        case ambiguous(Generation, [SecretName])
        case unreadable(String)

        package var description: String {
            switch self {
            case .noKey(let id, let secret, let generation, let known):
                "workspace \(id) has no key of ours of "
                    + (secret.map { "\($0) " } ?? "") + "generation \(generation)"
                    + (known.isEmpty ? "" : "; there are \(known.joined(separator: ", "))")
            case .ambiguous(let generation, let names):
                "several keys have a generation \(generation): say --secret, one of "
                    + names.map(\.text).joined(separator: ", ")
            case .unreadable(let reason): reason
            }
        }
    }

    /// - Parameter secret: `nil` where only one lineage has that generation.
    /// - Returns: an empty plan where the key is blocked already.
    package static func plan(
        _ workspace: WorkspaceID, secret: SecretName?, _ generation: Generation,
        observed: ObservedState, policy: PlanPolicy, now: Instant
    ) -> Result<Plan, Refusal> {
        if let reason = observed.unreadable[workspace] { return .failure(.unreadable(reason)) }
        let secrets = observed.secrets[workspace] ?? []
        let mark = observed.issuer.teams.first { $0.id == workspace }?.mark
        let ours = observed.issuer.keys.compactMap { key -> (Lineage, Generation, ObservedKey)? in
            let role = KeyRole(
                of: key, in: workspace, teamMark: mark, secrets: secrets, owner: policy.owner)
            guard case .ours(let lineage, let number) = role else { return nil }
            return (lineage, number, key)
        }
        let fitting = ours.filter { $0.1 == generation && (secret ?? $0.0.secret) == $0.0.secret }
        let names = Set(fitting.map(\.0.secret)).sorted()
        guard names.count <= 1 else { return .failure(.ambiguous(generation, names)) }
        guard !fitting.isEmpty else {
            let known = ours.map { "\($0.0.secret) generation \($0.1)" }.sorted()
            return .failure(.noKey(workspace, secret, generation, known: known))
        }
        var plan = WorkspacePlan(id: workspace, name: workspace.text)
        plan.outside = observed.issuer.keys.filter {
            $0.alias.flatMap(LineageAlias.init)?.lineage.workspace == workspace
                && $0.team != workspace.text
        }
        for (lineage, number, key) in fitting where !key.blocked || key.mark?.retiredAt == nil {
            let marker = secrets.first { $0.name == lineage.secret }?.marker
            if marker?.fingerprint.names(key.hash) ?? false {
                plan.warnings.append(published(lineage, number))
            }
            plan.steps.append(step(lineage, number, key, policy.owner, now))
            plan.basis[lineage.secret] = LineageSnapshot(
                lineage, keys: observed.issuer.keys, secrets: secrets)
        }
        var whole = Plan(
            owner: policy.owner, workspaces: [plan], unclaimed: [], owned: 1,
            emptySource: false, warnings: [])
        whole.isCommanded = true
        return .success(whole)
    }

    private static func published(_ lineage: Lineage, _ generation: Generation) -> String {
        "generation \(generation) of \(lineage.secret) is the published key: apps that use it are "
            + "refused at once, and have none until the next apply publishes its successor. To spare "
            + "them, `bursar rotate` first, then revoke this one"
    }

    /// Retired with an overlap that is over, so the executor blocks it in the same call.
    private static func step(
        _ lineage: Lineage, _ generation: Generation, _ key: ObservedKey, _ owner: Owner,
        _ now: Instant
    ) -> Step {
        let mark =
            key.mark
            ?? KeyMark(
                owner: owner.name, secret: lineage.secret, generation: generation,
                mintedAt: key.createdAt ?? now, applied: [:])
        let passed = mark.retiredAt.map { max(0, now.seconds(since: $0)) } ?? 0
        let home: [Operation] =
            key.team == lineage.workspace.text
            ? [] : [.updateKey(key, lineage, [.team(lineage.workspace)])]
        return Step(
            Change(
                Address(lineage.workspace, .key(lineage.secret)), .block, .manifest,
                reason: "generation \(generation): revoked by command"),
            home + [
                .retire(
                    Retirement(
                        key: key, lineage: lineage, mark: mark, overlap: Span(seconds: passed),
                        source: .command, retiredAt: mark.retiredAt))
            ])
    }
}
