/// What a published key must hold, against what it holds.
struct KeyUpdate {
    private let planner: WorkspacePlanner
    private let lineage: Lineage
    private let wanted: DesiredKey
    private let member: KeyLifecycle.Member?
    private let leavesAlias: Bool
    private let diff: FieldDiff<KeyField>

    /// - Parameters:
    ///   - member: the published key; `nil` before a mint.
    ///   - leavesAlias: the alias is taken later, when its holder is retired.
    init(
        _ planner: WorkspacePlanner, _ lineage: Lineage, _ wanted: DesiredKey,
        _ member: KeyLifecycle.Member?, leavesAlias: Bool = false
    ) {
        self.leavesAlias = leavesAlias
        self.planner = planner
        self.lineage = lineage
        self.wanted = wanted
        self.member = member
        let applied = member.map { $0.key.mark?.applied } ?? [:]
        var diff = FieldDiff<KeyField>(applied: applied)
        let limits = Self.limits(planner.desired, wanted, member?.key)
        let models: KeyModels = wanted.models.map(KeyModels.only) ?? .team
        diff.compare(
            "models", member?.key.models ?? .team, models, .models(wanted.models),
            print: Printed.keyModels)
        diff.compare(
            "limits.requestsPerMinute", member?.key.requestsPerMinute, limits.requests,
            .requestsPerMinute(limits.requests), print: Printed.number)
        diff.compare(
            "limits.tokensPerMinute", member?.key.tokensPerMinute, limits.tokens,
            .tokensPerMinute(limits.tokens), print: Printed.number)
        diff.compare(
            "limits.parallelRequests", member?.key.parallelRequests, limits.parallel,
            .parallelRequests(limits.parallel), print: Printed.number)
        self.diff = diff
    }

    var changes: [FieldChange] { diff.changes }

    var step: Step? {
        guard let member else { return nil }
        var diff = self.diff
        putBack(member, in: &diff)
        guard !diff.fields.isEmpty else { return nil }
        if !self.diff.fields.isEmpty, let mark = member.key.mark {
            // The digests of what is written, so that the next difference is known for drift.
            diff.putBack("mark", from: nil, to: nil, .mark(mark.applying(diff.digests)))
        }
        let shown = diff.changes.filter { $0.before != $0.after }
        return Step(
            Change(
                Address(lineage.workspace, .key(lineage.secret)), .update, diff.cause,
                reason: diff.reason,
                place: planner.desired.place(of: "spec.keys.\(lineage.secret)"),
                fields: shown),
            [.updateKey(member.key, lineage, diff.fields)])
    }

    /// What no manifest says and every published key of ours has.
    private func putBack(_ member: KeyLifecycle.Member, in diff: inout FieldDiff<KeyField>) {
        let key = member.key
        if key.mark == nil {
            let mark = Self.restored(key, lineage, member.generation, planner)
                .applying(diff.digests)
            diff.putBack("mark", from: nil, to: "generation \(member.generation)", .mark(mark))
        }
        if key.alias != lineage.plainAlias, !leavesAlias {
            diff.putBack(
                "alias", from: key.alias, to: lineage.plainAlias, .alias(lineage.plainAlias))
        }
        if key.team != lineage.workspace.text {
            diff.putBack(
                "team", from: key.team, to: lineage.workspace.text, .team(lineage.workspace))
        }
        if let cap = key.cap { diff.putBack("budget", from: cap.dollars, to: nil, .noCap) }
        if let expires = key.expires {
            diff.putBack("expires", from: expires.description, to: nil, .expiresIn(nil))
        }
        if key.blocked { diff.putBack("blocked", from: "true", to: "false", .blocked(false)) }
        if key.routes != Self.routes {
            diff.putBack(
                "routes", from: key.routes.joined(separator: ", "), to: "llm_api_routes",
                .routes(Self.routes))
        }
        let logs = Self.spendLogs(lineage, member.generation)
        if key.spendLogs != logs {
            diff.putBack("spendLogs", from: nil, to: lineage.workspace.text, .spendLogs(logs))
        }
    }

    func mint(_ generation: Generation) -> MintOrder {
        let limits = Self.limits(planner.desired, wanted, nil)
        return MintOrder(
            lineage: lineage, generation: generation, owner: planner.policy.owner.name,
            keyring: planner.policy.keyring, models: wanted.models,
            requestsPerMinute: limits.requests,
            tokensPerMinute: limits.tokens, parallelRequests: limits.parallel,
            applied: diff.digests, spendLogs: Self.spendLogs(lineage, generation))
    }

    /// A mark that an edit of the metadata erased, from what is left.
    static func restored(
        _ key: ObservedKey, _ lineage: Lineage, _ generation: Generation,
        _ planner: WorkspacePlanner
    ) -> KeyMark {
        KeyMark(
            owner: planner.policy.owner.name, secret: lineage.secret, generation: generation,
            mintedAt: key.createdAt ?? planner.now, keyring: planner.derivable[key.hash],
            adopted: false, retiredAt: nil,
            overlap: nil, overlapBy: nil, applied: [:])
    }

    /// What LiteLLM makes of `key_type: llm_api`: calls to models, no administration.
    private static let routes = ["llm_api_routes"]

    /// Copied by LiteLLM into every spend log: what usage is attributed by.
    static func spendLogs(_ lineage: Lineage, _ generation: Generation) -> [String: String] {
        ["workspace": lineage.workspace.text, "generation": generation.description]
    }

    /// `parallelRequests` LiteLLM holds by key, so the workspace's stands on each.
    private static func limits(
        _ workspace: DesiredWorkspace, _ wanted: DesiredKey, _ key: ObservedKey?
    ) -> (requests: Int?, tokens: Int?, parallel: Int?) {
        let own = wanted.limits.parallelRequests
        let parallel = own == .unmanaged ? workspace.limits.parallelRequests : own
        return (
            wanted.limits.requestsPerMinute.applied(to: key?.requestsPerMinute),
            wanted.limits.tokensPerMinute.applied(to: key?.tokensPerMinute),
            parallel.applied(to: key?.parallelRequests)
        )
    }
}

extension KeyMark {
    fileprivate func applying(_ digests: [String: String]) -> KeyMark {
        var copy = self
        copy.applied = digests
        return copy
    }
}
