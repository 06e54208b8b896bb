/// How a plan differs from the one that was approved.
package struct Staleness: Hashable, Sendable {
    package enum Move: Hashable, Sendable {
        /// Nobody has approved it.
        case appeared(ApprovedChange)
        /// It was approved, and is not to be done any more.
        case vanished(ApprovedChange)
        /// The same is to be done to the same thing, with other values.
        case differs(approved: ApprovedChange, now: ApprovedChange)
    }

    package struct Moved: Hashable, Sendable {
        package let workspace: WorkspaceID
        /// By address and action; not empty.
        package let moves: [Move]
    }

    /// By workspace; not empty.
    package let moved: [Moved]

    /// `nil` where what was approved is what is to be done.
    package init?(approved: Approval, now: Approval) {
        let ids = Set(approved.workspaces.keys).union(now.workspaces.keys).sorted()
        moved = ids.compactMap { id in
            let moves = Self.moves(approved.workspaces[id] ?? [], now.workspaces[id] ?? [])
            return moves.isEmpty ? nil : Moved(workspace: id, moves: moves)
        }
        if moved.isEmpty { return nil }
    }

    private struct Subject: Hashable {
        let address: String
        let action: String

        init(_ change: ApprovedChange) { (address, action) = (change.address, change.action) }
    }

    private static func moves(_ approved: [ApprovedChange], _ now: [ApprovedChange]) -> [Move] {
        var gone: [Subject: [ApprovedChange]] = [:]
        var come = now
        for change in approved {
            if let same = come.firstIndex(of: change) {
                come.remove(at: same)
            } else {
                gone[Subject(change), default: []].append(change)
            }
        }
        var moves: [(ApprovedChange, Move)] = []
        for change in come {
            let subject = Subject(change)
            if let old = gone[subject]?.first {
                gone[subject]?.removeFirst()
                moves.append((change, .differs(approved: old, now: change)))
            } else {
                moves.append((change, .appeared(change)))
            }
        }
        moves += gone.values.joined().map { ($0, .vanished($0)) }
        return moves.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

// MARK: - In words

extension Staleness {
    package var sections: [ReportSection] {
        moved.map { moved in
            ReportSection(
                .workspace(moved.workspace),
                "\("workspace ", .heading)\(moved.workspace, .heading)",
                moved.moves.flatMap { $0.lines })
        }
    }
}

extension Approval {
    /// What there is to approve, with the checksum of each workspace.
    package var sections: [ReportSection] {
        workspaces.sorted { $0.key < $1.key }.map { id, changes in
            ReportSection(
                .workspace(id),
                "\("workspace ", .heading)\(id, .heading)  checksum \(Checksum.of(approved: changes))",
                changes.flatMap { $0.lines("") })
        }
    }
}

extension Staleness.Move {
    fileprivate var lines: [StyledLine] {
        switch self {
        case .appeared(let change): change.lines("not approved: ")
        case .vanished(let change): change.lines("approved, and gone: ")
        case .differs(let approved, let now):
            approved.lines("approved: ", only: { !now.fields.contains($0) })
                + now.lines("now: ", only: { !approved.fields.contains($0) })
        }
    }
}

extension ApprovedChange {
    fileprivate func lines(
        _ lead: String, only: (Field) -> Bool = { _ in true }
    ) -> [StyledLine] {
        [StyledLine("\(lead)\(action) \(address, .name)", indent: 1)]
            + fields.filter(only).map { field in
                StyledLine(
                    "\(field.path): \(field.before ?? "(none)", .removed) → \(field.after ?? "(none)", .added)",
                    indent: 3)
            }
    }
}
