/// Is this team ours?
package enum TeamOwnership: Hashable, Sendable {
    case absent
    case ours
    /// Its own mark is gone, but it holds a key marked ours, or one that a marker of ours in the
    /// secret store names: drift, put back.
    case lostMark
    case foreign
    case otherOwner(String)
    /// The same owner from another source: two repositories under one name.
    case otherSource(String)

    package init(
        of team: ObservedTeam?, keys: [ObservedKey], secrets: [ObservedSecret], owner: Owner
    ) {
        guard let team else {
            self = .absent
            return
        }
        guard let mark = team.mark else {
            let markers = secrets.compactMap(\.marker).filter { $0.owner == owner.name }
            let known = keys.contains { key in
                KeyRole(of: key, in: team, secrets: [], owner: owner).isMarkedOurs(key, owner)
                    || (key.team == team.id.text
                        && markers.contains { $0.fingerprint.names(key.hash) })
            }
            self = known ? .lostMark : .foreign
            return
        }
        if mark.owner != owner.name {
            self = .otherOwner(mark.owner)
        } else if let theirs = mark.source, let ours = owner.source, theirs != ours {
            self = .otherSource(theirs)
        } else {
            self = .ours
        }
    }
}

/// Is this key ours, and which is it?
package enum KeyRole: Hashable, Sendable {
    case ours(Lineage, Generation)
    /// It bears our mark under an alias that does not fit: somebody copied the metadata.
    case copy
    case foreign

    /// - Parameter secrets: of the team's workspace, for the keys whose own mark is gone.
    package init(
        of key: ObservedKey, in team: ObservedTeam, secrets: [ObservedSecret], owner: Owner
    ) {
        self.init(of: key, in: team.id, teamMark: team.mark, secrets: secrets, owner: owner)
    }

    /// - Parameter teamMark: `nil` where it is lost, or where there is no team yet.
    init(
        of key: ObservedKey, in workspace: WorkspaceID, teamMark: TeamMark?,
        secrets: [ObservedSecret], owner: Owner
    ) {
        let alias = key.alias.flatMap(LineageAlias.init)
        if let mark = key.mark {
            guard mark.owner == owner.name, mark.via == nil else {
                self = .foreign
                return
            }
            let fits =
                alias?.lineage == Lineage(workspace: workspace, secret: mark.secret)
                && (alias?.generation == nil || alias?.generation == mark.generation)
            self =
                fits
                ? .ours(Lineage(workspace: workspace, secret: mark.secret), mark.generation) : .copy
            return
        }
        guard key.team == workspace.text, let alias, alias.lineage.workspace == workspace else {
            self = .foreign
            return
        }
        let marker = secrets.first { $0.name == alias.lineage.secret }?.marker
        let named = marker.flatMap {
            $0.owner == owner.name && $0.fingerprint.names(key.hash) ? $0.generation : nil
        }
        let highest = teamMark?.generations[alias.lineage.secret]
        if let named {
            self = .ours(alias.lineage, named)
        } else if let generation = alias.generation {
            // Where the team's mark is lost any number may be ours.
            self = generation <= highest ?? generation ? .ours(alias.lineage, generation) : .foreign
        } else if let marker, marker.owner == owner.name {
            // Another key is published, and this one did not come to give it the alias: the one before.
            self = .ours(alias.lineage, Generation(marker.generation.number - 1) ?? .first)
        } else {
            self = .ours(alias.lineage, highest ?? .first)
        }
    }

    fileprivate func isMarkedOurs(_ key: ObservedKey, _ owner: Owner) -> Bool {
        guard case .ours = self else { return false }
        return key.mark?.owner == owner.name
    }
}
