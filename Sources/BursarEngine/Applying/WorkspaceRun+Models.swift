internal import BursarCore

extension WorkspaceRun {
    /// - Returns: `false`: it is another operation.
    func performOnModel(_ operation: Operation) async throws(OperationError) -> Bool {
        switch operation {
        case .registerModel(let order):
            let row = try await row(of: order)
            do { try await registry.register(row) } catch { throw .issuer(error) }
        case .updateModel(let order):
            let row = try await row(of: order)
            do { try await registry.update(row) } catch { throw .issuer(error) }
        case .replaceModel(let order):
            let row = try await row(of: order)
            do {
                try await registry.removeModel(row.model.id)
                try await registry.register(row)
            } catch { throw .issuer(error) }
        case .removeModel(_, let id, _):
            do { try await registry.removeModel(id) } catch { throw .issuer(error) }
        default: return false
        }
        return true
    }

    private var registry: any ModelRegistry {
        guard let registry = executor.registry else {
            preconditionFailure("a run that registers models has a registry")
        }
        return registry
    }

    /// With the values that the store has: one that its source gives no more is not written, so that
    /// the row's mark and the secret's marker never speak of two.
    private func row(of order: ModelOrder) async throws(OperationError) -> ModelRow {
        let workspace = order.model.workspace
        var mark = ModelMark(
            owner: order.owner, workspace: workspace.text, hmacs: order.kept,
            applied: order.applied)
        var values: [SecretName: SecretValue] = [:]
        for (name, source) in order.sources {
            values[name] =
                if let value = provided[name] { value } else {
                    try await read(source, for: workspace)
                }
        }
        // Before the marker is looked for: of a value that no row may have nothing else matters.
        var parameters: [String: SecretValue] = [:]
        for (parameter, name) in order.model.credentials.sorted(by: { $0.key < $1.key }) {
            guard let value = values[name] else { continue }
            do { parameters[parameter] = try BroughtModel.value(value, for: parameter) } catch {
                throw .unfit(
                    "\(name) cannot be \(parameter) of \(order.model.publicName): \(error)")
            }
        }
        if !values.isEmpty { mark.hmacs.merge(try await hmacs(of: values, workspace)) { $1 } }
        return ModelRow(model: order.model, values: parameters, mark: mark)
    }

    private func hmacs(
        of values: [SecretName: SecretValue], _ workspace: WorkspaceID
    ) async throws(OperationError) -> [SecretName: String] {
        let stored: [StoredSecret]
        do { stored = try await executor.store.secrets(of: workspace) } catch {
            throw .store(error)
        }
        var hmacs: [SecretName: String] = [:]
        for (name, value) in values {
            let marker = stored.first { $0.name == name }.map(ObservedSecret.init)?.provider
            guard let marker, marker.owner == executor.owner, marker.isOf(value) else {
                throw .moved(
                    "\(name) in the store is not what its source gives now; plan again")
            }
            hmacs[name] = marker.hmac
        }
        return hmacs
    }
}
