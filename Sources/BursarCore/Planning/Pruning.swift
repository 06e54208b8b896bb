/// What is asked for about workspaces that left the source.
package struct Pruning: Hashable, Sendable {
    /// What one of them has come to.
    package enum Stage: Hashable, Sendable { case suspended, revoked }

    /// From the suspension to the end of the keys.
    package let after: Span
    /// `nil`: all that a whole source does not name. Else these alone, and no further than this: what
    /// was done to them is read back.
    package var only: [WorkspaceID: Stage]?

    package init(after: Span, only: [WorkspaceID: Stage]? = nil) {
        self.after = after
        self.only = only
    }

    /// The teams it is about. One whose mark is lost is not among them: it may have said
    /// `prune: false`. Nor is one without the source's id, which another source of that owner's name
    /// may have made.
    package func teams(
        notIn desired: DesiredState, _ observed: ObservedIssuer, owner: Owner
    ) -> [ObservedTeam] {
        guard desired.isWhole || only != nil, let source = owner.source else { return [] }
        let wanted = Set(desired.workspaces.map(\.id))
        return observed.teams.filter { team in
            guard let mark = team.mark, mark.owner == owner.name, mark.source == source,
                !mark.pruneNever, !wanted.contains(team.id)
            else { return false }
            guard let only else { return true }
            // One that does not wait for its end any more was resumed by a run that saw its manifest
            // return, after this one had read the source.
            return only.keys.contains(team.id) && mark.pruneSince != nil
        }.sorted { $0.id < $1.id }
    }
}
