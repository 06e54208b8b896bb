/// The last line, and what a reader must not miss.
extension PlanReport {
    /// Counts and money: `Plan: create 2 workspaces, mint 2 keys; caps …`.
    package var summary: StyledText {
        guard !plan.isEmpty else {
            let count = plan.workspaces.count { !$0.leaves }
            return
                "\("No changes", .heading): \(counted(count, "workspace")) \(count == 1 ? "is" : "are") as the source wants \(count == 1 ? "it" : "them"); \(CapSum(plan).line)."
        }
        // A revocation knows no manifest, so it speaks of no caps.
        let knowsCaps = plan.workspaces.contains { $0.capBefore != nil || $0.capAfter != nil }
        let caps = knowsCaps ? "; \(CapSum(plan).line)" : ""
        return "\("Plan", .heading): \(counts.joined(separator: ", "))\(caps)."
    }

    /// `create 2 workspaces`, in the order in which things happen.
    package var counts: [String] {
        let failed = plan.workspaces.count { !$0.errors.isEmpty }
        let paused = plan.workspaces.count { $0.paused != nil && !$0.steps.isEmpty }
        let all =
            PlanCount.of(plan).map(\.description)
            + [
                failed > 0 ? "nothing in \(counted(failed, "workspace")) with an error" : nil,
                plan.sourceErrors.isEmpty
                    ? nil
                    : "nothing in workspaces whose manifest has an error "
                        + "(\(counted(plan.sourceErrors.count, "error")))",
                paused > 0 ? "\(counted(paused, "workspace")) paused and not applied" : nil,
                plan.errors.isEmpty ? nil : "nothing is done",
            ].compactMap(\.self)
        return all.isEmpty ? ["no changes"] : all
    }

    private func names(_ found: [(WorkspacePlan, Change)]) -> [StyledText] {
        found.map { "\($0.0.name, .name)" }
    }

    private func subjects(_ found: [(WorkspacePlan, Change)]) -> [StyledText] {
        found.map { Self.subject($0.1.address, $0.0.name) }
    }

    /// What removes something, rotates now or stops calls.
    var cautions: [StyledLine] {
        let active = plan.workspaces.filter { $0.paused == nil }
        let changes = active.flatMap { plan in plan.changes.map { (plan, $0) } }
        func changing(_ isMeant: (Change) -> Bool) -> [(WorkspacePlan, Change)] {
            changes.filter { isMeant($0.1) }
        }
        let left = active.filter { $0.leaves && $0.removals > 0 }
        let blocking = active.filter { WorkspaceMoney($0).blocksAtOnce }
        return [
            Self.caution(
                "removes", "workspace", left.map { "\($0.name, .name)" },
                "suspended now: no key of theirs works any more"),
            Self.caution(
                "stops", "workspace",
                names(changing { $0.cause != .prune && $0.suspends }),
                "suspended: no key of theirs works any more"),
            Self.caution("blocks at once", "workspace", blocking.map(Self.blocked), nil),
            Self.caution(
                "ends", "key",
                subjects(changing(\.endsKey)),
                "left the manifest; each works until the instant named with its change"),
            Self.caution(
                "rotates now", "key",
                subjects(changing { $0.action == .mint && $0.cause == .rotation }),
                "apps must read the new key before the overlap of the old one ends"),
            Self.caution(
                "replaces", "key",
                subjects(changing { $0.action == .mint && $0.cause == .drift }),
                "the secret store has lost it, or it is gone from LiteLLM"),
            Self.caution(
                "revokes", "key", subjects(changing { $0.action == .block }),
                "LiteLLM refuses them within the time of its caches"),
        ].compactMap(\.self)
            + (removed(changes) + [
                Self.caution(
                    "deletes", "team",
                    names(changing { $0.action == .delete && $0.address.part == .team }),
                    "they left the source, and their budget period is over")
            ]).compactMap(\.self)
    }

    private func removed(_ changes: [(WorkspacePlan, Change)]) -> [StyledLine?] {
        let removed = changes.filter { $0.1.action == .remove }
        return [
            Self.caution(
                "removes", "secret", subjects(removed.filter { !$0.1.isOfModel }), nil),
            Self.caution(
                "removes", "model", subjects(removed.filter { $0.1.isOfModel }),
                "calls to their public names are refused"),
        ]
    }

    private static func caution(
        _ verb: String, _ noun: String, _ names: [StyledText], _ note: String?
    ) -> StyledLine? {
        guard !names.isEmpty else { return nil }
        let what: StyledText =
            "\("\(verb) \(counted(names.count, noun))", .caution): \(list(names, shown: shownNames))"
        return StyledLine(what + StyledText(note.map { " (\($0))" } ?? ""), indent: 1)
    }

    private static let shownNames = 10

    private static func blocked(_ plan: WorkspacePlan) -> StyledText {
        let money = WorkspaceMoney(plan)
        guard case .capped(let limit, _)? = plan.capAfter else { return "\(plan.name, .name)" }
        return
            "\(plan.name, .name) (the cap of \(limit.money.dollars) is \(limit.money == money.spent ? "what" : "below the \(money.spent.dollars) that") is spent already)"
    }
}

/// How often a plan does one thing, as `retire 2 keys`.
package struct PlanCount: Hashable, Sendable, CustomStringConvertible {
    let verb: String
    let noun: String
    let count: Int

    package var description: String { "\(verb) \(counted(count, noun))" }

    /// In the order in which things happen; none is 0.
    static func of(_ plan: Plan) -> [PlanCount] {
        let changes = plan.changes
        var counts: [PlanCount] = []
        func add(_ verb: String, _ noun: String, _ isMeant: (Change) -> Bool) {
            let count = changes.count(where: isMeant)
            if count > 0 { counts.append(PlanCount(verb: verb, noun: noun, count: count)) }
        }
        func isTeam(_ change: Change) -> Bool { change.address.part == .team }
        let isBare = changes.allSatisfy(\.onlyNumbersKeys)
        add("create", "workspace") { $0.action == .create }
        add("adopt", "workspace") { $0.action == .adopt && isTeam($0) }
        add("adopt", "key") { $0.action == .adopt && !isTeam($0) }
        // A team is led to its own models by an update of its own.
        let made = Set(changes.filter { isTeam($0) && $0.action != .update }.map(\.address))
        let updated = changes.filter {
            $0.action == .update && isTeam($0) && (isBare || !$0.onlyNumbersKeys)
        }
        let count = Set(updated.map(\.address)).subtracting(made).count
        if count > 0 { counts.append(PlanCount(verb: "update", noun: "workspace", count: count)) }
        add("update", "key") { $0.action == .update && !isTeam($0) && !$0.isOfModel }
        add("suspend", "workspace") { $0.action == .suspend }
        add("resume", "workspace") { $0.action == .resume }
        add("mint and publish", "key") { $0.action == .mint }
        let minted = Set(changes.filter { $0.action == .mint }.map(\.address))
        add("publish again", "key") { $0.action == .publish && !minted.contains($0.address) }
        add("retire", "old key") { $0.action == .retire }
        add("revoke", "key") { $0.action == .block }
        add("delete", "revoked key") { $0.action == .delete && !isTeam($0) }
        add("put", "provider secret") { $0.action == .put }
        add("register", "model") { $0.action == .register }
        add("update", "model") { $0.action == .update && $0.isOfModel }
        add("remove", "model") { $0.action == .remove && $0.isOfModel }
        add("remove", "secret") { $0.action == .remove && !$0.isOfModel }
        add("delete", "suspended team") { $0.action == .delete && isTeam($0) }
        return counts
    }
}

extension Change {
    /// Of one that the workspace brings along.
    var isOfModel: Bool { if case .model = address.part { true } else { false } }

    /// The manifest no longer names it.
    fileprivate var endsKey: Bool {
        action == .retire && cause == .manifest && fields.isEmpty
    }

    /// Also together with other edits, when it is an update.
    fileprivate var suspends: Bool {
        action == .suspend
            || action != .create && address.part == .team
                && fields.contains { $0.path == "suspended" && $0.after == "true" }
    }

    /// It notes the number of a key that is minted next: nothing of the workspace changes.
    var onlyNumbersKeys: Bool {
        action == .update && !fields.isEmpty
            && fields.allSatisfy { $0.path.hasPrefix("generation of ") }
    }
}
