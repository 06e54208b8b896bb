internal import BursarCore
internal import BursarManifest

/// Reads what a plan rests on: LiteLLM and the secret store.
struct Observer: Sendable {
    let issuer: any Issuer
    let store: any SecretStore
    let owner: Owner
    let keyring: Keyring?
    /// `nil`: no value of a provider secret is read.
    let reader: (any ValueReader)?

    /// - Parameters:
    ///   - pruning: the secrets of what it is about are read, too.
    ///   - compares: with the sources of provider secrets. Not when it is read back what was written:
    ///     a source may give another value each time.
    func observe(
        _ desired: DesiredState, _ pruning: Pruning?, compares: Bool = true
    ) async throws(IssuerError) -> ObservedState {
        var state = try await uncompared(desired, pruning)
        if compares { await compareSources(of: desired, in: &state) }
        return state
    }

    private func uncompared(
        _ desired: DesiredState, _ pruning: Pruning?
    ) async throws(IssuerError) -> ObservedState {
        let workspaces =
            desired.workspaces.map(\.id) + (pruning?.only.map { $0.keys.sorted() } ?? [])
        // Two requests a workspace against one for each hundred teams and keys.
        // Who else reaches a workspace's own models is only seen in everything.
        let few =
            !desired.isWhole && workspaces.count <= 10
            && desired.workspaces.allSatisfy { $0.broughtModels.isEmpty }
        func all() async throws(IssuerError) -> ObservedState {
            try await observe(.everything, workspaces) { leaving(desired, $0, pruning) }
        }
        guard few else { return try await all() }
        let state = try await observe(.workspaces(workspaces), workspaces)
        return state.isPartial(owner: owner.name)
            || desired.workspaces.contains { state.lacksAdopted($0, owner: owner.name) }
            ? try await all() : state
    }

    /// - Parameter more: whose secrets are read, too, once it is known what there is.
    func observe(
        _ scope: ObservationScope, _ workspaces: [WorkspaceID],
        more: (ObservedIssuer) -> [WorkspaceID] = { _ in [] }
    ) async throws(IssuerError) -> ObservedState {
        async let secrets = secrets(of: workspaces)
        let issued = try await issuer.observe(scope)
        return await state(issued, await secrets, workspaces, more(issued))
    }

    /// What is pruned: named by LiteLLM, not by the source.
    private func leaving(
        _ desired: DesiredState, _ issued: ObservedIssuer, _ pruning: Pruning?
    ) -> [WorkspaceID] {
        pruning?.teams(notIn: desired, issued, owner: owner).map(\.id) ?? []
    }

    /// Everything; begins before it is known what is wanted, since LiteLLM's answers do not depend
    /// on that and take most of the time.
    func observe(
        loading load: () throws -> Loaded, _ pruning: Pruning?
    ) async throws -> (Loaded, Result<ObservedState, IssuerError>) {
        async let issued = everything()
        let loaded = try load()
        let workspaces = loaded.desired.workspaces.map(\.id)
        async let secrets = secrets(of: workspaces)
        do throws(IssuerError) {
            let issuer = try await issued.get()
            let leaving = leaving(loaded.desired, issuer, pruning)
            var state = await state(issuer, await secrets, workspaces, leaving)
            await compareSources(of: loaded.desired, in: &state)
            return (loaded, .success(state))
        } catch {
            return (loaded, .failure(error))
        }
    }

    private func everything() async -> Result<ObservedIssuer, IssuerError> {
        do throws(IssuerError) { return .success(try await issuer.observe(.everything)) } catch {
            return .failure(error)
        }
    }

    /// The secrets were read while LiteLLM was, and are again where that may have been too early: a
    /// marker must not look older than the keys it is compared with.
    private func state(
        _ issued: ObservedIssuer, _ early: [Read], _ workspaces: [WorkspaceID],
        _ more: [WorkspaceID]
    ) async -> ObservedState {
        var state = ObservedState(issuer: issued, secrets: [:])
        state.add(early)
        state.add(
            await secrets(of: state.unsettled(among: workspaces, owner: owner.name) + more))
        state.derivable = keyring?.derivable(in: state, owner: owner) ?? [:]
        return state
    }

    typealias Read = (id: WorkspaceID, secrets: Result<[ObservedSecret], SecretStoreError>)

    private func secrets(of workspaces: [WorkspaceID]) async -> [Read] {
        guard !workspaces.isEmpty else { return [] }
        return await withTaskGroup(of: [Read].self) { group in
            for lane in 0..<Self.storeLanes {
                // They wait for a disk: what the answers of LiteLLM wait for goes first.
                group.addTask(priority: .utility) {
                    var read: [Read] = []
                    for index in stride(from: lane, to: workspaces.count, by: Self.storeLanes) {
                        read.append((workspaces[index], await secrets(of: workspaces[index])))
                        // A store of files never waits, and would hold the thread to the end.
                        if read.count % Self.storeTurn == 0 { await Task.yield() }
                    }
                    return read
                }
            }
            var all: [Read] = []
            for await read in group { all += read }
            return all
        }
    }

    private func secrets(
        of workspace: WorkspaceID
    ) async -> Result<[ObservedSecret], SecretStoreError> {
        do throws(SecretStoreError) {
            return .success(try await store.secrets(of: workspace).map(ObservedSecret.init))
        } catch {
            return .failure(error)
        }
    }

    /// Workspaces whose secrets are read at once.
    private static let storeLanes = 4
    /// Of them, how many one lane reads before others have their turn.
    private static let storeTurn = 16
}

// MARK: - The sources of provider secrets

extension Observer {
    private struct Source {
        let workspace: WorkspaceID
        let secret: DesiredProviderSecret
        let marker: ProviderMarker
    }

    /// Of those that the store has; the others are put in any case.
    private func compareSources(
        of desired: DesiredState, in state: inout ObservedState
    ) async {
        guard let reader else { return }
        let sources = desired.workspaces.flatMap { workspace in
            workspace.providerSecrets.compactMap { secret -> Source? in
                state.secrets[workspace.id]?.first { $0.name == secret.name }?.provider.map {
                    Source(workspace: workspace.id, secret: secret, marker: $0)
                }
            }
        }
        guard !sources.isEmpty else { return }
        let readings = await withTaskGroup(of: [(Int, SourceReading)].self) { group in
            for lane in 0..<Self.storeLanes {
                group.addTask {
                    var read: [(Int, SourceReading)] = []
                    for index in stride(from: lane, to: sources.count, by: Self.storeLanes) {
                        read.append((index, await Self.compare(sources[index], with: reader)))
                    }
                    return read
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        for (index, reading) in readings {
            let source = sources[index]
            state.sources[source.workspace, default: [:]][source.secret.name] = reading
        }
    }

    private static func compare(
        _ source: Source, with reader: any ValueReader
    ) async -> SourceReading {
        do throws(ValueSourceError) {
            let value = try await reader.value(
                of: source.secret.valueFrom, for: source.workspace)
            return source.marker.isOf(value) ? .same : .differs
        } catch {
            return .unreadable("\(error)")
        }
    }
}

extension ObservedState {
    fileprivate mutating func add(_ read: [Observer.Read]) {
        for (id, result) in read {
            switch result {
            case .success(let found):
                secrets[id] = found
                unreadable[id] = nil
            case .failure(let error):
                secrets[id] = nil
                unreadable[id] = "its secrets cannot be read: \(error)"
            }
        }
    }

    /// The workspaces in which not every marker of ours names a key that lives, or a key lives that
    /// none names: a key may have been published after the secrets were read.
    fileprivate func unsettled(among workspaces: [WorkspaceID], owner: String) -> [WorkspaceID] {
        var living: [String: [KeyHash]] = [:]
        for key in issuer.keys where key.mark?.retiredAt == nil {
            if let team = key.team { living[team, default: []].append(key.hash) }
        }
        return workspaces.filter { id in
            let keys = living[id.text] ?? []
            let markers = (secrets[id] ?? []).compactMap(\.marker).filter { $0.owner == owner }
            let named = markers.count { marker in keys.contains { marker.fingerprint.names($0) } }
            return named != markers.count || named != keys.count
        }
    }

    /// A key that is still to be taken over may be anywhere.
    fileprivate func lacksAdopted(_ workspace: DesiredWorkspace, owner: String) -> Bool {
        (workspace.adoption?.keys.keys.map(\.self) ?? []).contains { secret in
            !issuer.keys.contains {
                $0.team == workspace.id.text && $0.mark?.owner == owner && $0.mark?.secret == secret
            }
        }
    }

    /// Seen by team alone, a published key that was moved to another one would look gone, and a
    /// stranger's key elsewhere may be why one has not its plain alias.
    fileprivate func isPartial(owner: String) -> Bool {
        secrets.values.joined().contains { secret in
            guard let marker = secret.marker, marker.owner == owner else { return false }
            let named = issuer.keys.first { marker.fingerprint.names($0.hash) }
            return named?.alias.flatMap(LineageAlias.init).map { $0.generation != nil } ?? true
        }
    }
}
