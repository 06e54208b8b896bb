import BursarCore
import BursarEngine
import Synchronization

/// What a run that skips the re-read believes: what it saw when it planned, and its own writes.
final class Belief: Sendable {
    private struct State {
        var keys: [KeyHash: ObservedKey] = [:]
        var teams: [WorkspaceID: ObservedTeam] = [:]
        var secrets: [WorkspaceID: [SecretName: StoredSecret]] = [:]
    }

    private let state = Mutex(State())

    func see(_ issued: ObservedIssuer) {
        state.withLock { state in
            state.keys = Dictionary(uniqueKeysWithValues: issued.keys.map { ($0.hash, $0) })
            state.teams = Dictionary(uniqueKeysWithValues: issued.teams.map { ($0.id, $0) })
            state.secrets = [:]
        }
    }

    func keys(of workspace: WorkspaceID) -> [ObservedKey] {
        state.withLock { $0.keys.values.filter { $0.team == workspace.text } }
            .sorted { $0.hash < $1.hash }
    }

    func team(_ id: WorkspaceID) -> ObservedTeam? { state.withLock { $0.teams[id] } }

    func add(_ key: ObservedKey) { state.withLock { $0.keys[key.hash] = key } }
    func remove(_ hash: KeyHash) { state.withLock { $0.keys[hash] = nil } }

    func write(_ hash: KeyHash, _ fields: [KeyField]) {
        state.withLock { state in
            for field in fields {
                switch field {
                case .alias(let alias): state.keys[hash]?.alias = alias
                case .team(let team): state.keys[hash]?.team = team.text
                case .blocked(let blocked): state.keys[hash]?.blocked = blocked
                case .mark(let mark): state.keys[hash]?.mark = mark
                default: continue
                }
            }
        }
    }

    /// What was believed before, or what there really is where nothing was.
    func secrets(of id: WorkspaceID, _ real: [StoredSecret]) -> [StoredSecret] {
        state.withLock { state in
            if state.secrets[id] == nil {
                state.secrets[id] = Dictionary(uniqueKeysWithValues: real.map { ($0.name, $0) })
            }
            return (state.secrets[id] ?? [:]).values.sorted { $0.name < $1.name }
        }
    }

    func put(_ secret: StoredSecret, _ id: WorkspaceID) {
        state.withLock { $0.secrets[id]?[secret.name] = secret }
    }

    func remove(_ name: SecretName, _ id: WorkspaceID) {
        state.withLock { $0.secrets[id]?[name] = nil }
    }
}

/// An issuer with the faults that are its own or the executor's.
struct MutatedIssuer: Issuer {
    let inner: any Issuer
    let mutation: Mutation
    let belief: Belief

    func observe(_ scope: ObservationScope) async throws(IssuerError) -> ObservedIssuer {
        let observed = try await inner.observe(scope)
        belief.see(observed)
        return observed
    }

    func lineageKeys(of workspace: WorkspaceID) async throws(IssuerError) -> [ObservedKey] {
        guard mutation != .skipTheReread else { return belief.keys(of: workspace) }
        return try await inner.lineageKeys(of: workspace)
    }

    func team(_ id: WorkspaceID) async throws(IssuerError) -> ObservedTeam? {
        if mutation == .skipTheTeam, let believed = belief.team(id) { return believed }
        return try await inner.team(id)
    }

    func deleteTeam(_ id: WorkspaceID) async throws(IssuerError) {
        try await inner.deleteTeam(id)
    }

    func createTeam(_ team: TeamCreation) async throws(IssuerError) -> Instant? {
        do { return try await inner.createTeam(team) } catch {
            guard mutation == .countARefusalAsSuccess, case .rejected = error else { throw error }
            return nil
        }
    }

    func updateTeam(_ id: WorkspaceID, _ fields: [TeamField]) async throws(IssuerError) {
        var fields = fields
        if mutation == .resendThePeriod { fields.append(.period(World.period)) }
        try await inner.updateTeam(id, fields)
    }

    func mint(_ mint: Mint) async throws(IssuerError) -> MintedKey {
        var mint = mint
        if mutation == .reuseAGeneration, let before = Generation(mint.generation.number - 1) {
            var mark = mint.mark
            mark.generation = before
            mint = Mint(
                value: mint.value, lineage: mint.lineage, generation: before,
                models: mint.models, mark: mark, spendLogs: mint.spendLogs)
        }
        var made = MintedKey(mint.value)
        do { made = try await inner.mint(mint) } catch {
            guard mutation == .countARefusalAsSuccess, case .rejected = error else { throw error }
        }
        belief.add(
            ObservedKey(
                hash: KeyHash(of: mint.value), alias: mint.lineage.alias(mint.generation),
                team: mint.lineage.workspace.text, mark: mint.mark, metadata: [:], models: .team,
                routes: [], spendLogs: mint.spendLogs))
        return made
    }

    func verify(_ value: SecretValue) async throws(IssuerError) -> Set<String> {
        do { return try await inner.verify(value) } catch {
            guard mutation == .countARefusalAsSuccess, case .refused = error else { throw error }
            return []
        }
    }

    func updateKey(_ key: ObservedKey, _ fields: [KeyField]) async throws(IssuerError) {
        try await inner.updateKey(key, fields)
        belief.write(key.hash, fields)
    }

    func deleteKey(_ hash: KeyHash) async throws(IssuerError) {
        try await inner.deleteKey(hash)
        belief.remove(hash)
    }
}

struct MutatedStore: SecretStore {
    let inner: any SecretStore
    let mutation: Mutation
    let belief: Belief

    func secrets(of workspace: WorkspaceID) async throws(SecretStoreError) -> [StoredSecret] {
        let real = try await inner.secrets(of: workspace)
        guard mutation == .skipTheReread else { return real }
        return belief.secrets(of: workspace, real)
    }

    func put(_ secret: SecretWrite) async throws(SecretStoreError) {
        try await inner.put(secret)
        belief.put(
            StoredSecret(name: secret.name, description: secret.description), secret.workspace)
    }

    func remove(_ name: SecretName, of workspace: WorkspaceID) async throws(SecretStoreError) {
        try await inner.remove(name, of: workspace)
        belief.remove(name, workspace)
    }
}
