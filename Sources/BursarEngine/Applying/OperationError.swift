internal import BursarCore

/// Why an operation did not happen, or may not have.
enum OperationError: Error, Sendable, CustomStringConvertible {
    case issuer(IssuerError)
    case store(SecretStoreError)
    case source(ValueSourceError)
    /// The lineage is not as it was planned.
    case moved(String)
    /// A value that LiteLLM would take the proxy's own for.
    case unfit(String)
    case audit(String)
    /// The plan names a keyring entry, and no value can be derived with it.
    case keyring

    var description: String {
        switch self {
        case .issuer(let error): "\(error)"
        case .store(let error): "secret store: \(error)"
        case .source(let error): "its source: \(error)"
        case .moved(let what), .unfit(let what): what
        case .audit(let what): "audit file: \(what)"
        case .keyring:
            "its value cannot be derived: the keyring changed since the plan was made, or LiteLLM "
                + "does not tell when the team was made. Plan again, or run without a keyring"
        }
    }
}
