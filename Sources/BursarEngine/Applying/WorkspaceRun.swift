internal import BursarCore

/// Executes the plan of one workspace, one operation after the other. Holds the values that were
/// minted in this run between mint and publish; they exist nowhere else.
struct WorkspaceRun {
    private struct Minted {
        let value: SecretValue
        let hash: KeyHash
        /// As read again before the publish.
        var observed: ObservedKey?
    }

    let executor: Executor
    let plan: WorkspacePlan
    private var basis: [SecretName: LineageSnapshot]
    private var minted: [Lineage: Minted] = [:]
    /// The values of provider secrets that were put in this run: a source may give another each time.
    var provided: [SecretName: SecretValue] = [:]
    /// What a mint of this run ended beside what was asked of it.
    private var ended: Set<KeyHash> = []
    private var salt: TeamSalt?
    private var result = WorkspaceResult()
    /// Of puts of provider secrets: what does not need them is done all the same.
    private var failures: [String] = []
    /// The provider secrets that were to be put in this run and were not.
    var unput: Set<SecretName> = []
    /// A model that needs one of them was left out, so the team must not lead to it yet.
    var leftOut = false

    init(_ executor: Executor, _ plan: WorkspacePlan) {
        self.executor = executor
        self.plan = plan
        basis = plan.basis
        salt = plan.salt
    }

    mutating func run() async -> WorkspaceResult {
        result.outcome = await outcome()
        return result
    }

    private mutating func outcome() async -> Outcome {
        if let reason = plan.paused { return .paused(reason) }
        for step in plan.steps where !waits(step) {
            for operation in step.operations {
                if executor.stop.isSet { return .interrupted }
                if let outcome = await end(at: operation) { return outcome }
            }
        }
        return failures.isEmpty ? .done : .failed(failures.joined(separator: "; "))
    }

    /// - Returns: how the run ended with it; `nil`: it goes on.
    private mutating func end(at operation: Operation) async -> Outcome? {
        do throws(OperationError) {
            try executor.record(operation, of: plan.id, .before, nil)
            try await perform(operation)
            try executor.record(operation, of: plan.id, .after, nil)
            result.operations += 1
            return nil
        } catch {
            failures.append("\(operation.name) of \(operation.subject): \(error)")
            // The run has failed already; an audit file that is full must not hide why.
            try? executor.record(operation, of: plan.id, .failed, "\(error)")
            switch (error, operation) {
            case (.moved, _): return .moved(failures.joined(separator: "; "))
            case (.source, .putSecret(let put)), (.store, .putSecret(let put)):
                unput.insert(put.name)
                return nil
            default: return .failed(failures.joined(separator: "; "))
            }
        }
    }

    private mutating func perform(_ operation: Operation) async throws(OperationError) {
        var fresh: [ObservedKey] = []
        if let since = plan.pruneSince, operation.ends { try await recheck(since) }
        if let lineage = operation.guarded { fresh = try await reread(lineage) }
        do throws(IssuerError) {
            if try await performAtIssuer(operation, fresh) { return }
        } catch {
            throw .issuer(error)
        }
        if operation.needsKeyring { throw .keyring }
        if case .deleteTeam = operation { throw .moved("it holds a key; plan again") }
        if try await performOnProviderSecret(operation) { return }
        if try await performOnModel(operation) { return }
        do throws(SecretStoreError) {
            if case .publish(let lineage, let generation) = operation {
                try await publish(lineage, generation)
            } else if case .removeSecret(let lineage) = operation {
                try await executor.store.remove(lineage.secret, of: lineage.workspace)
                basis[lineage.secret]?.marker = nil
            }
        } catch {
            throw .store(error)
        }
    }

    /// - Returns: `false`: it is the store's, or cannot be done.
    private mutating func performAtIssuer(
        _ operation: Operation, _ fresh: [ObservedKey]
    ) async throws(IssuerError) -> Bool {
        switch operation {
        case .createTeam(let team):
            let createdAt = try await executor.issuer.createTeam(team)
            salt = createdAt.map { TeamSalt(team.id, createdAt: $0) }
        case .updateTeam(let id, let fields): try await executor.issuer.updateTeam(id, fields)
        case .deleteTeam(let id):
            guard try await executor.issuer.lineageKeys(of: id).isEmpty else { return false }
            try await executor.issuer.deleteTeam(id)
        case .updateKey(let key, let lineage, let fields): try await update(key, lineage, fields)
        case .mint(let order):
            guard let value = value(for: order) else { return false }
            try await mint(order, value)
        case .derive(let key, let lineage, let generation, let entry):
            guard let value = derive(lineage, generation, entry), KeyHash(of: value) == key.hash
            else { return false }
            minted[lineage] = Minted(value: value, hash: key.hash, observed: key)
        case .verify(let lineage, let generation, let models):
            guard let minted = minted[lineage] else { preconditionMinted(lineage, generation) }
            let missing = models.subtracting(try await executor.issuer.verify(minted.value))
            if !missing.isEmpty { result.warnings.append(Self.uncovered(lineage, missing)) }
        case .claimAlias(let lineage, let generation):
            guard let key = minted[lineage]?.observed else {
                preconditionMinted(lineage, generation)
            }
            try await executor.issuer.updateKey(key, [.alias(lineage.plainAlias)])
        case .retire(let retirement): try await retire(retirement, fresh)
        case .block(let key, let lineage): try await block(key, lineage, fresh)
        case .delete(let key, let lineage):
            try await executor.issuer.deleteKey(key.hash)
            basis[lineage.secret]?.keys[key.hash] = nil
        case .publish, .removeSecret, .putSecret, .dropSecret, .registerModel, .updateModel,
            .replaceModel, .removeModel:
            return false
        }
        return true
    }

    private mutating func update(
        _ key: ObservedKey, _ lineage: Lineage, _ fields: [KeyField]
    ) async throws(IssuerError) {
        try await executor.issuer.updateKey(key, fields)
        for case .team in fields {
            basis[lineage.secret]?.keys[key.hash] = .init(
                retiredAt: key.mark?.retiredAt, blocked: key.blocked)
        }
        for case .mark(let mark) in fields {
            basis[lineage.secret]?.keys[key.hash] = .init(
                retiredAt: mark.retiredAt, blocked: key.blocked)
        }
        for case .blocked(let blocked) in fields {
            basis[lineage.secret]?.keys[key.hash]?.blocked = blocked
        }
    }

    /// The manifest may have come back since the plan was made.
    private func recheck(_ since: Instant) async throws(OperationError) {
        let team: ObservedTeam?
        do { team = try await executor.issuer.team(plan.id) } catch { throw .issuer(error) }
        guard let team, team.blocked, team.mark?.pruneSince == since,
            team.mark?.owner == executor.owner
        else { throw .moved("it is no longer as it was when it left the source; plan again") }
    }

    private static func uncovered(_ lineage: Lineage, _ models: Set<String>) -> String {
        "the new key of \(lineage.secret) does not reach \(models.sorted().joined(separator: ", ")): "
            + "look at the team's models on the proxy"
    }

    private func preconditionMinted(_ lineage: Lineage, _ generation: Generation) -> Never {
        preconditionFailure("\(lineage) generation \(generation) is used before it is minted")
    }

    /// - Returns: the team's keys as they are now.
    private mutating func reread(_ lineage: Lineage) async throws(OperationError) -> [ObservedKey] {
        let keys: [ObservedKey]
        do { keys = try await executor.issuer.lineageKeys(of: lineage.workspace) } catch {
            throw .issuer(error)
        }
        let secrets: [ObservedSecret]
        do {
            secrets = try await executor.store.secrets(of: lineage.workspace).map(
                ObservedSecret.init)
        } catch {
            throw .store(error)
        }
        let now = LineageSnapshot(lineage, keys: keys, secrets: secrets)
        if now != basis[lineage.secret] {
            throw .moved("its keys or its secret changed since the plan was made; plan again")
        }
        if let hash = minted[lineage]?.hash {
            minted[lineage]?.observed = keys.first { $0.hash == hash }
        }
        return keys
    }

    /// `nil` where the order names a keyring entry with which nothing can be derived.
    private func value(for order: MintOrder) -> SecretValue? {
        guard let entry = order.keyring else { return executor.values.draw() }
        return derive(order.lineage, order.generation, entry)
    }

    private func derive(
        _ lineage: Lineage, _ generation: Generation, _ entry: String
    ) -> SecretValue? {
        guard let salt else { return nil }
        return executor.values.keyring?.value(
            of: lineage, generation, entry: entry, salt: salt, owner: executor.owner)
    }

    private mutating func mint(
        _ order: MintOrder, _ value: SecretValue
    ) async throws(IssuerError) {
        let mark = KeyMark(
            owner: order.owner, secret: order.lineage.secret, generation: order.generation,
            mintedAt: executor.time.now(), keyring: order.keyring, adopted: false, retiredAt: nil,
            overlap: nil, overlapBy: nil, applied: order.applied)
        let made = try await executor.issuer.mint(
            Mint(
                value: value, lineage: order.lineage, generation: order.generation,
                models: order.models, requestsPerMinute: order.requestsPerMinute,
                tokensPerMinute: order.tokensPerMinute, parallelRequests: order.parallelRequests,
                mark: mark, spendLogs: order.spendLogs,
                request: MintRequest.id(
                    of: order.lineage, order.generation, owner: executor.owner, salt: salt)))
        let hash = KeyHash(of: made.value)
        minted[order.lineage] = Minted(value: made.value, hash: hash)
        basis[order.lineage.secret]?.keys[hash] = .init(retiredAt: nil, blocked: false)
        if !made.ended.isEmpty { try await accept(made.ended, order) }
    }

    /// Apps may have no key until the new one is published, so the run goes on.
    private mutating func accept(
        _ ended: Set<KeyHash>, _ order: MintOrder
    ) async throws(IssuerError) {
        self.ended.formUnion(ended)
        let live = basis.values.flatMap(\.keys).filter { $0.value.retiredAt == nil }
        if live.contains(where: { ended.contains($0.key) }) {
            result.warnings.append(
                "the Control Plane ended the key before it when it minted generation \(order.generation) "
                    + "of \(order.lineage.secret): apps fail until they read the new one")
        }
        let keys = try await executor.issuer.lineageKeys(of: order.lineage.workspace)
        for secret in basis.keys.sorted() {
            for hash in ended where basis[secret]?.contains(hash) == true {
                basis[secret]?.keys[hash] = keys.first { $0.hash == hash }.map {
                    .init(retiredAt: $0.mark?.retiredAt, blocked: $0.blocked)
                }
            }
        }
    }

    private mutating func publish(
        _ lineage: Lineage, _ generation: Generation
    ) async throws(SecretStoreError) {
        guard let minted = minted[lineage] else { preconditionMinted(lineage, generation) }
        let marker = SecretMarker(
            owner: executor.owner, generation: generation, fingerprint: minted.hash.fingerprint)
        try await executor.store.put(
            SecretWrite(
                workspace: lineage.workspace, name: lineage.secret, value: minted.value,
                description: "LiteLLM key of workspace \(plan.name) \(marker)"))
        basis[lineage.secret]?.marker = marker
    }

    /// Mark, expiry and alias in one call, so that no crash leaves one without the others.
    private mutating func retire(
        _ retirement: Retirement, _ fresh: [ObservedKey]
    ) async throws(IssuerError) {
        let isThere = fresh.contains { $0.hash == retirement.key.hash }
        guard isThere || !ended.contains(retirement.key.hash) else { return }
        let now = executor.time.now()
        let retiredAt = retirement.retiredAt ?? now
        var mark = retirement.mark
        mark.retiredAt = retiredAt
        mark.overlap = retirement.overlap
        mark.overlapBy = retirement.source
        let left = (retiredAt + retirement.overlap).seconds(since: now)
        var fields: [KeyField] = [
            .mark(mark), .expiresIn(Span(seconds: max(1, left))),
            .alias(
                retirement.lineage.oldAlias(
                    of: retirement.key, mark.generation, among: fresh + outside(fresh))),
        ]
        let ends = left <= 0
        if ends { fields.append(.blocked(true)) }
        let key = fresh.first { $0.hash == retirement.key.hash } ?? retirement.key
        try await executor.issuer.updateKey(key, fields)
        basis[retirement.lineage.secret]?.keys[key.hash] = .init(
            retiredAt: retiredAt, blocked: ends || key.blocked)
    }

    /// Whose aliases are taken, too. What came home in this run is among `fresh`, as it is now.
    private func outside(_ fresh: [ObservedKey]) -> [ObservedKey] {
        let seen = Set(fresh.map(\.hash))
        return plan.outside.filter { !seen.contains($0.hash) }
    }

    private mutating func block(
        _ key: ObservedKey, _ lineage: Lineage, _ fresh: [ObservedKey]
    ) async throws(IssuerError) {
        let current = fresh.first { $0.hash == key.hash } ?? key
        var fields: [KeyField] = [.blocked(true)]
        if let mark = current.mark {
            let alias = lineage.oldAlias(
                of: current, mark.generation, among: fresh + outside(fresh))
            if alias != current.alias { fields.append(.alias(alias)) }
        }
        try await executor.issuer.updateKey(current, fields)
        basis[lineage.secret]?.keys[key.hash]?.blocked = true
    }
}

extension Operation {
    /// Something of its workspace is gone after it.
    fileprivate var ends: Bool {
        switch self {
        case .retire, .block, .delete, .removeSecret, .dropSecret, .removeModel, .deleteTeam:
            true
        default: false
        }
    }
}

extension ObservedSecret {
    init(_ stored: StoredSecret) {
        self.init(
            name: stored.name, description: stored.description, rewrite: stored.rewrite)
    }
}
