package import BursarCore

/// Lists everything an issuer holds, whoever made it; changes nothing.
package protocol Inventory: Sendable {
    func everything() async throws(IssuerError) -> FoundState
}
