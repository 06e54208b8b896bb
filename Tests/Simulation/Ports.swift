import BursarCore
import BursarEngine
import BursarLiteLLM
import BursarSandbox
import Foundation
import Synchronization

/// One bursar process: it may die before or after any of its calls, and then nothing of it goes on.
final class Process: Sendable {
    enum Death: Sendable { case before, after }

    private let state: Mutex<(calls: Int, dead: Bool)> = Mutex((0, false))
    private let deathAt: Int?
    private let death: Death
    let name: String

    /// - Parameter deathAt: the number of the call, from 0; `nil`: it lives.
    init(_ name: String, deathAt: Int? = nil, _ death: Death = .before) {
        self.name = name
        self.deathAt = deathAt
        self.death = death
    }

    var isDead: Bool { state.withLock { $0.dead } }

    /// - Returns: whether the call is still made.
    fileprivate func begin() -> Bool {
        state.withLock { state in
            guard !state.dead else { return false }
            defer { state.calls += 1 }
            if state.calls == deathAt, death == .before { state.dead = true }
            return !state.dead
        }
    }

    /// - Returns: whether its answer still reaches the process.
    fileprivate func end() -> Bool {
        state.withLock { state in
            if let deathAt, state.calls == deathAt + 1, death == .after { state.dead = true }
            return !state.dead
        }
    }
}

/// The stand-in in process, with the checks around every write.
struct WatchedTransport: Transport {
    let inner: ModelTransport
    let world: World
    let process: Process

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        await world.pause()
        guard process.begin() else { throw .cancelled }
        let request = world.mutation == .forgetTheTeam ? request.withoutTeam : request
        let writes = request.method != .get
        let before = writes ? world.snapshot() : nil
        let result: Result<HTTPResponse, TransportError>
        do throws(TransportError) { result = .success(try await inner.send(request)) } catch {
            result = .failure(error)
        }
        if let before {
            let status = (try? result.get().status).map(String.init) ?? "no answer"
            world.check(since: before, "\(process.name): \(request.line) → \(status)")
        }
        guard process.end() else { throw .cancelled }
        return try result.get()
    }
}

extension HTTPRequest {
    /// A mint that names no team.
    fileprivate var withoutTeam: HTTPRequest {
        guard url.hasSuffix("/key/generate"), let body,
            let json = try? JSONDecoder().decode(JSONValue.self, from: Data(body)),
            var members = json.object
        else { return self }
        members["team_id"] = nil
        var copy = self
        copy.body = (try? JSONEncoder().encode(JSONValue.object(members))).map { Array($0) }
        return copy
    }

    fileprivate var line: String {
        let path = url.split(separator: "/", maxSplits: 2).last ?? ""
        let text = "\(method.rawValue) /\(path)"
        guard let body else { return text }
        return text + " " + String(decoding: body, as: UTF8.self).prefix(600)
    }
}

/// The store of the world, with the checks around every write.
struct WatchedStore: SecretStore {
    let world: World
    let process: Process

    func secrets(of workspace: WorkspaceID) async throws(SecretStoreError) -> [StoredSecret] {
        await world.pause()
        guard process.begin() else { throw .cancelled }
        return world.stored(workspace)
    }

    func put(_ secret: SecretWrite) async throws(SecretStoreError) {
        try await write("put \(secret.workspace)/\(secret.name) \(secret.description)") {
            world.put(secret)
        }
    }

    func remove(_ name: SecretName, of workspace: WorkspaceID) async throws(SecretStoreError) {
        try await write("remove \(workspace)/\(name)") { world.remove(name, workspace) }
    }

    private func write(
        _ what: String, _ body: () -> Void
    ) async throws(SecretStoreError) {
        await world.pause()
        guard process.begin() else { throw .cancelled }
        let fault = world.storeFault()
        if fault == .before { throw .unreachable("the simulated store does not answer") }
        let before = world.snapshot()
        body()
        world.check(since: before, "\(process.name): \(what)")
        guard process.end() else { throw .cancelled }
        if fault == .after { throw .unreachable("the simulated store's answer was lost") }
    }
}

/// Bursar's clock: the world's, and how far it is off.
struct WorldTime: Timekeeper {
    let world: World
    let skew: Span

    func now() -> Instant { world.now + skew }

    func sleep(milliseconds: Int64) async throws(CancellationError) {
        world.advance(milliseconds: max(0, milliseconds))
        await Task.yield()
    }

    func random() -> UInt64 { world.roll { $0.next() } }
}
