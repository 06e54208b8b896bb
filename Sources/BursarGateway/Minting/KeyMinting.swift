internal import BursarCore
internal import BursarEngine

/// Mints a workspace's key, or the one that takes the place of the last.
struct KeyMinting: Sendable {
    /// For which a replaced key works on.
    static let overlap = Span.hours(24)
    /// For which a repeated request gets the same key.
    static let memory = Span.hours(24)
    /// After which what was never answered counts as given up.
    static let patience = Span(seconds: 600)
    private static let secret = "LITELLM_API_KEY"

    let issuer: any Issuer
    let database: GatewayDatabase
    let sealing: SealingKey
    let time: any Timekeeper
    /// The gateway's name.
    let owner: String
    private let turns = Turns()

    init(
        issuer: any Issuer, database: GatewayDatabase, sealing: SealingKey,
        time: any Timekeeper, owner: String
    ) {
        self.issuer = issuer
        self.database = database
        self.sealing = sealing
        self.time = time
        self.owner = owner
    }

    struct Minted: Sendable {
        let value: SecretValue
        /// Older keys that could not be given an end now; the next mint tries again.
        var unretired = 0
    }

    /// - Parameters:
    ///   - request: the Idempotency-Key, if any.
    ///   - name: what who asks calls the request; it is written on the key.
    func mint(
        in workspace: WorkspaceID, request: String?, named name: String? = nil
    ) async throws(Problem) -> Minted {
        await turns.begin(workspace)
        let result: Result<Minted, Problem>
        do throws(Problem) {
            result = .success(try await mintInTurn(workspace, request.map { Hex.sha256($0) }, name))
        } catch {
            result = .failure(error)
        }
        await turns.end(workspace)
        return try result.get()
    }

    private func mintInTurn(
        _ workspace: WorkspaceID, _ request: String?, _ name: String?
    ) async throws(Problem) -> Minted {
        let keys = try await look(at: workspace)
        await tidy(workspace)
        var record = try await stored { () async throws(StoreFault) -> MintRecord? in
            guard let request else { return nil }
            return try await database.mint(of: workspace, request: request)
        }
        var value = try record.map { (record) throws(Problem) in try again(record, keys) }
        if record == nil {
            let drawn = KeyValues.random.draw()
            let known = try await stored { () throws(StoreFault) in
                try await database.highestGeneration(of: workspace)
            }
            let begun = MintRecord(
                workspace: workspace, hash: KeyHash(of: drawn), request: request,
                generation: keys.next(after: known),
                sealed: request.map { sealing.seal(drawn, of: Self.place(workspace, $0)) },
                begunAt: time.now(), isAnswered: false)
            try await stored { () throws(StoreFault) in try await database.begin(begun) }
            (record, value) = (begun, drawn)
        }
        guard let record, let value else { preconditionFailure("it was found or made") }
        let made = record.isAnswered ? value : try await make(record, value, keys, name)
        return Minted(
            value: made, unretired: await retire(keys.replaced(by: record.generation)))
    }

    private static func place(_ workspace: WorkspaceID, _ request: String) -> [String] {
        ["virtual-key", workspace.text, request]
    }

    private func look(at workspace: WorkspaceID) async throws(Problem) -> GatewayKeys {
        let team = try await asked { () throws(IssuerError) in try await issuer.team(workspace) }
        guard let team else { throw .notFound("LiteLLM has no team \(workspace)") }
        guard !team.blocked else {
            throw .conflict("the workspace \(workspace) is suspended: LiteLLM refuses its keys")
        }
        let keys = try await asked { () throws(IssuerError) in
            try await issuer.lineageKeys(of: workspace)
        }
        return GatewayKeys(owner: owner, workspace: workspace, team: team, keys: keys)
    }

    /// The value of a request that was begun before.
    private func again(
        _ record: MintRecord, _ keys: GatewayKeys
    ) throws(Problem) -> SecretValue {
        let isLate = time.now() >= record.begunAt + Self.memory
        guard !isLate, let sealed = record.sealed, let request = record.request,
            let value = sealing.open(sealed, of: Self.place(record.workspace, request))
        else {
            throw .conflict("this Idempotency-Key was used more than a day ago: send another one")
        }
        guard !record.isAnswered || keys.isAlive(record.hash) else {
            throw .conflict(
                "the key that this Idempotency-Key got was replaced or removed since: send another one"
            )
        }
        return value
    }

    /// Minted, seen to work, and written down as answered, or as if it had not been asked for.
    private func make(
        _ record: MintRecord, _ value: SecretValue, _ keys: GatewayKeys, _ name: String?
    ) async throws(Problem) -> SecretValue {
        var hash = record.hash
        do throws(Problem) {
            var made = value
            if !keys.holds(hash) {
                let order = order(record, value, keys, name)
                made = try await asked { () throws(IssuerError) in
                    try await issuer.mint(order).value
                }
            }
            let drawn = KeyHash(of: made)
            if drawn != hash {
                try await replace(record, made)
                hash = drawn
            }
            let value = made
            _ = try await asked { () throws(IssuerError) in try await issuer.verify(value) }
            try await stored { () throws(StoreFault) in try await database.markAnswered(drawn) }
            return made
        } catch {
            await withdraw(hash, keepsRecord: record.request != nil)
            throw error
        }
    }

    /// LiteLLM takes no values from outside and drew one.
    private func replace(_ record: MintRecord, _ made: SecretValue) async throws(Problem) {
        let sealed = record.request.map { request in
            sealing.seal(made, of: Self.place(record.workspace, request))
        }
        try await stored { () throws(StoreFault) in
            try await database.replace(record.hash, with: KeyHash(of: made), sealed)
        }
    }

    private func order(
        _ record: MintRecord, _ value: SecretValue, _ keys: GatewayKeys, _ name: String?
    ) -> Mint {
        guard let secret = SecretName(Self.secret) else {
            preconditionFailure("\(Self.secret) is the name of a secret")
        }
        return Mint(
            value: value, lineage: Lineage(workspace: record.workspace, secret: secret),
            generation: record.generation, alias: keys.alias(record.generation),
            mark: KeyMark(
                owner: owner, secret: secret, generation: record.generation,
                mintedAt: record.begunAt, via: KeyMark.gateway, request: name, applied: [:]),
            spendLogs: [
                "workspace": record.workspace.text, "generation": "\(record.generation)",
            ])
    }

    /// As far as it can be: what is left is removed by a later mint.
    private func withdraw(_ hash: KeyHash, keepsRecord: Bool) async {
        guard (try? await issuer.deleteKey(hash)) != nil, !keepsRecord else { return }
        try? await database.forget(hash)
    }

    /// Removes what earlier mints left that nobody was answered.
    private func tidy(_ workspace: WorkspaceID) async {
        let now = time.now()
        try? await database.wipeMintedValues(before: now - Self.memory)
        let abandoned = try? await database.abandonedMints(
            of: workspace, single: now - Self.patience, repeatable: now - Self.memory)
        for record in abandoned ?? [] { await withdraw(record.hash, keepsRecord: false) }
    }

    /// - Returns: how many could not be given an end.
    private func retire(_ keys: [ObservedKey]) async -> Int {
        var failed = 0
        for key in keys {
            guard var mark = key.mark else { continue }
            mark.retiredAt = time.now()
            mark.overlap = Self.overlap
            mark.overlapBy = .rule
            do throws(IssuerError) {
                try await issuer.updateKey(key, [.mark(mark), .expiresIn(Self.overlap)])
            } catch { failed += 1 }
        }
        return failed
    }

    private func stored<Value>(
        _ body: () async throws(StoreFault) -> Value
    ) async throws(Problem) -> Value {
        do throws(StoreFault) { return try await body() } catch { throw .unavailable(error) }
    }

    private func asked<Value>(
        _ body: () async throws(IssuerError) -> Value
    ) async throws(Problem) -> Value {
        do throws(IssuerError) { return try await body() } catch { throw .upstream(error) }
    }
}
