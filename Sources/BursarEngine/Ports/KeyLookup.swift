package import BursarCore

/// Finds a key whichever team it stands in.
package protocol KeyLookup: Sendable {
    /// Read afresh; `nil` where there is none.
    func key(_ hash: KeyHash) async throws(IssuerError) -> ObservedKey?
}
