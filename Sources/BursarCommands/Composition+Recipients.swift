internal import BursarCore
internal import BursarEngine
internal import BursarStores

extension Composition {
    /// `nil`: values are not encrypted.
    static func recipients(of configuration: Configuration) -> AgeRecipients? {
        guard case .directory(_, let recipients, _, _) = configuration.secrets, !recipients.isEmpty
        else { return nil }
        return AgeRecipients(recipients, time: SystemTimekeeper())
    }

    /// - Throws: why nothing can be encrypted to them.
    static func checkRecipients(of configuration: Configuration) throws(SetupProblem) {
        guard let problem = recipients(of: configuration)?.problem() else { return }
        throw SetupProblem("spec.secrets.directory.recipients: \(problem)")
    }

    /// - Throws: why nothing can be published there, of which a key would be minted first.
    static func checkDirectory(_ store: any SecretStore) throws(SetupProblem) {
        guard let problem = (store as? DirectorySecretStore)?.problem() else { return }
        throw SetupProblem("spec.secrets.directory: \(problem)")
    }
}
