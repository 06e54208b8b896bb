/// What the answer to a write says it was about. A 200 without it is not LiteLLM's: a login page
/// or a gateway's own JSON, and nothing was written.
struct WireEcho: Decodable {
    /// Of `/team/new` and `PATCH /team/{id}`.
    let team_id: String?
    /// Of `/key/generate` and `/key/update`: the hash.
    let token: String?
    /// Of `/key/update`: what the request named.
    let key: String?
    /// Of `/key/delete`.
    let deleted_keys: [String]?
    /// Of `/team/new`.
    let created_at: WireInstant?

    func names(_ id: String) -> Bool {
        team_id == id || token == id || key == id || deleted_keys?.contains(id) == true
    }
}

/// The answer of `/key/generate` where LiteLLM draws the value: the one answer that holds a secret,
/// so it is made a `SecretValue` at once.
struct WireDrawnKey: Decodable {
    let key: String
    /// Its hash.
    let token: String
}
