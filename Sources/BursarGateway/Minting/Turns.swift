internal import BursarCore

/// One after the other within a workspace: two at once would each retire the other's key, or draw
/// one number.
actor Turns {
    private var taken: Set<WorkspaceID> = []
    private var waiting: [WorkspaceID: [CheckedContinuation<Void, Never>]] = [:]

    func begin(_ workspace: WorkspaceID) async {
        guard !taken.insert(workspace).inserted else { return }
        await withCheckedContinuation { waiting[workspace, default: []].append($0) }
    }

    /// Hands the turn to whoever has waited longest.
    func end(_ workspace: WorkspaceID) {
        guard var line = waiting[workspace], !line.isEmpty else {
            taken.remove(workspace)
            return
        }
        let next = line.removeFirst()
        waiting[workspace] = line.isEmpty ? nil : line
        next.resume()
    }
}
