import BursarCore
import Testing

extension Scene {
    /// By the name of its folder among the goldens.
    static func named(_ name: String) throws -> Scene {
        switch name {
        case "nothing": try nothing()
        case "first-apply": try firstApply()
        case "many": try many()
        case "money": try money()
        case "drift": try drift()
        case "rotation": try rotation()
        case "prune": try prune()
        case "limits": try limits()
        case "errors": try errors()
        case "showcase": try showcase()
        case "brought": try broughtModels()
        default: try #require(nil, "no scene \(name)")
        }
    }

    static let names = [
        "nothing", "first-apply", "many", "money", "drift", "rotation", "prune", "limits", "errors",
        "showcase", "brought",
    ]

    private static func three() throws -> [DesiredWorkspace] {
        [
            try workspace("ads", dollars: 40, nil),
            try workspace(
                "assistant", dollars: 10, .days(1), models: ["gf-chat-default", "gf-chat-pro"],
                every: .days(30)),
            try workspace(
                "search", dollars: 250, models: ["gf-chat-default", "gf-embed-default"],
                every: .days(90), secrets: ["INDEXER_API_KEY", "LITELLM_API_KEY"]),
        ]
    }

    /// All of it applied, twenty days ago.
    private static func settled() throws -> Scene {
        var scene = Scene()
        let spent = ["ads": "12.5", "assistant": "0", "search": "91.20"]
        for workspace in try three() {
            try scene.add(workspace, spent: spent[workspace.name] ?? "0", days: 20)
        }
        return scene
    }

    private static func nothing() throws -> Scene { try settled() }

    private static func firstApply() throws -> Scene {
        var scene = Scene()
        scene.desired = try three()
        for workspace in scene.desired {
            scene.committed(workspace.name, line: 5, .commit(hash: "1a2b3c4", date: "2026-11-23"))
        }
        return scene
    }

    /// The caps of four hundred are raised in one commit.
    private static func many() throws -> Scene {
        var scene = Scene()
        for number in 1...400 {
            let text = String(number)
            let name = "team-" + String(repeating: "0", count: 3 - text.count) + text
            try scene.add(try workspace(name, dollars: 100), spent: "3.25")
            try scene.editManifest(name) {
                $0.budget = .capped(
                    limit: try #require(MicroUSD(micros: 120_000_000)), period: .days(30))
            }
            scene.committed(name, line: 6, .commit(hash: "9f8e7d6", date: "2026-11-24"))
        }
        return scene
    }

    private static func budget(_ dollars: Int64, _ period: BudgetPeriod?) throws -> Budget {
        .capped(limit: try #require(MicroUSD(micros: dollars * 1_000_000)), period: period)
    }

    /// Raised, lowered below what is spent, without a cap, of another period; one that runs dry, one
    /// that has.
    private static func money() throws -> Scene {
        var scene = Scene()
        let spends = [
            ("raised", "60"), ("blocked", "71.4"), ("uncapped", "5"), ("period", "20"),
            ("runs-dry", "95"), ("is-dry", "100"),
        ]
        for (name, spent) in spends {
            try scene.add(try workspace(name, dollars: 100), spent: spent)
        }
        try scene.editManifest("raised") { $0.budget = try budget(150, .days(30)) }
        try scene.editManifest("blocked") { $0.budget = try budget(50, .days(30)) }
        try scene.editManifest("uncapped") { $0.budget = .unlimited }
        try scene.editManifest("period") { $0.budget = try budget(30, .days(7)) }
        scene.committed("raised", line: 6, .commit(hash: "1a2b3c4", date: "2026-11-20"))
        scene.committed("blocked", line: 6, .uncommitted)
        return scene
    }

    /// Somebody raised a cap, opened models, blocked a key and resumed a workspace, at the proxy.
    private static func drift() throws -> Scene {
        var scene = try settled()
        try scene.editTeam("ads") {
            $0.cap = Money(decimal: "4000")
            $0.models = .only(Scene.models)
        }
        try scene.editKey("search") { $0.blocked = true }
        try scene.editTeam("assistant") { $0.mark = nil }
        scene.committed("ads", line: 6, .commit(hash: "77aa00b", date: "2026-03-02"))
        return scene
    }

    /// One is due, one comes, one is in its overlap, and one has left its manifest.
    private static func rotation() throws -> Scene {
        var scene = Scene()
        try scene.add(try workspace("due", dollars: 10, every: .days(30)), days: 31)
        try scene.add(try workspace("coming", dollars: 10, every: .days(30)), days: 20)
        try scene.add(
            try workspace("leaving", dollars: 10, secrets: ["LITELLM_API_KEY", "OLD_API_KEY"]))
        try scene.editManifest("leaving") { $0.keys.removeAll { $0.secret.text == "OLD_API_KEY" } }
        try scene.add(try workspace("over", dollars: 10), days: 20)
        try scene.overlap("over", began: Scene.now - .hours(30))
        try scene.add(try workspace("overlapping", dollars: 10), days: 20)
        try scene.overlap("overlapping", began: Scene.now - .hours(3))
        return scene
    }

    /// Its key got a successor then, and works on for a day.
    private mutating func overlap(_ name: String, began: Instant) throws {
        let index = try #require(keys.firstIndex { $0.team == name })
        var old = keys[index]
        let secret = try #require(old.mark?.secret)
        let lineage = Lineage(workspace: try #require(WorkspaceID(name)), secret: secret)
        let second = try #require(Generation(2))
        keys[index].mark?.generation = second
        keys[index].spendLogs["generation"] = "2"
        let hash = try #require(KeyHash(hex: String(old.hash.hex.dropLast()) + "b"))
        old.hash = hash
        old.alias = lineage.plainAlias + "@g1"
        old.mark?.retiredAt = began
        old.mark?.overlap = .hours(24)
        old.mark?.overlapBy = .rule
        old.expires = began + .hours(24)
        old.lastActive = Scene.now - .hours(1)
        keys.append(old)
        secrets[lineage.workspace] = [
            ObservedSecret(
                name: secret,
                marker: SecretMarker(
                    owner: Scene.owner.name, generation: second,
                    fingerprint: keys[index].hash.fingerprint))
        ]
        try editTeam(name) { $0.mark?.generations[secret] = second }
    }

    /// One leaves now, of one the time is over, one left and nothing prunes it: it said never.
    private static func prune() throws -> Scene {
        var scene = try settled()
        scene.policy.pruning = Pruning(after: .days(7))
        for name in ["gone-now", "gone-before"] {
            try scene.add(try workspace(name, dollars: 30), spent: "4")
        }
        try scene.editTeam("gone-before") {
            $0.blocked = true
            $0.mark?.pruneSince = Scene.now - .days(8)
        }
        try scene.add(try workspace("kept", dollars: 5))
        try scene.editTeam("kept") { $0.mark?.pruneNever = true }
        scene.desired.removeAll { $0.name.hasPrefix("gone") || $0.name == "kept" }
        return scene
    }

    /// The store has lost two keys, and three workspaces are gone from git.
    private static func limits() throws -> Scene {
        var scene = try settled()
        scene.policy.pruning = Pruning(after: .days(7))
        for name in ["one", "two", "three"] {
            try scene.add(try workspace(name, dollars: 30))
        }
        scene.desired.removeAll { ["one", "two", "three"].contains($0.name) }
        for name in ["ads", "assistant"] { scene.secrets[try #require(WorkspaceID(name))] = [] }
        return scene
    }

    /// A stranger's team bears one's id, another's secrets cannot be read, the third is changed.
    private static func errors() throws -> Scene {
        var scene = try settled()
        try scene.editTeam("ads") { $0.mark?.owner = "staging" }
        scene.unreadable[try #require(WorkspaceID("assistant"))] =
            "secrets/assistant: permission denied"
        try scene.editManifest("search") { $0.budget = try budget(300, .days(30)) }
        return scene
    }

    /// A little of everything, for the pictures in the docs.
    private static func showcase() throws -> Scene {
        var scene = Scene()
        scene.policy.pruning = Pruning(after: .days(7))
        try scene.add(
            try workspace("assistant", dollars: 300, every: .days(30)), spent: "188.4", days: 31)
        try scene.add(try workspace("billing", dollars: 80), spent: "62.75")
        try scene.add(try workspace("old-bot", dollars: 40), spent: "3.10")
        try scene.add(
            try workspace("search", dollars: 250, models: ["gf-chat-default", "gf-embed-default"]),
            spent: "91.20")
        try scene.editManifest("billing") { $0.budget = try budget(60, .days(30)) }
        scene.committed("billing", line: 6, .commit(hash: "4c0ffee", date: "2026-11-24"))
        try scene.editManifest("search") { $0.budget = try budget(400, .days(30)) }
        scene.committed("search", line: 6, .commit(hash: "1a2b3c4", date: "2026-11-23"))
        try scene.editTeam("assistant") { $0.models = .only(Scene.models) }
        scene.committed("assistant", line: 7, .commit(hash: "77aa00b", date: "2026-03-02"))
        scene.committed("assistant", line: 9, .commit(hash: "77aa00b", date: "2026-03-02"))
        scene.desired.removeAll { $0.name == "old-bot" }
        return scene
    }
}
