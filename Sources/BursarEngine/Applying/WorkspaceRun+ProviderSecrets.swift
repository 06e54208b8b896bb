internal import BursarCore

extension WorkspaceRun {
    /// After a put that failed: whether the step needs its value, or what was left out for want of it.
    mutating func waits(_ step: Step) -> Bool {
        guard !unput.isEmpty else { return false }
        for operation in step.operations {
            switch operation {
            case .registerModel(let order), .updateModel(let order), .replaceModel(let order):
                guard !unput.isDisjoint(with: order.sources.keys) else { continue }
                leftOut = true
                return true
            case .updateTeam: if leftOut { return true }
            default: continue
            }
        }
        return false
    }

    /// - Returns: `false`: it is another operation.
    mutating func performOnProviderSecret(
        _ operation: Operation
    ) async throws(OperationError) -> Bool {
        switch operation {
        case .putSecret(let put):
            let value = try await read(put.source, for: put.workspace)
            try await check(put.name, put.workspace, isStill: put.before)
            let marker = ProviderMarker(
                owner: executor.owner, salt: (executor.time.random(), executor.time.random()),
                value: value, source: put.source)
            do {
                try await executor.store.put(
                    SecretWrite(
                        workspace: put.workspace, name: put.name, value: value,
                        description: "Provider secret of workspace \(plan.name) \(marker)"))
            } catch { throw .store(error) }
            provided[put.name] = value
        case .dropSecret(let workspace, let name, let marker):
            try await check(name, workspace, isStill: marker)
            do { try await executor.store.remove(name, of: workspace) } catch {
                throw .store(error)
            }
        default: return false
        }
        return true
    }

    func read(
        _ source: ValueSource, for workspace: WorkspaceID
    ) async throws(OperationError) -> SecretValue {
        guard let reader = executor.reader else {
            preconditionFailure("a run that puts provider secrets reads their sources")
        }
        do throws(ValueSourceError) {
            return try await reader.value(of: source, for: workspace)
        } catch { throw .source(error) }
    }

    /// Nothing is overwritten or removed that was not there when the plan was made.
    private func check(
        _ name: SecretName, _ workspace: WorkspaceID, isStill marker: ProviderMarker?
    ) async throws(OperationError) {
        let stored: StoredSecret?
        do {
            stored = try await executor.store.secrets(of: workspace).first { $0.name == name }
        } catch { throw .store(error) }
        let now = stored.map(ObservedSecret.init)
        guard now?.provider == marker, (now == nil) == (marker == nil) else {
            throw .moved("it changed in the store since the plan was made; plan again")
        }
    }
}
