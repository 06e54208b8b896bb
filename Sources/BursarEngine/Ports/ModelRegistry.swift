package import BursarCore

/// Where models that workspaces bring along are registered. Retries as `Issuer` does; a write that
/// returns has been answered, not read back.
package protocol ModelRegistry: Sendable {
    /// Done also when the row is there with an equal mark.
    /// - Throws: `.conflict` where the id is taken by a row with another mark or none.
    func register(_ row: ModelRow) async throws(IssuerError)

    /// Writes what `row` has; parameters that it does not name stay.
    /// - Throws: `.missing` where there is no such row.
    func update(_ row: ModelRow) async throws(IssuerError)

    /// Done also when there is no such row.
    func removeModel(_ id: String) async throws(IssuerError)
}

/// A model as it is to be written.
package struct ModelRow: Sendable {
    package let model: BroughtModel
    /// By parameter; a row that is there keeps those that are not here.
    package let values: [String: SecretValue]
    package let mark: ModelMark

    package init(model: BroughtModel, values: [String: SecretValue], mark: ModelMark) {
        self.model = model
        self.values = values
        self.mark = mark
    }
}
