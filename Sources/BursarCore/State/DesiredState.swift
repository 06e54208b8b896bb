/// What the manifests say, all of them together.
package struct DesiredState: Hashable, Sendable {
    /// By ascending id; ids and names are unique.
    package let workspaces: [DesiredWorkspace]
    /// `false` when the run was narrowed or any file was invalid: then nothing may be pruned, since
    /// what is missing here may stand in what was not read.
    package let isWhole: Bool

    package init(workspaces: [DesiredWorkspace], isWhole: Bool) {
        let isSorted = zip(workspaces, workspaces.dropFirst()).allSatisfy { $0.id < $1.id }
        self.workspaces = isSorted ? workspaces : workspaces.sorted { $0.id < $1.id }
        self.isWhole = isWhole
    }
}
