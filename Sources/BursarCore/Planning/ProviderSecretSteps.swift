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

    private func add(_ secret: DesiredProviderSecret, to plan: inout WorkspacePlan) {
        let marker = stored(secret.name)?.provider
        func put(_ cause: Cause, _ reason: String, _ fields: [FieldChange]) {
            plan.steps.append(
                Step(
                    Change(
                        Address(desired.id, .secret(secret.name)), .put, cause, reason: reason,
                        place: desired.place(of: "spec.providerSecrets.\(secret.name)"),
                        fields: fields),
                    [
                        .putSecret(
                            ProviderPut(
                                workspace: desired.id, name: secret.name,
                                source: secret.valueFrom, before: marker))
                    ]))
        }
        func from(_ before: String?) -> [FieldChange] {
            [
                FieldChange(
                    path: "providerSecrets.\(secret.name).valueFrom", before: before,
                    after: secret.valueFrom.description, cause: .manifest)
            ]
        }
        guard let marker else { return put(.manifest, "not in the store", from(nil)) }
        guard marker.origin == secret.valueFrom.digest else {
            return put(.manifest, "the manifest names another source", from("another source"))
        }
        if let rewrite = stored(secret.name)?.rewrite { return put(.manifest, rewrite, []) }
        switch planner.sources[secret.name] {
        case .differs?: put(.value, "its source has another value", [])
        case .unreadable(let why)?:
            plan.warnings.append("provider secret \(secret.name) is not compared: \(why)")
        case .same?, nil: return
        }
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
