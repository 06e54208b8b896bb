import BursarCore
import BursarSandbox

/// What the team writes into git.
extension World {
    static let secrets = ["LITELLM_API_KEY", "BATCH_KEY"].compactMap { SecretName($0) }
    static let ids = ["ads", "code", "search"].compactMap { WorkspaceID($0) }
    private static let models = ["gf-chat-default", "gf-code-default", "gf-embed-default"]

    /// LiteLLM starts 30 days on the first of a month, so that one sent again would not show.
    static let period = BudgetPeriod.days(10)

    func writeManifests() {
        let count = roll { 1 + $0.number(2) }
        for id in Self.ids.prefix(count) { writeManifest(id) }
    }

    func writeManifest(_ id: WorkspaceID) {
        let keys = roll { dice in
            Self.secrets.prefix(1 + dice.number(2)).map {
                DesiredKey(secret: $0, rotation: rotation(&dice))
            }
        }
        guard let limit = roll({ MicroUSD(micros: 20_000 + Int64($0.number(200_000))) }) else {
            return
        }
        let prune = roll { !$0.chance(15) }
        var workspace = DesiredWorkspace(
            id: id, name: id.text, budget: .capped(limit: limit, period: World.period),
            models: .only(["gf-chat-default"]), limits: Limits(), keys: keys, prune: prune)
        if traits.adopts { nameHandMade(in: &workspace) }
        commit(workspace)
        note("git: workspace \(id) with \(keys.map { "\($0.secret) \($0.rotation as Any)" })")
    }

    func commit(_ workspace: DesiredWorkspace) {
        with { $0.desired[workspace.id] = workspace }
    }

    func rotation(_ dice: inout Dice) -> RotationSpec? {
        guard dice.chance(85) else { return nil }
        var spec = RotationSpec()
        spec.trigger = Self.trigger(&dice)
        spec.overlap = dice.pick([Span(seconds: 0), .hours(1), .hours(24), .days(3)])
        spec.overlapWhileInUse = dice.chance(30)
        if spec.overlapWhileInUse { spec.maxAge = .days(40) }
        if traits.windows, dice.chance(60) {
            spec.window = dice.pick(Window.all).window
            if case .every(let every) = spec.trigger, dice.chance(50) {
                spec.maxAge = Span(seconds: every.seconds + Int64(dice.number(6)) * 86_400)
            }
        }
        return spec
    }

    private static func trigger(_ dice: inout Dice) -> RotationSpec.Trigger {
        let age = RotationSpec.Trigger.every(
            .days(1 + Int64(dice.number(dice.chance(20) ? 90 : 20))))
        guard dice.chance(30) else { return age }
        let text = dice.pick(["0 3 1 * *", "30 4 * * sun", "15 2 1,15 * *", "@monthly"])
        return (try? CronSchedule(text)).map { .schedule($0) } ?? age
    }

    /// One edit, merged.
    func editManifest() {
        let id = pick(Self.ids)
        guard var workspace = with({ $0.desired[id] }) else { return writeManifest(id) }
        switch roll({ $0.number(pruneAfter == nil ? 10 : 15) }) {
        case 0, 1:
            guard let limit = roll({ MicroUSD(micros: 20_000 + Int64($0.number(500_000))) }) else {
                return
            }
            workspace.budget = .capped(limit: limit, period: World.period)
        case 2: workspace.models = .only(Set(Self.models.prefix(roll { 1 + $0.number(3) })))
        case 3: workspace.suspended.toggle()
        case 4:
            let secret = pick(Self.secrets)
            if workspace.keys.contains(where: { $0.secret == secret }) {
                workspace.keys.removeAll { $0.secret == secret }
            } else {
                workspace.keys.append(
                    DesiredKey(secret: secret, rotation: roll { rotation(&$0) }))
            }
        case 5, 6: edit(&workspace) { key, dice in key.rotation = self.rotation(&dice) }
        case 7:
            let now = now
            edit(&workspace) { key, _ in
                key.rotation = key.rotation ?? RotationSpec()
                key.rotation?.after = now
                key.rotation?.afterOverlap = Span(seconds: 0)
            }
        case 8:
            edit(&workspace) { key, dice in
                key.rotation?.overlap = dice.pick([.hours(1), .hours(12), .days(2)])
            }
        default:
            removeManifest(of: id)
            return
        }
        if traits.adopts { editAdoption(of: &workspace) }
        let edited = workspace
        commit(edited)
        note(
            "git: workspace \(id) edited: \(edited.budget) suspended \(edited.suspended) \(edited.keys)"
        )
    }

    /// - Returns: whether it was; the last one stays.
    @discardableResult
    func removeManifest(of id: WorkspaceID) -> Bool {
        guard with({ $0.desired.count }) > 1 else { return false }
        with { $0.desired[id] = nil }
        note("git: workspace \(id) removed")
        return true
    }

    /// What a bursar has suspended because it left.
    var pruned: [WorkspaceID] {
        let teams = sandbox.rows.teams
        return Self.ids.filter { id in
            with { $0.desired[id] == nil } && teams[id.text]?.mark?.pruneSince != nil
        }
    }

    func returnManifest(of left: [WorkspaceID]) {
        guard !left.isEmpty else { return }
        writeManifest(pick(left))
    }

    private func edit(
        _ workspace: inout DesiredWorkspace, _ body: (inout DesiredKey, inout Dice) -> Void
    ) {
        guard !workspace.keys.isEmpty else { return }
        let index = roll { $0.number(workspace.keys.count) }
        var key = workspace.keys[index]
        var dice = Dice(roll { $0.next() })
        body(&key, &dice)
        workspace.keys[index] = key
    }

    var workspaces: [DesiredWorkspace] {
        with { $0.desired.values.sorted { $0.id < $1.id } }
    }
}
