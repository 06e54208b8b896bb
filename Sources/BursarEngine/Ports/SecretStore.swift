package import BursarCore

/// Where the published keys of workspaces are kept.
///
/// A store holds one value and one description for each name. A value is written, never read back
/// through this port: the marker at the end of the description says which key it is.
package protocol SecretStore: Sendable {
    /// The secrets of one workspace, sorted by name: what stands beside the values, never a value.
    /// A workspace of which the store knows nothing has none.
    func secrets(of workspace: WorkspaceID) async throws(SecretStoreError) -> [StoredSecret]

    /// Value, then marker; when it returns both are durable. An old value is replaced.
    func put(_ secret: SecretWrite) async throws(SecretStoreError)

    /// Removing what is not there is done, not failed.
    func remove(_ name: SecretName, of workspace: WorkspaceID) async throws(SecretStoreError)
}

/// What a store shows of a secret.
package struct StoredSecret: Hashable, Sendable {
    package let name: SecretName
    /// Human text and marker. `nil` where there is none, or where the value is not the one it was
    /// written for: both count as a missing marker.
    package let description: String?
    /// Why the store wants the value once more, though it is the one that the description names: it
    /// is kept in a way that is configured no more. `nil`: it does not.
    package let rewrite: String?

    package init(name: SecretName, description: String?, rewrite: String? = nil) {
        self.name = name
        self.description = description
        self.rewrite = rewrite
    }
}

/// A secret on its way into a store.
package struct SecretWrite: Sendable {
    package let workspace: WorkspaceID
    package let name: SecretName
    package let value: SecretValue
    /// Human text, then the marker.
    package let description: String

    package init(
        workspace: WorkspaceID, name: SecretName, value: SecretValue, description: String
    ) {
        self.workspace = workspace
        self.name = name
        self.value = value
        self.description = description
    }
}

/// The store did not do it. The texts are for people and hold no value.
package enum SecretStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No answer, or a passing fault. A write may or may not have happened.
    case unreachable(String)
    /// The store, or the file system, refuses bursar itself.
    case unauthorized(String)
    /// The store refuses this secret: its name, its size, a symbolic link in its place.
    case refused(String)
    /// What the store answered or holds is not what a store of this kind can hold.
    case malformed(String)
    /// No room. What was there before is whole.
    case noSpace(String)
    case cancelled

    package var description: String {
        switch self {
        case .unreachable(let text), .unauthorized(let text), .refused(let text),
            .malformed(let text), .noSpace(let text):
            text
        case .cancelled: "cancelled"
        }
    }

    package var disposition: Disposition {
        switch self {
        case .unreachable, .noSpace: .retry(after: nil)
        case .unauthorized, .refused, .malformed, .cancelled: .stall
        }
    }

    /// For metrics: one of six words.
    package var label: String {
        switch self {
        case .unreachable: "unreachable"
        case .unauthorized: "unauthorized"
        case .refused: "refused"
        case .malformed: "malformed"
        case .noSpace: "no-space"
        case .cancelled: "cancelled"
        }
    }
}
