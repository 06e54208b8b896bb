package import BursarCore
package import BursarEngine

/// Keys minted by a Control Plane; everything else of them, and the teams, is LiteLLM's.
///
/// The Control Plane draws the value and knows nothing of bursar's marks: the key is found by its hash
/// in LiteLLM, put into its team and stamped.
package struct GroundfloorIssuer: Issuer {
    private let liteLLM: any Issuer & KeyLookup
    private let controlPlane: ControlPlane

    package init(_ liteLLM: any Issuer & KeyLookup, _ controlPlane: ControlPlane) {
        self.liteLLM = liteLLM
        self.controlPlane = controlPlane
    }

    package func mint(_ mint: Mint) async throws(IssuerError) -> MintedKey {
        let workspace = mint.lineage.workspace
        let before = try await liteLLM.lineageKeys(of: workspace)
        let value = try await ask(mint, before)
        let hash = KeyHash(of: value)
        let after = try await liteLLM.lineageKeys(of: workspace)
        var found = after.first { $0.hash == hash }
        if found == nil { found = try await liteLLM.key(hash) }
        guard let key = found else {
            throw .missing(
                "LiteLLM does not have the key that the Control Plane minted: both must be about one"
                    + " proxy")
        }
        if before.contains(where: { $0.hash == hash && $0.isMarked(by: mint.mark.owner) }) {
            throw .conflict("the Control Plane gave the key again that there was, not a new one")
        }
        let now = controlPlane.time.now()
        let ours = before.filter { $0.isMarked(by: mint.mark.owner) && !$0.blocked }
        let ended = ours.filter { old in
            !after.contains { $0.hash == old.hash && $0.works(after: old, now) }
        }
        var mark = mint.mark
        mark.keyring = nil
        mark.controlPlane = .unknown
        // What becomes of others' keys, and of those that LiteLLM minted, tells nothing.
        if ours.contains(where: \.isOfControlPlane) {
            mark.controlPlane = ended.contains(where: \.isOfControlPlane) ? .ends : .keeps
        }
        do { try await stamp(key, mint, mark) } catch {
            // Such as one whose number another bursar's key has by now: nobody has its value, and without
            // a mark nobody would end it. What cannot be deleted now is ended by the next run.
            if !before.contains(where: { $0.hash == hash }) { try? await liteLLM.deleteKey(hash) }
            throw error
        }
        return MintedKey(value, ended: Set(ended.map(\.hash)))
    }

    /// An answer that is lost is asked for again under the same Idempotency-Key, unless a key turned up
    /// that does not say who asked for it: that may be ours, and a Control Plane that heeds no such key
    /// would mint another. The next run ends it.
    private func ask(
        _ mint: Mint, _ before: [ObservedKey]
    ) async throws(IssuerError) -> SecretValue {
        let workspace = mint.lineage.workspace
        let call = ControlPlaneAPI.mint(
            in: workspace, request: mint.request,
            // Whoever knows it gets the value, so it is drawn like one.
            idempotencyKey: SecretValue(KeyHash(of: KeyValues.random.draw()).hex))
        let known = Set(before.map(\.hash))
        let backoff = Backoff.standard
        var failed = 0
        while true {
            let failure: ControlPlaneError
            do throws(ControlPlaneError) {
                let answer = try await controlPlane.send(call) { !$0.mayHaveBeenDone }
                guard let text = answer["virtual_key"]?.string,
                    (1...512).contains(text.utf8.count),
                    text.utf8.allSatisfy({ (33...126).contains($0) })
                else { throw .malformed("\(call.name) has no `virtual_key`") }
                return SecretValue(text)
            } catch {
                failure = error
            }
            failed += 1
            guard failure.mayHaveBeenDone,
                let wait = backoff.wait(
                    afterFailed: failed, failure.disposition, random: controlPlane.time.random())
            else { throw .controlPlane(failure) }
            let now = try await liteLLM.lineageKeys(of: workspace)
            guard !now.contains(where: { $0.mark == nil && !known.contains($0.hash) }) else {
                throw .controlPlane(failure)
            }
            do { try await controlPlane.time.sleep(milliseconds: wait) } catch { throw .cancelled }
        }
    }

    /// LiteLLM judges a move by what the key holds before it, so it is narrowed while it still stands
    /// where it was; as bursar does with a key that it takes over.
    private func stamp(
        _ key: ObservedKey, _ mint: Mint, _ mark: KeyMark
    ) async throws(IssuerError) {
        let workspace = mint.lineage.workspace
        let moves = key.team != workspace.text
        var fields = limits(key, mint)
        if moves {
            guard let team = try await liteLLM.team(workspace) else {
                throw .missing("LiteLLM has no team \(workspace)")
            }
            // The word for the team's models would open everything to a key without a team.
            var models = mint.models
            if models == nil, case .only(let names) = team.models { models = names }
            guard let models else {
                throw .conflict("the team \(workspace) is open to every model: apply it first")
            }
            try await liteLLM.updateKey(
                key, [.models(models)] + fields + (key.user == nil ? [] : [.noUser]))
            fields = [.team(workspace)]
        } else if key.user != nil {
            fields.append(.noUser)
        }
        let models = mint.models.map { KeyModels.only($0) } ?? .team
        if moves || key.models != models { fields.append(.models(mint.models)) }
        if key.cap != nil { fields.append(.noCap) }
        if key.expires != nil { fields.append(.expiresIn(nil)) }
        if key.blocked { fields.append(.blocked(false)) }
        if key.routes != ObservedKey.modelRoutes { fields.append(.routes(ObservedKey.modelRoutes)) }
        fields += [.alias(mint.alias), .mark(mark), .spendLogs(mint.spendLogs)]
        try await liteLLM.updateKey(key, fields)
    }

    private func limits(_ key: ObservedKey, _ mint: Mint) -> [KeyField] {
        var fields: [KeyField] = []
        if key.requestsPerMinute != mint.requestsPerMinute {
            fields.append(.requestsPerMinute(mint.requestsPerMinute))
        }
        if key.tokensPerMinute != mint.tokensPerMinute {
            fields.append(.tokensPerMinute(mint.tokensPerMinute))
        }
        if key.parallelRequests != mint.parallelRequests {
            fields.append(.parallelRequests(mint.parallelRequests))
        }
        return fields
    }
}

// MARK: - What LiteLLM does

extension GroundfloorIssuer {
    package func observe(_ scope: ObservationScope) async throws(IssuerError) -> ObservedIssuer {
        try await liteLLM.observe(scope)
    }

    package func lineageKeys(
        of workspace: WorkspaceID
    ) async throws(IssuerError) -> [ObservedKey] {
        try await liteLLM.lineageKeys(of: workspace)
    }

    package func team(_ id: WorkspaceID) async throws(IssuerError) -> ObservedTeam? {
        try await liteLLM.team(id)
    }

    package func createTeam(_ team: TeamCreation) async throws(IssuerError) -> Instant? {
        try await liteLLM.createTeam(team)
    }

    package func updateTeam(_ id: WorkspaceID, _ fields: [TeamField]) async throws(IssuerError) {
        try await liteLLM.updateTeam(id, fields)
    }

    package func deleteTeam(_ id: WorkspaceID) async throws(IssuerError) {
        try await liteLLM.deleteTeam(id)
    }

    package func verify(_ value: SecretValue) async throws(IssuerError) -> Set<String> {
        try await liteLLM.verify(value)
    }

    package func updateKey(
        _ key: ObservedKey, _ fields: [KeyField]
    ) async throws(IssuerError) {
        try await liteLLM.updateKey(key, fields)
    }

    package func deleteKey(_ hash: KeyHash) async throws(IssuerError) {
        try await liteLLM.deleteKey(hash)
    }
}

extension ControlPlaneError {
    /// The key may be there although no answer says so.
    fileprivate var mayHaveBeenDone: Bool {
        switch self {
        case .unreachable(.timedOut, .controlPlane), .unreachable(.interrupted, .controlPlane),
            .overloaded(_, _, _, .controlPlane):
            true
        default: false
        }
    }
}

extension ObservedKey {
    fileprivate func isMarked(by owner: String) -> Bool {
        mark?.owner == owner && mark?.via == nil
    }

    fileprivate var isOfControlPlane: Bool { mark?.controlPlane != nil }

    /// A Control Plane may give it an end that bursar sets anew when it retires it, but not one that comes
    /// before bursar does.
    fileprivate func works(after old: ObservedKey, _ now: Instant) -> Bool {
        !blocked && team == old.team
            && (expires == old.expires || expires.map { $0 > now + Self.patience } ?? true)
    }

    private static let patience = Span(seconds: 3600)
}
