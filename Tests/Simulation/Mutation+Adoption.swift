import BursarCore

extension Mutation {
    /// A step that takes over a team or a key, with this fault.
    func adoption(_ step: Step, _ workspace: WorkspaceID, _ observed: ObservedState) -> Step {
        switch (self, step.change.address.part) {
        case (.stripTheGuests, .team):
            let guests = observed.issuer.keys.filter { $0.team == workspace.text && $0.mark == nil }
            return Step(
                step.change,
                step.operations
                    + guests.compactMap { key in
                        World.secrets.first.map {
                            .updateKey(key, Lineage(workspace: workspace, secret: $0), [.noCap])
                        }
                    })
        case (.stripTheAdopted, .key):
            return Step(step.change, step.operations.map { changed($0) { $0 + [.noCap] } })
        case (.openBeforeTheMove, .key) where step.operations.count > 1:
            let opened = changed(step.operations[0]) { fields in
                fields.map { if case .models = $0 { .models(nil) } else { $0 } }
            }
            return Step(step.change, [opened] + step.operations.dropFirst())
        default: return step
        }
    }

    private func changed(
        _ operation: Operation, _ change: ([KeyField]) -> [KeyField]
    ) -> Operation {
        guard case .updateKey(let key, let lineage, let fields) = operation else {
            return operation
        }
        return .updateKey(key, lineage, change(fields))
    }
}
