/// What a plan rests on: the keys of a lineage and the secret's marker as they were observed. The
/// executor reads them again before anything is lost, and drops the workspace's plan when they moved.
package struct LineageSnapshot: Hashable, Sendable {
    package struct KeyState: Hashable, Sendable {
        package var retiredAt: Instant?
        package var blocked: Bool

        package init(retiredAt: Instant?, blocked: Bool) {
            self.retiredAt = retiredAt
            self.blocked = blocked
        }
    }

    package var keys: [KeyHash: KeyState]
    package var marker: SecretMarker?

    package init(_ lineage: Lineage, keys: [ObservedKey], secrets: [ObservedSecret]) {
        self.keys = [:]
        for key in keys where Self.belongs(key, lineage) {
            self.keys[key.hash] = KeyState(retiredAt: key.mark?.retiredAt, blocked: key.blocked)
        }
        marker = secrets.first { $0.name == lineage.secret }?.marker
    }

    private static func belongs(_ key: ObservedKey, _ lineage: Lineage) -> Bool {
        key.team == lineage.workspace.text
            && key.alias.flatMap(LineageAlias.init)?.lineage == lineage
    }

    package func contains(_ hash: KeyHash) -> Bool { keys[hash] != nil }
}
