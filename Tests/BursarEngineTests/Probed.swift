import BursarCore
import BursarEngine
import Synchronization

/// Asked before and after every call; from the moment it answers `true` the process counts as gone.
typealias Probe = @Sendable (_ moment: String) async -> Bool

/// Counts the moments of a run and ends it at one of them: everything after that throws undone.
final class CrashPoint: Sendable {
    private let reached = Mutex(0)
    private let last: Int

    /// - Parameter last: how many moments are lived through.
    init(after last: Int = .max) { self.last = last }

    var count: Int { reached.withLock { $0 } }

    func isPast() -> Bool {
        reached.withLock { reached in
            if reached >= last { return true }
            reached += 1
            return false
        }
    }
}

struct ProbedIssuer: Issuer {
    let inner: any Issuer
    let isGone: Probe

    private func around<Result>(
        _ call: String, _ body: () async throws(IssuerError) -> Result
    ) async throws(IssuerError) -> Result {
        if await isGone("before \(call)") { throw .cancelled }
        let result = try await body()
        if await isGone("after \(call)") { throw .cancelled }
        return result
    }

    func observe(_ scope: ObservationScope) async throws(IssuerError) -> ObservedIssuer {
        try await around("observe") { () throws(IssuerError) in try await inner.observe(scope) }
    }

    func lineageKeys(of workspace: WorkspaceID) async throws(IssuerError) -> [ObservedKey] {
        try await around("lineageKeys") { () throws(IssuerError) in
            try await inner.lineageKeys(of: workspace)
        }
    }

    func team(_ id: WorkspaceID) async throws(IssuerError) -> ObservedTeam? {
        try await around("team") { () throws(IssuerError) in try await inner.team(id) }
    }

    func deleteTeam(_ id: WorkspaceID) async throws(IssuerError) {
        try await around("deleteTeam") { () throws(IssuerError) in try await inner.deleteTeam(id) }
    }

    func createTeam(_ team: TeamCreation) async throws(IssuerError) -> Instant? {
        try await around("createTeam") { () throws(IssuerError) in
            try await inner.createTeam(team)
        }
    }

    func updateTeam(_ id: WorkspaceID, _ fields: [TeamField]) async throws(IssuerError) {
        try await around("updateTeam") { () throws(IssuerError) in
            try await inner.updateTeam(id, fields)
        }
    }

    func mint(_ mint: Mint) async throws(IssuerError) -> MintedKey {
        try await around("mint") { () throws(IssuerError) in try await inner.mint(mint) }
    }

    func verify(_ value: SecretValue) async throws(IssuerError) -> Set<String> {
        try await around("verify") { () throws(IssuerError) in try await inner.verify(value) }
    }

    func updateKey(_ key: ObservedKey, _ fields: [KeyField]) async throws(IssuerError) {
        try await around("updateKey") { () throws(IssuerError) in
            try await inner.updateKey(key, fields)
        }
    }

    func deleteKey(_ hash: KeyHash) async throws(IssuerError) {
        try await around("deleteKey") { () throws(IssuerError) in try await inner.deleteKey(hash) }
    }
}

struct ProbedStore: SecretStore {
    let inner: any SecretStore
    let isGone: Probe

    private func around<Result>(
        _ call: String, _ body: () async throws(SecretStoreError) -> Result
    ) async throws(SecretStoreError) -> Result {
        if await isGone("before \(call)") { throw .cancelled }
        let result = try await body()
        if await isGone("after \(call)") { throw .cancelled }
        return result
    }

    func secrets(of workspace: WorkspaceID) async throws(SecretStoreError) -> [StoredSecret] {
        try await around("secrets") { () throws(SecretStoreError) in
            try await inner.secrets(of: workspace)
        }
    }

    func put(_ secret: SecretWrite) async throws(SecretStoreError) {
        try await around("put") { () throws(SecretStoreError) in try await inner.put(secret) }
    }

    func remove(_ name: SecretName, of workspace: WorkspaceID) async throws(SecretStoreError) {
        try await around("remove") { () throws(SecretStoreError) in
            try await inner.remove(name, of: workspace)
        }
    }
}
