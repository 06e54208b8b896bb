/// A row of the proxy's models that is a workspace's own, or may be: one with a mark, with the id of
/// its name, or with a name as such rows have it.
package struct ObservedModel: Hashable, Sendable {
    package let id: String
    package let name: String
    /// `nil`: none, or it was lost.
    package let mark: ModelMark?
    /// LiteLLM's `litellm_params` as far as it shows them: secrets are left out or masked.
    package let params: [String: JSONValue]

    package init(
        id: String, name: String, mark: ModelMark?, params: [String: JSONValue] = [:]
    ) {
        self.id = id
        self.name = name
        self.mark = mark
        self.params = params
    }

    /// Made by a bursar: for one workspace, whoever else may call every model by name.
    package var isBrought: Bool { mark != nil || id == BroughtModel.id(of: name) }
}

/// What bursar keeps on a workspace's own model, under `model_info.bursar`.
package struct ModelMark: Hashable, Sendable {
    package var owner: String
    package var workspace: String
    /// Of each value that the row holds, keyed by the salt in the secret's marker: equal to the
    /// marker's own as long as both are of one value.
    package var hmacs: [SecretName: String]
    /// See `TeamMark.applied`.
    package var applied: [String: String]

    package init(
        owner: String, workspace: String, hmacs: [SecretName: String], applied: [String: String]
    ) {
        self.owner = owner
        self.workspace = workspace
        self.hmacs = hmacs
        self.applied = applied
    }

    /// `nil` unless `json` is an object with owner and workspace.
    package init?(json: JSONValue?) {
        guard let owner = json?["owner"]?.string, let workspace = json?["workspace"]?.string else {
            return nil
        }
        var hmacs: [SecretName: String] = [:]
        for (name, value) in json?["hmac"]?.strings ?? [:] {
            if let name = SecretName(name) { hmacs[name] = value }
        }
        self.init(
            owner: owner, workspace: workspace, hmacs: hmacs,
            applied: Applied.read(json?["applied"]))
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "owner": .string(owner), "workspace": .string(workspace),
            "hmac": .object(
                Dictionary(uniqueKeysWithValues: hmacs.map { ($0.text, .string($1)) })),
        ]
        members["applied"] = Applied.write(applied)
        return .object(members)
    }
}
