package import BursarCore

/// Reads what the sources of provider secrets hold.
package protocol ValueReader: Sendable {
    func value(
        of source: ValueSource, for workspace: WorkspaceID
    ) async throws(ValueSourceError) -> SecretValue
}

/// A source gave no value. The texts are for people and hold none of it.
package enum ValueSourceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `spec.providerSecrets.allow` does not name it.
    case notAllowed(String)
    /// It is not there, or says no.
    case unreadable(String)
    /// What it gave can be no secret: empty, too large, no text.
    case malformed(String)
    case timedOut(String)
    case cancelled

    package var description: String {
        switch self {
        case .notAllowed(let text), .unreadable(let text), .malformed(let text),
            .timedOut(let text):
            text
        case .cancelled: "cancelled"
        }
    }
}
