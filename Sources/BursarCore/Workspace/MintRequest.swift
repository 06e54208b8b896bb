internal import Crypto

/// The name under which bursar asks a Control Plane for a key, and by which it knows the key again
/// where a run broke off before it came to stamp it. No secret: whoever names it so gets another key.
package enum MintRequest {
    /// - Parameter salt: of the team; `nil` where LiteLLM does not tell when it was made.
    package static func id(
        of lineage: Lineage, _ generation: Generation, owner: String, salt: TeamSalt?
    ) -> String {
        let bytes =
            Keyring.info(owner: owner, lineage, generation) + (salt?.bytes ?? [])
        return "bursar-" + Hex.string(SHA256.hash(data: bytes)).prefix(32)
    }
}
