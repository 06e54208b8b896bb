/// The provider secrets of a workspace: put where the store has them not or with another value,
/// removed where they left the manifest. Their values are no part of a plan.
struct ProviderSecretSteps {
    private let planner: WorkspacePlanner

    init(_ planner: WorkspacePlanner) { self.planner = planner }

    private var desired: DesiredWorkspace { planner.desired }
    private var owner: String { planner.policy.owner.name }

    private func stored(_ name: SecretName) -> ObservedSecret? {
        planner.secrets.first { $0.name == name }
    }

    private func isOurs(_ secret: ObservedSecret) -> Bool { secret.provider?.owner == owner }

    /// The store has one of ours under that name.
    func holds(_ name: SecretName) -> Bool { stored(name).map(isOurs) ?? false }

    /// Why nothing of the workspace is done: a value of somebody else's would be gone.
    var errors: [String] {
        let taken = desired.providerSecrets.compactMap { secret -> String? in
            guard let stored = stored(secret.name), !isOurs(stored) else { return nil }
            if stored.marker?.owner == owner {
                return "secret \(secret.name) still holds a key of this workspace: name another "
                    + "secret, or wait until that key has ended and its secret is removed"
            }
            return
                "secret \(secret.name) exists in the store without bursar's marker: move it away "
                + "or name another secret"
        }
        let keys = desired.keys.compactMap { key -> String? in
            guard holds(key.secret) else { return nil }
            return "secret \(key.secret) holds a provider secret: apply once without the key, so "
                + "that it is removed"
        }
        return taken + keys
    }

    func add(to plan: inout WorkspacePlan) {
        for secret in desired.providerSecrets { add(secret, to: &plan) }
        guard !planner.policy.held.contains(.removals) else { return }
        for stored in planner.secrets where isOurs(stored) && !isNamed(stored.name) {
            plan.removals += 1
            plan.steps += [Self.removal(of: stored, desired.id, .manifest, "left the manifest")]
                .compactMap(\.self)
        }
    }

    private func isNamed(_ name: SecretName) -> Bool {
        desired.providerSecrets.contains { $0.name == name }
    }

    /// Of the secrets that are put in this run.
    var causes: [SecretName: Cause] {
        let puts = desired.providerSecrets.compactMap { secret in
            due(secret).map { (secret.name, $0.cause) }
        }
        return Dictionary(uniqueKeysWithValues: puts)
    }

    private struct Due {
        let cause: Cause
        let reason: String
        /// What stands in the place of the source; `nil`: the same.
        var before: String??
    }

    /// `nil`: it stays as it is.
    private func due(_ secret: DesiredProviderSecret) -> Due? {
        guard let marker = stored(secret.name)?.provider else {
            return Due(cause: .manifest, reason: "not in the store", before: .some(nil))
        }
        guard marker.origin == secret.valueFrom.digest else {
            return Due(
                cause: .manifest, reason: "the manifest names another source",
                before: "another source")
        }
        if let rewrite = stored(secret.name)?.rewrite {
            return Due(cause: .manifest, reason: rewrite)
        }
        guard planner.sources[secret.name] == .differs else { return nil }
        return Due(cause: .value, reason: "its source has another value")
    }

    private func add(_ secret: DesiredProviderSecret, to plan: inout WorkspacePlan) {
        if case .unreadable(let why)? = planner.sources[secret.name] {
            plan.warnings.append("provider secret \(secret.name) is not compared: \(why)")
        }
        guard let due = due(secret) else { return }
        let fields = due.before.map { before in
            [
                FieldChange(
                    path: "providerSecrets.\(secret.name).valueFrom", before: before,
                    after: secret.valueFrom.description, cause: .manifest)
            ]
        }
        plan.steps.append(
            Step(
                Change(
                    Address(desired.id, .secret(secret.name)), .put, due.cause, reason: due.reason,
                    place: desired.place(of: "spec.providerSecrets.\(secret.name)"),
                    fields: fields ?? []),
                [
                    .putSecret(
                        ProviderPut(
                            workspace: desired.id, name: secret.name, source: secret.valueFrom,
                            before: stored(secret.name)?.provider))
                ]))
    }

    /// `nil` where it is no provider secret.
    static func removal(
        of secret: ObservedSecret, _ workspace: WorkspaceID, _ cause: Cause, _ reason: String
    ) -> Step? {
        secret.provider.map { marker in
            Step(
                Change(
                    Address(workspace, .secret(secret.name)), .remove, cause, reason: reason),
                [.dropSecret(workspace, secret.name, marker)])
        }
    }
}
