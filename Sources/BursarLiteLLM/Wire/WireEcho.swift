internal import BursarCore

/// What the answer to a write says it was about. A 200 without it is not LiteLLM's: a login page
/// or a gateway's own JSON, and nothing was written.
struct WireEcho: WireDecodable {
    /// Of `/team/new` and `PATCH /team/{id}`.
    private(set) var team_id: String?
    /// Of `/key/generate` and `/key/update`: the hash.
    private(set) var token: String?
    /// Of `/key/update`: what the request named.
    private(set) var key: String?
    /// Of `/key/delete`.
    private(set) var deleted_keys: [String]?
    /// Of `/team/delete`.
    private(set) var deleted_teams: [String]?
    /// Of `/model/new` and `PATCH /model/{id}/update`. A team's is a number, and something else.
    private(set) var model_id: String?
    /// Of `/model/delete`: a sentence that names the id.
    private(set) var message: String?
    /// Of `/team/new`.
    private(set) var created_at: Instant?

    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        try json.members { (name, json) throws(JSONReader.Fault) in
            switch name {
            case "team_id": team_id = try json.string()
            case "token": token = try json.string()
            case "key": key = try json.string()
            case "deleted_keys": deleted_keys = try json.strings()
            case "deleted_teams": deleted_teams = try json.strings()
            case "model_id": model_id = try json.value().string
            case "message": message = try json.string()
            case "created_at": created_at = try json.instant()
            default: break
            }
        }
    }

    func names(_ id: String) -> Bool {
        team_id == id || token == id || key == id || deleted_keys?.contains(id) == true
            || deleted_teams?.contains(id) == true || model_id == id
            || message == "Model: \(id) deleted successfully"
    }
}

/// The answer of `/key/generate` where LiteLLM draws the value: the one answer that holds a secret,
/// so it is made a `SecretValue` at once.
struct WireDrawnKey: WireDecodable {
    let key: SecretValue
    /// Its hash.
    let token: String

    init(_ json: inout JSONReader) throws(JSONReader.Fault) {
        var key: SecretValue?
        var token: String?
        try json.members { (name, json) throws(JSONReader.Fault) in
            switch name {
            case "key": key = try json.string().map(SecretValue.init)
            case "token": token = try json.string()
            default: break
            }
        }
        self.key = try JSONReader.required(key, "key")
        self.token = try JSONReader.required(token, "token")
    }
}
