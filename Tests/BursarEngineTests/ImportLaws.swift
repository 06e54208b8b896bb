import BursarCore
import BursarEngine
import BursarLiteLLM
import BursarManifest
import BursarSandbox
import BursarStores
import FoundationEssentials
import TestSupport
import Testing

/// A proxy that others filled, at random, over the stand-in.
private struct StrangeWorld {
    let sandbox = Sandbox()
    let time = ManualTime()
    let directory: TemporaryDirectory
    let issuer: LiteLLMIssuer
    /// No output may hold one.
    private(set) var values: [String] = []
    private var random: Seeded

    init(seed: UInt64) throws {
        random = Seeded(seed: seed)
        directory = try TemporaryDirectory()
        issuer = LiteLLMIssuer(
            transport: ModelTransport(sandbox, timekeeper: time), url: "http://proxy",
            masterKey: SecretValue("sk-master-1234"), time: time)
        for number in 0..<Int.random(in: 1...6, using: &random) { try makeTeam(number) }
        for number in 0..<Int.random(in: 0...4, using: &random) {
            try makeKey("lone-\(number)", team: nil)
        }
    }

    private mutating func pick<Value>(_ some: [Value]) throws -> Value {
        try #require(some.randomElement(using: &random))
    }

    /// Mostly what can be taken over: a team has many fields, and one that cannot is enough.
    private mutating func pick<Value>(_ plain: [Value], odd: [Value]) throws -> Value {
        try pick(Int.random(in: 0..<8, using: &random) == 0 ? odd : plain)
    }

    private func ask(_ path: String, _ body: [String: JSONValue]) throws {
        let bytes = Array(try JSONEncoder().encode(JSONValue.object(body)))
        let answer = sandbox.ask(
            SandboxRequest(
                method: "POST", target: path, bearer: SecretValue("sk-master-1234"), body: bytes),
            now: time.now())
        guard answer.status == 200 else {
            throw Refused(text: "\(path) \(String(decoding: answer.body, as: UTF8.self))")
        }
    }

    private struct Refused: Error {
        let text: String
    }

    private static let models = ["gf-chat-default", "gf-code-default", "gf-embed-default"]

    private mutating func makeTeam(_ number: Int) throws {
        let id = try pick(
            ["team-\(number)", "t_\(number)"],
            odd: ["Team \(number)", "a--\(number)", "sk-id-\(number)abc"])
        var body: [String: JSONValue] = ["team_id": .string(id)]
        body["team_alias"] = try pick(
            [
                nil, .string("Alias \(number)"), .string("yes: #\(number)"),
                .string("zwölf \u{200B}\(number)"),
            ], odd: [.string("sk-alias-\(number)xyz"), .string("one for all")])
        let models = try pick([
            Self.models, Array(Self.models.prefix(1)), [], ["no-default-models"],
            ["gf-chat-default", "gone: model"], ["openai/*"],
        ])
        body["models"] = .array(models.map { .string($0) })
        body["max_budget"] = try pick(
            [nil, .number("5"), .number("12.345678")], odd: [.number("0.0000005"), .number("0")])
        if body["max_budget"] != nil {
            body["budget_duration"] = try pick(
                [nil, .string("30d"), .string("7d"), .string("1mo")], odd: [.string("1w")])
        } else {
            body["budget_duration"] = try pick([nil], odd: [.string("30d")])
        }
        if ![.number("0"), .number("0.0000005")].contains(body["max_budget"]) {
            body["soft_budget"] = try pick(
                body["max_budget"] == nil ? [nil] : [nil, .number("4"), .number("1.2345")],
                odd: [.number("4")])
        }
        body["rpm_limit"] = try pick([nil, .number("600"), .number("0")])
        body["tpm_limit"] = try pick([nil, .number("90000")])
        body["blocked"] = try pick([nil, nil, .bool(true)])
        body["metadata"] = try pick([
            nil, .object(["cost": .string("sk-hidden-123456"), "n": .array([.number("2.5")])]),
        ])
        try ask("/team/new", body)
        for key in 0..<Int.random(in: 0...3, using: &random) {
            let own = try pick(
                [
                    "key-\(number)-\(key)", "\(id)/LITELLM_API_KEY", "sk-\(number)-\(key)-abcdef",
                    "Schlüssel \(number).\(key)",
                ], odd: ["\(id)/OTHER@g2"])
            // Aliases are unique on this proxy.
            try? makeKey(own, team: id)
        }
    }

    private mutating func makeKey(_ alias: String, team: String?) throws {
        let value = "sk-canary-\(values.count)-\(alias.utf8.count)-0123456789"
        values.append(value)
        var body: [String: JSONValue] = ["key": .string(value)]
        body["key_alias"] = try pick([.string(alias), .string(alias), nil])
        body["team_id"] = team.map { .string($0) }
        let models = try pick([[], ["gf-chat-default"], ["all-team-models"], ["gf-chat-pro"]])
        body["models"] = .array(models.map { .string($0) })
        body["max_budget"] = try pick([nil, nil, .number("2"), .number("0.33")])
        body["rpm_limit"] = try pick([nil, .number("50")])
        body["max_parallel_requests"] = try pick([nil, .number("3"), .number("0")])
        body["duration"] = try pick([nil, nil, .string("90d")])
        body["user_id"] = try pick([nil, nil, .string("alice")])
        body["metadata"] = try pick([
            nil, .object(["spend_logs_metadata": .object(["cc": .number("7")])]),
        ])
        try ask("/key/generate", body)
        if Int.random(in: 0..<8, using: &random) == 0 {
            try ask("/key/block", ["key": .string(value)])
        }
    }

    func reconciler() -> Reconciler {
        Reconciler(
            issuer: issuer, store: store, time: time,
            policy: PlanPolicy(owner: Fleet.owner, keyCacheTTL: Span(seconds: 60)))
    }

    var store: DirectorySecretStore { DirectorySecretStore(path: directory.path + "/secrets") }

    func draft(existing: [DesiredWorkspace] = []) async throws -> ImportDraft {
        ImportDraft(
            try await issuer.everything(), owner: Fleet.owner, from: nil, existing: existing,
            now: time.now())
    }

    /// Every row without what a stamp moves.
    func rows() -> [String: String] {
        var rows: [String: String] = [:]
        for (id, team) in sandbox.rows.teams {
            var metadata = team.metadata
            metadata["bursar"] = nil
            rows["team \(id)"] =
                "\(team.cap as Any) \(team.period as Any) \(team.budgetResetAt as Any) \(team.blocked) "
                + "\(metadata.sorted { $0.key < $1.key })"
            // An open list is written out, and the draft says so.
            if !team.models.isEmpty { rows["models \(id)"] = "\(Set(team.models).sorted())" }
        }
        return rows
    }
}

struct ImportLaws {
    @Test(arguments: UInt64(1)...150)
    func `what is imported validates, its apply only stamps, and the second plan is empty`(
        seed: UInt64
    ) async throws {
        let world = try StrangeWorld(seed: seed)
        let draft = try await world.draft()
        let loaded = loadManifests(
            configuration: nil,
            manifests: draft.manifests.map {
                ManifestFile(path: $0.name, bytes: Array($0.text.utf8))
            })
        try #require(loaded.diagnostics.isEmpty, "\(render(loaded.diagnostics, color: false))")
        #expect(loaded.desired.workspaces.count == draft.manifests.count)
        for manifest in draft.manifests {
            var read = loaded.desired.workspaces.first { $0.id == manifest.workspace.id }
            read?.places = Places()
            #expect(read == manifest.workspace, "\(manifest.text)")
        }
        #expect(Set(draft.manifests.map(\.name)).count == draft.manifests.count)
        let texts = draft.manifests.map(\.text) + [draft.candidates ?? ""]
        for value in world.values + ["sk-hidden", "sk-alias", "sk-id"] {
            #expect(!texts.contains { $0.contains(value) }, "\(texts)")
        }

        let before = world.rows()
        let keys = world.sandbox.rows.keys
        let reconciler = world.reconciler()
        let plan = try await reconciler.plan(loaded.desired)
        try #require(!plan.hasErrors, "\(plan.workspaces.map(\.errors))")
        for change in plan.changes {
            #expect(change.cause == .adoption)
            let open = change.fields.contains { $0.before == "every model of the proxy" }
            let moved = Set(change.fields.map(\.path)).subtracting(open ? ["models"] : [])
            #expect(moved.isSubset(of: ["owner", "alias", "name"]), "\(change.fields)")
        }
        let report = await reconciler.apply(
            plan, of: loaded.desired, limits: LimitSettings(),
            with: Executor(
                issuer: world.issuer, store: world.store, time: world.time,
                owner: Fleet.owner.name))
        try #require(report.succeeded, "\(report.outcomes)")
        let after = world.rows()
        #expect(before.allSatisfy { after[$0.key] == $0.value }, "\(before) \(after)")
        #expect(world.sandbox.rows.keys.count == keys.count)
        for (hash, key) in world.sandbox.rows.keys {
            #expect(key.team == keys[hash]?.team)
            #expect(key.expires == keys[hash]?.expires)
            #expect(key.blocked == keys[hash]?.blocked)
        }
        let second = try await reconciler.plan(loaded.desired)
        #expect(second.isEmpty, "\(second.changes)")
        // And nothing is left to import but what could not be.
        let again = try await world.draft()
        #expect(again.manifests.isEmpty)
        #expect(again.known == draft.manifests.count)
        #expect(again.leftTeams == draft.leftTeams)
    }

    @Test(arguments: UInt64(1)...60)
    func `every team and every key without one is imported or named with a reason`(
        seed: UInt64
    ) async throws {
        let world = try StrangeWorld(seed: seed)
        let draft = try await world.draft()
        let found = try await world.issuer.everything()
        #expect(draft.manifests.count + draft.leftTeams == found.teams.count)
        #expect(draft.leftKeys == found.keys.count { $0.key.team == nil })
        let text = draft.manifests.map(\.text).joined() + (draft.candidates ?? "")
        for team in found.teams {
            let isSecret = team.id.hasPrefix("sk-")
            #expect(text.contains(team.id) != isSecret, "\(team.id)")
            for other in team.others where team.team != nil && !isSecret {
                #expect(text.contains(other))
            }
        }
        // Copied into a file that is read, the candidates are manifests.
        guard let candidates = draft.candidates, draft.leftTeams == 0 else { return }
        let read = loadManifests(
            configuration: nil,
            manifests: [ManifestFile(path: "c.yaml", bytes: Array(candidates.utf8))])
        #expect(
            read.diagnostics.allSatisfy { $0.code == "empty-file" },
            "\(render(read.diagnostics, color: false)) \(candidates)")
    }

    @Test func `the worlds hold teams and keys to take over, and others`() async throws {
        var (manifests, keys, left, lone) = (0, 0, 0, 0)
        for seed in UInt64(1)...30 {
            let draft = try await StrangeWorld(seed: seed).draft()
            manifests += draft.manifests.count
            keys += draft.manifests.reduce(0) { $0 + $1.workspace.keys.count }
            left += draft.leftTeams
            lone += draft.leftKeys
        }
        let counts = [manifests, keys, left, lone]
        #expect(counts.allSatisfy { $0 >= 20 }, "\(counts)")
    }

    @Test func `another owner's team is imported by name alone`() async throws {
        let fleet = try await Fleet()
        #expect(try await fleet.run().succeeded)
        let inventory = try #require(fleet.issuer as? any Inventory)
        let found = try await inventory.everything()
        let other = Owner(name: "other", source: "1234")
        func draft(_ from: String?) -> ImportDraft {
            ImportDraft(found, owner: other, from: from, existing: [], now: fleet.time.now())
        }
        #expect(draft(nil).manifests.isEmpty)
        #expect(draft(nil).candidates?.contains("it belongs to owner prod") == true)
        let taken = draft("prod")
        #expect(taken.manifests.count == 3)
        #expect(taken.manifests.allSatisfy { $0.workspace.adoption?.from == "prod" })
        let loaded = loadManifests(
            configuration: nil,
            manifests: taken.manifests.map {
                ManifestFile(path: $0.name, bytes: Array($0.text.utf8))
            })
        let reconciler = Reconciler(
            issuer: fleet.issuer,
            store: DirectorySecretStore(path: fleet.directory.path + "/others"), time: fleet.time,
            policy: PlanPolicy(owner: other, keyCacheTTL: Span(seconds: 60)))
        let plan = try await reconciler.plan(loaded.desired)
        let report = await reconciler.apply(
            plan, of: loaded.desired, limits: LimitSettings(),
            with: Executor(
                issuer: fleet.issuer,
                store: DirectorySecretStore(path: fleet.directory.path + "/others"),
                time: fleet.time, owner: other.name))
        #expect(report.succeeded, "\(report.outcomes) \(plan.workspaces.map(\.errors))")
        #expect(try await reconciler.plan(loaded.desired).isEmpty)
        #expect(try await fleet.plan().hasErrors)
    }
}
