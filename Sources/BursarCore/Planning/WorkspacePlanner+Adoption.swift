extension WorkspacePlanner {
    /// The team is taken over in this run.
    func isAdopted(_ ownership: TeamOwnership) -> Bool {
        guard let adoption = desired.adoption, adoption.team else { return false }
        return switch ownership {
        case .absent, .ours, .lostMark: false
        case .foreign: true
        case .otherOwner(let owner): adoption.from == owner
        case .otherSource: adoption.from == policy.owner.name
        }
    }

    func adoptionErrors(_ ownership: TeamOwnership) -> [String] {
        guard let adoption = desired.adoption else { return [] }
        var errors = adopted.errors
        if adoption.team, ownership == .absent {
            errors.append(
                "there is no team \(desired.id) to take over: check spec.id, or take spec.adopt.team "
                    + "out and bursar makes one")
        }
        if isAdopted(ownership) { errors += lookalikes }
        return errors
    }

    /// Once the team is ours, bursar would take them for its own keys, and end them.
    private var lookalikes: [String] {
        keys.filter { key in
            key.team == desired.id.text && key.mark == nil && !adopted.contains(key)
                && key.alias.flatMap(LineageAlias.init)?.lineage.workspace == desired.id
        }.compactMap(\.alias).sorted().map {
            "a key in the team bears the alias \($0), as bursar's own do: rename it, or take it over, "
                + "too"
        }
    }
}
