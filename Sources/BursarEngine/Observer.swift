internal import BursarCore

/// Reads what a plan rests on: LiteLLM, then the secret store.
struct Observer: Sendable {
    let issuer: any Issuer
    let store: any SecretStore
    let owner: Owner
    let keyring: Keyring?

    func observe(_ desired: DesiredState) async throws(IssuerError) -> ObservedState {
        let workspaces = desired.workspaces.map(\.id)
        // Two requests a workspace against one for each hundred teams and keys.
        let few = !desired.isWhole && workspaces.count <= 10
        guard few else { return try await observe(.everything, workspaces) }
        let state = try await observe(.workspaces(workspaces), workspaces)
        return state.isPartial(owner: owner.name)
            ? try await observe(.everything, workspaces) : state
    }

    func observe(
        _ scope: ObservationScope, _ workspaces: [WorkspaceID]
    ) async throws(IssuerError) -> ObservedState {
        var state = await addSecrets(to: try await issuer.observe(scope), workspaces)
        state.derivable = keyring?.derivable(in: state, owner: owner) ?? [:]
        return state
    }

    /// After the issuer was read: a marker that names a key not yet minted then is seen to be newer.
    private func addSecrets(
        to issued: ObservedIssuer, _ workspaces: [WorkspaceID]
    ) async -> ObservedState {
        typealias Read = (id: WorkspaceID, secrets: Result<[ObservedSecret], SecretStoreError>)
        return await withTaskGroup(of: [Read].self) { group in
            for lane in 0..<Self.storeLanes {
                group.addTask {
                    var read: [Read] = []
                    for index in stride(from: lane, to: workspaces.count, by: Self.storeLanes) {
                        read.append((workspaces[index], await secrets(of: workspaces[index])))
                    }
                    return read
                }
            }
            var state = ObservedState(issuer: issued, secrets: [:])
            for await read in group {
                for (id, secrets) in read {
                    switch secrets {
                    case .success(let secrets): state.secrets[id] = secrets
                    case .failure(let error):
                        state.unreadable[id] = "its secrets cannot be read: \(error)"
                    }
                }
            }
            return state
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
}

extension ObservedState {
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
