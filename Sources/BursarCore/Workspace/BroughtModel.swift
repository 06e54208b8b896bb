internal import Crypto

/// A model that a workspace brings along with its provider's key, as LiteLLM is to hold it: one row
/// under a name of its own, so that no list but the workspace's opens it. The key stands in the row
/// itself: beside a credential object that is gone LiteLLM would use the operator's key.
package struct BroughtModel: Hashable, Sendable {
    package let workspace: WorkspaceID
    /// What apps call; the team's alias leads from it to `name`.
    package let publicName: String
    /// LiteLLM's `litellm_params.model`.
    package let upstream: String
    package let apiBase: String?
    package let apiVersion: String?
    /// Further `litellm_params`; none is a secret.
    package let params: [String: JSONValue]
    /// The `litellm_params` that are secrets, each with the provider secret it is the value of.
    package let credentials: [String: SecretName]

    /// - Parameter secret: its value is `api_key`, unless `credentials` has another place for it.
    package init(_ model: DesiredModel, of secret: SecretName, in workspace: WorkspaceID) {
        self.workspace = workspace
        publicName = model.name
        upstream = model.upstream
        apiBase = model.apiBase
        apiVersion = model.apiVersion
        params = model.params
        credentials = Self.credentials(of: model, in: secret)
    }

    /// With the one that is not written out.
    package static func credentials(
        of model: DesiredModel, in secret: SecretName
    ) -> [String: SecretName] {
        var credentials = model.credentials
        if !credentials.values.contains(secret), credentials[key] == nil {
            credentials[key] = secret
        }
        return credentials
    }

    private static let key = "api_key"

    /// `<workspace>--<public name>`: no workspace id has `--`.
    package var name: String { Self.prefix(workspace) + publicName }

    /// LiteLLM's `model_info.id`.
    package var id: String { Self.id(of: name) }

    package static func prefix(_ workspace: WorkspaceID) -> String { "\(workspace)--" }

    /// Whose model bears that name; `nil` where none can.
    package static func workspace(of name: String) -> WorkspaceID? {
        name.firstRange(of: "--").flatMap { WorkspaceID(String(name[..<$0.lowerBound])) }
    }

    /// A UUIDv5 of the name: a register that is repeated makes no second row, and a row is known by it
    /// whatever became of its mark.
    package static func id(of name: String) -> String {
        var bytes = Array(Insecure.SHA1.hash(data: namespace + Array(name.utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x50
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = Array(Hex.string(bytes))
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return parts.map { String(hex[$0]) }.joined(separator: "-")
    }

    /// Drawn once; another one would make every row a stranger's.
    private static let namespace: [UInt8] = [
        0x6F, 0x1D, 0x3A, 0x52, 0x0B, 0x94, 0x4E, 0x7C, 0xA8, 0x21, 0x5D, 0xC6, 0x73, 0x90, 0x1E,
        0xB4,
    ]

    /// What a plan shows of it, by path; the values of credentials are names of provider secrets.
    var fields: [(path: String, text: String)] {
        var fields = [(path: "upstream", text: upstream)]
        if let apiBase { fields.append(("apiBase", apiBase)) }
        if let apiVersion { fields.append(("apiVersion", apiVersion)) }
        fields += params.map { ("params.\($0.key)", $0.value.plain) }
            .sorted { $0.0 < $1.0 }
        fields += credentials.map { ("credentials.\($0.key)", $0.value.text) }
            .sorted { $0.0 < $1.0 }
        return fields
    }
}

extension DesiredWorkspace {
    /// By ascending public name.
    package var broughtModels: [BroughtModel] {
        providerSecrets.flatMap { secret in
            secret.models.map { BroughtModel($0, of: secret.name, in: id) }
        }.sorted { $0.publicName < $1.publicName }
    }
}
