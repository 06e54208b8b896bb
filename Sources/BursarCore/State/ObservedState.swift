/// What LiteLLM and the secret store really hold: the planner's other input.
package struct ObservedState: Sendable {
    package var issuer: ObservedIssuer
    /// By workspace. A workspace that is missing here has no secrets.
    package var secrets: [WorkspaceID: [ObservedSecret]]
    /// Workspaces whose secrets could not be read, and why: nothing is planned for them.
    package var unreadable: [WorkspaceID: String]
    /// Live keys whose value is not in the store as it should be, since no marker names them or the store
    /// wants it once more, and whose value the keyring derives; with the entry that does.
    package var derivable: [KeyHash: String]
    /// What comparing the sources of provider secrets with the store found; one that is missing here
    /// was not compared.
    package var sources: [WorkspaceID: [SecretName: SourceReading]] = [:]

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
    /// `nil`: it is no provider secret of a bursar's.
    package let provider: ProviderMarker?
    /// See `StoredSecret`.
    package let rewrite: String?

    package init(
        name: SecretName, marker: SecretMarker?, provider: ProviderMarker? = nil,
        rewrite: String? = nil
    ) {
        self.name = name
        self.marker = marker
        self.provider = provider
        self.rewrite = rewrite
    }

    /// - Parameters:
    ///   - description: see `StoredSecret`.
    ///   - rewrite: see `StoredSecret`.
    package init(name: SecretName, description: String?, rewrite: String? = nil) {
        let marker = description.flatMap(SecretMarker.init(in:))
        self.init(
            name: name, marker: marker,
            provider: marker == nil ? description.flatMap(ProviderMarker.init(in:)) : nil,
            rewrite: rewrite)
    }
}

/// Whether the source of a provider secret has the value that the store has.
package enum SourceReading: Hashable, Sendable {
    case same
    case differs
    /// Why; it holds no value.
    case unreadable(String)
}
