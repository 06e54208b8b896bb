internal import BursarCore
package import BursarEngine

extension LiteLLMIssuer: ModelRegistry {
    package func register(_ row: ModelRow) async throws(IssuerError) {
        let failure: IssuerError
        do {
            try await write(LiteLLMAPI.newModel(row), about: row.model.id)
            return
        } catch {
            // A taken id is 500 "Failed to add model to db": also that of a try before this one.
            guard Self.mayHaveWorked(error) else { throw error }
            failure = error
        }
        guard let rows = try? await client.send(LiteLLMAPI.modelInfo, WireModelInfo.self).brought,
            let found = rows.first(where: { $0.id == row.model.id })
        else { throw failure }
        guard found.mark == row.mark else {
            throw .conflict(
                "LiteLLM has a model \(row.model.name) already, which is not what was to be"
                    + " registered; plan again")
        }
    }

    package func update(_ row: ModelRow) async throws(IssuerError) {
        try await write(LiteLLMAPI.patchModel(row), about: row.model.id)
    }

    package func removeModel(_ id: String) async throws(IssuerError) {
        do {
            try await write(LiteLLMAPI.deleteModel(id), about: id)
        } catch {
            // Not found is 400 here (`a model that is not there is 400`).
            if case .rejected(400, let text) = error, text.contains("not found") { return }
            if case .missing = error { return }
            throw error
        }
    }
}
