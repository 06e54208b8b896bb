/// What the manifests say, all of them together.
package struct DesiredState: Hashable, Sendable {
    /// By ascending id; ids and names are unique.
    package let workspaces: [DesiredWorkspace]
    /// `false` when the run was narrowed or any file was invalid: then nothing may be pruned, since
    /// what is missing here may stand in what was not read.
    package let isWhole: Bool
    /// The workspaces of the whole source that take over a team, by the owner they name.
    package let adopting: [WorkspaceID: String]
    /// How many secrets of the whole source name a key to take over.
    package let adoptedKeys: [KeyReference: Int]

    /// - Parameter whole: what this is a part of, where it is.
    package init(
        workspaces: [DesiredWorkspace], isWhole: Bool, partOf whole: DesiredState? = nil
    ) {
        let isSorted = zip(workspaces, workspaces.dropFirst()).allSatisfy { $0.id < $1.id }
        self.workspaces = isSorted ? workspaces : workspaces.sorted { $0.id < $1.id }
        self.isWhole = isWhole
        let named = workspaces.compactMap { workspace in
            workspace.adoption.flatMap { $0.team ? $0.from : nil }.map { (workspace.id, $0) }
        }
        adopting = whole?.adopting ?? Dictionary(named) { first, _ in first }
        let keys = workspaces.flatMap { ($0.adoption?.keys.values).map(Array.init) ?? [] }
        adoptedKeys = whole?.adoptedKeys ?? Dictionary(keys.map { ($0, 1) }, uniquingKeysWith: +)
    }
}
