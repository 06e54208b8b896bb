package import BursarCore
package import BursarEngine

/// The admin API of a LiteLLM proxy. A workspace is a team.
package struct LiteLLMIssuer: Issuer {
    let client: LiteLLMClient
    fileprivate let observation: Observation

    /// - Parameter url: of the proxy, with or without a path and a slash at its end.
    package init(
        transport: any Transport, url: String, masterKey: SecretValue, time: any Timekeeper
    ) {
        var base = url[...]
        while base.hasSuffix("/") { base = base.dropLast() }
        client = LiteLLMClient(
            transport: transport, url: String(base), masterKey: masterKey, time: time)
        observation = Observation(client: client)
    }

    package func observe(_ scope: ObservationScope) async throws(IssuerError) -> ObservedIssuer {
        try await observation.read(scope)
    }

    package func lineageKeys(
        of workspace: WorkspaceID
    ) async throws(IssuerError) -> [ObservedKey] {
        try await observation.keys(of: workspace)
    }

    package func team(_ id: WorkspaceID) async throws(IssuerError) -> ObservedTeam? {
        try await observation.team(id)?.observed
    }

    package func createTeam(_ team: TeamCreation) async throws(IssuerError) -> Instant? {
        let failure: IssuerError
        do {
            let echo = try await write(
                LiteLLMAPI.newTeam(OperationRequests.create(team)), about: team.id.text)
            return echo.created_at
        } catch {
            // A taken id is 400, or 500 "Unique constraint" when two asked at once.
            guard Self.mayHaveWorked(error) else { throw error }
            failure = error
        }
        guard let found = try? await observation.team(team.id) else { throw failure }
        guard found.observed?.mark == team.mark else {
            throw .conflict(
                "LiteLLM has a team \(team.id) already, which is not what was to be created."
                    + " Take it over with `adopt: {team: true}`, or choose another id")
        }
        return found.created_at
    }

    package func updateTeam(_ id: WorkspaceID, _ fields: [TeamField]) async throws(IssuerError) {
        guard !fields.isEmpty else { return }
        try await write(
            LiteLLMAPI.patchTeam(id, OperationRequests.update(fields)), about: id.text)
    }

    package func deleteTeam(_ id: WorkspaceID) async throws(IssuerError) {
        do {
            try await write(LiteLLMAPI.deleteTeam(id), about: id.text)
        } catch {
            if case .missing = error { return }
            throw error
        }
    }

    package func mint(_ mint: Mint) async throws(IssuerError) -> MintedKey {
        let call = LiteLLMAPI.generateKey(OperationRequests.mint(mint), value: mint.value)
        let failure: IssuerError
        do {
            try await write(call, about: KeyHash(of: mint.value).hex)
            return MintedKey(mint.value)
        } catch {
            if Self.forbidsBroughtKeys(error) { return MintedKey(try await mintDrawn(mint)) }
            // The second try of a mint that had worked is 400 for its own alias.
            guard Self.mayHaveWorked(error) else { throw error }
            failure = error
        }
        let found = try? await observation.key(KeyHash(of: mint.value))
        guard let key = found, key.team == mint.lineage.workspace.text else { throw failure }
        return MintedKey(mint.value)
    }

    /// Where `general_settings.disable_custom_api_keys` is on (403, 1.106.2). An answer that is lost
    /// leaves a key that nobody knows the value of: the next run retires it.
    private func mintDrawn(_ mint: Mint) async throws(IssuerError) -> SecretValue {
        var mark = mint.mark
        mark.keyring = nil
        let call = LiteLLMAPI.generateKey(OperationRequests.mint(mint, mark: mark), value: nil)
        let drawn = try await client.send(call, WireDrawnKey.self)
        guard drawn.token == KeyHash(of: drawn.key).hex else {
            throw .malformed("\(call.name): the answer is not about what was written")
        }
        return drawn.key
    }

    private static func forbidsBroughtKeys(_ error: IssuerError) -> Bool {
        switch error {
        case .rejected(403, let text), .unauthorized(let text):
            text.lowercased().contains("custom api key")
        default: false
        }
    }

    package func verify(_ value: SecretValue) async throws(IssuerError) -> Set<String> {
        do {
            let models = try await client.send(
                LiteLLMAPI.modelInfo(as: value), WireModelInfo.self)
            // Lists the team's names as written, existing or not: only its refusal says something.
            _ = try await client.send(LiteLLMAPI.models(as: value), WireModels.self)
            return models.all
        } catch {
            if case .unauthorized(let text) = error { throw .refused(text) }
            if case .rejected(403, let text) = error { throw .refused(text) }
            throw error
        }
    }

    package func updateKey(
        _ key: ObservedKey, _ fields: [KeyField]
    ) async throws(IssuerError) {
        guard !fields.isEmpty else { return }
        try await write(
            LiteLLMAPI.updateKey(OperationRequests.update(key, fields)), about: key.hash.hex)
    }

    package func deleteKey(_ hash: KeyHash) async throws(IssuerError) {
        do {
            try await write(LiteLLMAPI.deleteKey(hash), about: hash.hex)
        } catch {
            if case .missing = error { return }
            throw error
        }
    }

    /// - Throws: also where the answer is not about `id`: a page of something in between is a 200 too,
    ///   and a key minted into a team that was never made could call every model.
    @discardableResult
    func write(
        _ call: LiteLLMCall, about id: String
    ) async throws(IssuerError) -> WireEcho {
        let echo = try await client.send(call, WireEcho.self)
        guard echo.names(id) else {
            throw .malformed("\(call.name): the answer is not about what was written")
        }
        return echo
    }

    /// Whether a look at what is there may show that the write was done after all.
    static func mayHaveWorked(_ error: IssuerError) -> Bool {
        switch error {
        case .rejected(let status, _): status == 400 || status == 500
        case .unreachable, .overloaded, .malformed, .conflict, .noDatabase, .notLiteLLM: true
        case .unauthorized, .tooOld, .licence, .rateLimited, .missing, .refused, .controlPlane,
            .cancelled:
            false
        }
    }
}

extension LiteLLMIssuer: KeyLookup {
    package func key(_ hash: KeyHash) async throws(IssuerError) -> ObservedKey? {
        try await observation.key(hash)
    }
}
