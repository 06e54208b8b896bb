internal import BursarCore

/// No two workspaces of a source have one id or one name.
enum Uniqueness {
    /// The workspaces without an error, less those whose id or name another one before them has.
    static func filter(
        _ workspaces: [ReadWorkspace], _ problems: inout [Located]
    ) -> [DesiredWorkspace] {
        var ids: [WorkspaceID: Extent] = [:]
        var names: [String: Extent] = [:]
        ids.reserveCapacity(workspaces.count)
        names.reserveCapacity(workspaces.count)
        var kept: [DesiredWorkspace] = []
        for workspace in workspaces {
            if let id = workspace.id {
                if let first = ids[id] {
                    let problem = ManifestProblem.duplicateID(id.text, first: first)
                    problems.append(Located(problem: problem, extent: workspace.idPlace))
                    continue
                }
                ids[id] = workspace.idPlace
            }
            if let name = workspace.name {
                if let first = names[name] {
                    let problem = ManifestProblem.duplicateName(name, first: first)
                    problems.append(Located(problem: problem, extent: workspace.namePlace))
                    continue
                }
                names[name] = workspace.namePlace
            }
            if let desired = workspace.desired { kept.append(desired) }
        }
        return kept
    }
}
