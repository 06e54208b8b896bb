/// A key that exists becomes the published key of a lineage.
struct KeyAdoption {
    private let planner: WorkspacePlanner
    private let lineage: Lineage
    private let wanted: DesiredKey
    private let key: ObservedKey
    private let generation: Generation

    init(
        _ planner: WorkspacePlanner, _ lineage: Lineage, _ wanted: DesiredKey, _ key: ObservedKey,
        generation: Generation
    ) {
        self.planner = planner
        self.lineage = lineage
        self.wanted = wanted
        self.key = key
        self.generation = generation
    }

    private var moves: Bool { key.team != lineage.workspace.text }

    var step: Step {
        var diff = FieldDiff<KeyField>(applied: [:], cause: .adoption)
        let limits = self.limits
        KeyUpdate.compare(key, models: key.models(in: lineage), wanted, limits, in: &diff)
        let mark = KeyUpdate.restored(key, lineage, generation, planner, adopted: true)
            .applying(diff.digests)
        if key.alias != lineage.plainAlias {
            diff.putBack(
                "alias", from: key.alias, to: lineage.plainAlias, .alias(lineage.plainAlias))
        }
        if moves {
            diff.putBack(
                "team", from: key.team, to: lineage.workspace.text, .team(lineage.workspace))
        }
        if moves, let user = key.user { diff.putBack("user", from: user, to: nil, .noUser) }
        let logs = KeyUpdate.spendLogs(lineage, generation)
        if key.lacks(logs) { diff.putBack("spendLogs", from: nil, to: nil, .spendLogs(logs)) }
        diff.putBack("owner", from: key.mark?.owner, to: mark.owner, .mark(mark))
        let narrowing = moves ? self.narrowing(limits) : []
        // Its user is cleared by the first call, which may have written the models it had.
        var fields = diff.fields.filter { $0 != .noUser && $0 != .models(wanted.models) }
        if moves || diff.fields.contains(.models(wanted.models)) {
            fields.insert(.models(wanted.models), at: 0)
        }
        return Step(
            Change(
                Address(lineage.workspace, .key(lineage.secret)), .adopt, .adoption,
                reason: "generation \(generation): published as it is until its first rotation",
                place: planner.desired.place(of: "spec.adopt"),
                fields: diff.changes.filter { $0.before != $0.after }),
            (narrowing.isEmpty ? [] : [.updateKey(key, lineage, narrowing)])
                + [.updateKey(key, lineage, fields)])
    }

    /// LiteLLM judges a move by what the key holds before it (`a move is judged by what the key holds
    /// before it`), so it is narrowed while it still stands where it was. Never to the word for the
    /// team's models: that opens everything to a key without a team.
    private func narrowing(_ limits: KeyLimits) -> [KeyField] {
        var fields: [KeyField] = []
        let models = wanted.models ?? planner.writtenModels
        if key.models != .only(models) { fields.append(.models(models)) }
        if key.requestsPerMinute != limits.requests {
            fields.append(.requestsPerMinute(limits.requests))
        }
        if key.tokensPerMinute != limits.tokens { fields.append(.tokensPerMinute(limits.tokens)) }
        if key.user != nil { fields.append(.noUser) }
        return fields
    }

    /// No key comes into a team with more than the team has.
    private var limits: KeyLimits {
        var limits = KeyUpdate.limits(planner.desired, wanted, key)
        guard moves else { return limits }
        let team = planner.desired.limits
        func least(_ limit: Int?, _ bound: Int?) -> Int? {
            guard let limit, let bound else { return limit }
            return min(limit, bound)
        }
        limits.requests = least(
            limits.requests, team.requestsPerMinute.applied(to: planner.team?.requestsPerMinute))
        limits.tokens = least(
            limits.tokens, team.tokensPerMinute.applied(to: planner.team?.tokensPerMinute))
        return limits
    }

    var warnings: [String] {
        var key = key
        if moves { key.user = nil }
        return Self.warnings(of: key, secret: lineage.secret) + dueWarning
    }

    private var dueWarning: [String] {
        guard let rotation = wanted.rotation,
            case .due(let due) = RotationRule(rotation, of: lineage).due(
                mintedAt: key.minted(asOf: planner.now) ?? planner.now, now: planner.now)
        else { return [] }
        return [
            "\(lineage.secret): the first rotation is due already (\(due.reason)), so the next run makes "
                + "it: let its apps read the store by then, or leave the rule out until they do"
        ]
    }

    /// What an adopted key holds that no other published key of bursar's does, and that stays.
    static func warnings(of key: ObservedKey, secret: SecretName) -> [String] {
        var out: [String] = []
        if let cap = key.cap {
            out.append("the key has a budget of its own, \(cap.dollars)")
        }
        if let expires = key.expires { out.append("the key expires at \(expires)") }
        if let user = key.user {
            out.append("what the key spends counts as user \(VisibleText.escape(user))'s, too")
        }
        return out.map { "\(secret) was taken over: \($0), until its first rotation" }
    }
}
