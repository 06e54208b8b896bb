/// What LiteLLM and the secret store really hold: the planner's other input.
package struct ObservedState: Sendable {
    package var issuer: ObservedIssuer
    /// By workspace. A workspace that is missing here has no secrets.
    package var secrets: [WorkspaceID: [ObservedSecret]]
    /// Workspaces whose secrets could not be read, and why: nothing is planned for them.
    package var unreadable: [WorkspaceID: String]
    /// Live keys that no marker names and whose value the keyring derives, with the entry that does.
    package var derivable: [KeyHash: String]

    package init(
        issuer: ObservedIssuer, secrets: [WorkspaceID: [ObservedSecret]],
        unreadable: [WorkspaceID: String] = [:], derivable: [KeyHash: String] = [:]
    ) {
        self.issuer = issuer
        self.secrets = secrets
        self.unreadable = unreadable
        self.derivable = derivable
    }
}

/// A secret of a workspace: that it is there, and what its marker says.
package struct ObservedSecret: Hashable, Sendable {
    package let name: SecretName
    /// `nil`: none, not whole, or not fitting the value.
    package let marker: SecretMarker?

    package init(name: SecretName, marker: SecretMarker?) {
        self.name = name
        self.marker = marker
    }
}
