package import BursarCore
package import BursarEngine
internal import Synchronization

/// The Control Plane's Secrets.
package struct GroundfloorSecretStore: SecretStore {
    /// The names that may be there. Asked only of a Control Plane that does not list its secrets.
    package typealias Names =
        @Sendable (WorkspaceID) async throws(SecretStoreError) -> Set<SecretName>

    private let controlPlane: ControlPlane
    private let names: Names
    private let written = WrittenNames()

    package init(_ controlPlane: ControlPlane, names: @escaping Names) {
        self.controlPlane = controlPlane
        self.names = names
    }

    package func secrets(
        of workspace: WorkspaceID
    ) async throws(SecretStoreError) -> [StoredSecret] {
        let call = ControlPlaneAPI.secrets(of: workspace)
        let answer: JSONValue
        do throws(ControlPlaneError) { answer = try await controlPlane.send(call) } catch {
            guard error.saysThatThereIsNone else { throw SecretStoreError(error) }
            return try await oneByOne(workspace)
        }
        guard let rows = answer["secrets"]?.array else {
            throw .malformed("\(call.name) has no list `secrets`")
        }
        // What bursar could not have written is none of its business.
        let found = rows.compactMap(Self.secret)
        guard Set(found.map(\.name)).count == found.count else {
            throw .malformed("\(call.name) has a name twice")
        }
        return found.sorted { $0.name < $1.name }
    }

    /// A Control Plane need not list its secrets.
    private func oneByOne(
        _ workspace: WorkspaceID
    ) async throws(SecretStoreError) -> [StoredSecret] {
        let names = try await self.names(workspace).union(written.of(workspace))
        var found: [StoredSecret] = []
        for name in names.sorted() {
            let call = ControlPlaneAPI.secret(name, of: workspace)
            do throws(ControlPlaneError) {
                let answer = try await controlPlane.send(call)
                guard answer.object != nil else {
                    throw .malformed("\(call.name) is no JSON object")
                }
                found.append(
                    StoredSecret(name: name, description: answer["description"]?.string))
            } catch {
                if case .missing = error { continue }
                throw SecretStoreError(error)
            }
        }
        return found
    }

    private static func secret(_ row: JSONValue) -> StoredSecret? {
        row["name"]?.string.flatMap { SecretName($0) }.map {
            StoredSecret(name: $0, description: row["description"]?.string)
        }
    }

    package func put(_ secret: SecretWrite) async throws(SecretStoreError) {
        written.add(secret.name, of: secret.workspace)
        do throws(ControlPlaneError) {
            _ = try await controlPlane.send(ControlPlaneAPI.put(secret))
        } catch { throw SecretStoreError(error) }
    }

    package func remove(
        _ name: SecretName, of workspace: WorkspaceID
    ) async throws(SecretStoreError) {
        do throws(ControlPlaneError) {
            _ = try await controlPlane.send(ControlPlaneAPI.remove(name, of: workspace))
        } catch {
            if case .missing = error { return }
            throw SecretStoreError(error)
        }
    }
}

/// What this process put, whether or not a manifest names it still.
private final class WrittenNames: Sendable {
    private let names = Mutex<[WorkspaceID: Set<SecretName>]>([:])

    func add(_ name: SecretName, of workspace: WorkspaceID) {
        names.withLock { _ = $0[workspace, default: []].insert(name) }
    }

    func of(_ workspace: WorkspaceID) -> Set<SecretName> {
        names.withLock { $0[workspace] ?? [] }
    }
}

extension ControlPlaneError {
    /// Of a list: 404, 405 and 501 are what a server says that does not have the endpoint. One that
    /// has it and knows no such workspace says 404, too: then there is no secret either.
    fileprivate var saysThatThereIsNone: Bool {
        switch self {
        case .missing, .rejected(status: 405, _), .rejected(status: 501, _): true
        default: false
        }
    }
}

extension SecretStoreError {
    init(_ error: ControlPlaneError) {
        let text = error.description
        self =
            switch error {
            case .unreachable, .rateLimited, .overloaded: .unreachable(text)
            case .clientRefused, .unauthorized, .forbidden: .unauthorized(text)
            case .rejected(status: 507, _): .noSpace(text)
            case .missing, .conflict, .rejected: .refused(text)
            case .malformed: .malformed(text)
            case .cancelled: .cancelled
            }
    }
}
