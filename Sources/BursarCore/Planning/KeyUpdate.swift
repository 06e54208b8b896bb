/// What a published key must hold, against what it holds.
struct KeyUpdate {
    private let planner: WorkspacePlanner
    private let lineage: Lineage
    private let wanted: DesiredKey
    private let member: KeyLifecycle.Member?
    private let leavesAlias: Bool
    private let leavesAliasToSuccessor: Bool
    private let diff: FieldDiff<KeyField>

    /// - Parameters:
    ///   - member: the published key; `nil` before a mint.
    ///   - leavesAlias: the alias is taken later, when its holder is retired.
    ///   - leavesAliasToSuccessor: by another key, in this run: the lineage gets it back all the same,
    ///     which is stated.
    init(
        _ planner: WorkspacePlanner, _ lineage: Lineage, _ wanted: DesiredKey,
        _ member: KeyLifecycle.Member?, leavesAlias: Bool = false,
        leavesAliasToSuccessor: Bool = false
    ) {
        self.leavesAlias = leavesAlias
        self.leavesAliasToSuccessor = leavesAliasToSuccessor
        self.planner = planner
        self.lineage = lineage
        self.wanted = wanted
        self.member = member
        var diff = FieldDiff<KeyField>(applied: member.map { $0.key.mark?.applied } ?? [:])
        let has = member?.key.mark?.adopted == true ? member?.key.models(in: lineage) : nil
        Self.compare(
            member?.key, models: has ?? member?.key.models ?? .team, wanted,
            Self.limits(planner.desired, wanted, member?.key), in: &diff)
        self.diff = diff
    }

    static func compare(
        _ key: ObservedKey?, models: KeyModels, _ wanted: DesiredKey, _ limits: KeyLimits,
        in diff: inout FieldDiff<KeyField>
    ) {
        let wantedModels: KeyModels = wanted.models.map(KeyModels.only) ?? .team
        diff.compare(
            "models", models, wantedModels, .models(wanted.models), print: Printed.keyModels)
        diff.compare(
            "limits.requestsPerMinute", key?.requestsPerMinute, limits.requests,
            .requestsPerMinute(limits.requests), print: Printed.number)
        diff.compare(
            "limits.tokensPerMinute", key?.tokensPerMinute, limits.tokens,
            .tokensPerMinute(limits.tokens), print: Printed.number)
        diff.compare(
            "limits.parallelRequests", key?.parallelRequests, limits.parallel,
            .parallelRequests(limits.parallel), print: Printed.number)
    }

    var changes: [FieldChange] { diff.changes }

    var step: Step? {
        guard let member else { return nil }
        var diff = self.diff
        putBack(member, in: &diff)
        if key(member, lacksAliasOf: lineage), leavesAliasToSuccessor, !leavesAlias {
            diff.state(
                FieldChange(
                    path: "alias", before: member.key.alias, after: lineage.plainAlias,
                    cause: .drift))
        }
        guard !diff.changes.isEmpty else { return nil }
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
            diff.fields.isEmpty ? [] : [.updateKey(member.key, lineage, diff.fields)])
    }

    private func key(_ member: KeyLifecycle.Member, lacksAliasOf lineage: Lineage) -> Bool {
        member.key.alias != lineage.plainAlias
    }

    /// What no manifest says and every published key of ours has.
    private func putBack(_ member: KeyLifecycle.Member, in diff: inout FieldDiff<KeyField>) {
        let key = member.key
        if key.mark == nil {
            let mark = Self.restored(key, lineage, member.generation, planner)
                .applying(diff.digests)
            diff.putBack("mark", from: nil, to: "generation \(member.generation)", .mark(mark))
        }
        if self.key(member, lacksAliasOf: lineage), !leavesAlias, !leavesAliasToSuccessor {
            diff.putBack(
                "alias", from: key.alias, to: lineage.plainAlias, .alias(lineage.plainAlias))
        }
        if key.team != lineage.workspace.text {
            diff.putBack(
                "team", from: key.team, to: lineage.workspace.text, .team(lineage.workspace))
        }
        if key.blocked { diff.putBack("blocked", from: "true", to: "false", .blocked(false)) }
        let logs = Self.spendLogs(lineage, member.generation)
        if key.lacks(logs) {
            diff.putBack("spendLogs", from: nil, to: lineage.workspace.text, .spendLogs(logs))
        }
        // What an adopted key brought along goes with it, at its first rotation.
        guard !member.isAdopted else { return }
        if let cap = key.cap { diff.putBack("budget", from: cap.exactDollars, to: nil, .noCap) }
        if let expires = key.expires {
            diff.putBack("expires", from: expires.description, to: nil, .expiresIn(nil))
        }
        if key.routes != ObservedKey.modelRoutes {
            diff.putBack(
                "routes", from: key.routes.joined(separator: ", "), to: "llm_api_routes",
                .routes(ObservedKey.modelRoutes))
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
        _ planner: WorkspacePlanner, adopted: Bool = false
    ) -> KeyMark {
        KeyMark(
            owner: planner.policy.owner.name, secret: lineage.secret, generation: generation,
            mintedAt: key.createdAt ?? planner.now, keyring: planner.derivable[key.hash],
            adopted: adopted, retiredAt: nil,
            overlap: nil, overlapBy: nil, applied: [:])
    }

    /// Copied by LiteLLM into every spend log: what usage is attributed by.
    static func spendLogs(_ lineage: Lineage, _ generation: Generation) -> [String: String] {
        ["workspace": lineage.workspace.text, "generation": generation.description]
    }

    /// `parallelRequests` LiteLLM holds by key, so the workspace's stands on each.
    static func limits(
        _ workspace: DesiredWorkspace, _ wanted: DesiredKey, _ key: ObservedKey?
    ) -> KeyLimits {
        let own = wanted.limits.parallelRequests
        let parallel = own == .unmanaged ? workspace.limits.parallelRequests : own
        return KeyLimits(
            requests: wanted.limits.requestsPerMinute.applied(to: key?.requestsPerMinute),
            tokens: wanted.limits.tokensPerMinute.applied(to: key?.tokensPerMinute),
            parallel: parallel.applied(to: key?.parallelRequests))
    }
}

/// What a key is to be held to; `nil`: nothing of its own.
struct KeyLimits {
    var requests: Int?
    var tokens: Int?
    var parallel: Int?
}

extension ObservedKey {
    /// In its team an empty list of models opens the team's.
    func models(in lineage: Lineage) -> KeyModels {
        team == lineage.workspace.text && models == .unrestricted ? .team : models
    }

    /// What others wrote there stays.
    func lacks(_ logs: [String: String]) -> Bool { logs.contains { spendLogs[$0.key] != $0.value } }
}

extension KeyMark {
    func applying(_ digests: [String: String]) -> KeyMark {
        var copy = self
        copy.applied = digests
        return copy
    }
}
