/// How a team leads to the models that its workspace brings along: its list names the row, and an alias
/// leads there from the public name. Without the alias the public name is refused; were it in the list
/// itself, the call would go to the operator's model of that name.
struct TeamReach {
    private let workspace: WorkspaceID
    /// Public names.
    let ready: Set<String>
    /// Once this run is over.
    let reached: Set<String>

    init(_ planner: WorkspacePlanner) {
        workspace = planner.desired.id
        guard planner.policy.command == nil, !planner.desired.providerSecrets.isEmpty else {
            (ready, reached) = ([], [])
            return
        }
        let steps = BroughtModelSteps(planner)
        (ready, reached) = (steps.ready, steps.reached)
    }

    private var prefix: String { BroughtModel.prefix(workspace) }

    func models(_ access: ModelAccess, with names: Set<String>) -> ModelAccess {
        guard case .only(let listed) = access else { return access }
        return .only(listed.union(names.map { prefix + $0 }))
    }

    /// What is listed beside the workspace's own.
    func without(_ access: ModelAccess) -> ModelAccess {
        guard case .only(let listed) = access, listed.contains(where: isOwn) else { return access }
        return .only(listed.filter { !isOwn($0) })
    }

    /// Aliases that lead elsewhere are not bursar's, unless they stand in the way.
    func aliases(of team: ObservedTeam, with names: Set<String>) -> [String: String] {
        team.aliases.filter { !isOwn($0.value) && !names.contains($0.key) }
            .merging(names.map { ($0, prefix + $0) }) { $1 }
    }

    private func isOwn(_ name: String) -> Bool { name.hasPrefix(prefix) }

    func compare(
        _ team: ObservedTeam, to names: Set<String>, _ models: ModelAccess,
        in diff: inout FieldDiff<TeamField>
    ) {
        let aliases = aliases(of: team, with: names)
        let after = names.sorted()
        let before = state(of: team, aliases)
        guard !before.isEmpty || !after.isEmpty else { return }
        let fields = TeamField.aliases(aliases)
        diff.compare(
            "providerSecrets.models", before, after, .models(self.models(models, with: names))
        ) { $0.isEmpty ? "none" : $0.joined(separator: ", ") }
        if before != after { diff.addField(fields) }
    }

    /// The public names, and in what way one does not lead where it should.
    private func state(of team: ObservedTeam, _ wanted: [String: String]) -> [String] {
        let listed: Set<String> = if case .only(let names) = team.models { names } else { [] }
        let names = Set(listed.filter(isOwn).map { String($0.dropFirst(prefix.count)) })
            .union(team.aliases.filter { isOwn($0.value) }.keys)
            .union(wanted.keys.filter { team.aliases[$0] != wanted[$0] && team.aliases[$0] != nil })
        return names.sorted().map { name in
            switch (listed.contains(prefix + name), team.aliases[name]) {
            case (true, prefix + name): name
            case (true, nil): "\(name) (no alias)"
            case (false, prefix + name): "\(name) (not listed)"
            case (_, let other): "\(name) (leads to \(other ?? "nothing"))"
            }
        }
    }
}
