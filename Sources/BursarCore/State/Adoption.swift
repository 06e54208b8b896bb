/// What a workspace takes over that exists already; without effect once bursar's mark stands on it.
package struct Adoption: Hashable, Sendable {
    /// The team of the workspace's id.
    package var team: Bool
    /// By the secret that each is to be the key of.
    package var keys: [SecretName: KeyReference]
    /// The owner whose marks may stand on them; `nil`: what bears a mark is left alone.
    package var from: String?

    package init(team: Bool, keys: [SecretName: KeyReference] = [:], from: String? = nil) {
        self.team = team
        self.keys = keys
        self.from = from
    }
}

/// A key by a name that a person knows: LiteLLM shows both.
package enum KeyReference: Hashable, Sendable, CustomStringConvertible {
    case alias(String)
    case hash(KeyHash)

    /// 64 hexadecimal digits are a hash.
    package init(_ text: String) {
        self = KeyHash(hex: text).map(KeyReference.hash) ?? .alias(text)
    }

    package var description: String {
        switch self {
        case .alias(let alias): alias
        case .hash(let hash): hash.hex
        }
    }

    func names(_ key: ObservedKey) -> Bool {
        switch self {
        case .alias(let alias): key.alias == alias
        case .hash(let hash): key.hash == hash
        }
    }
}
