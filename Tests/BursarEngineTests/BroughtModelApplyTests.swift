import BursarCore
import BursarEngine
import BursarLiteLLM
import BursarSandbox
import BursarStores
import Synchronization
import TestSupport
import Testing

/// What a run does with the models that workspaces bring along, and which key a provider then sees.
struct BroughtModelApplyTests {
    @Test func `a call goes out with the workspace's key, under the public name`() async throws {
        let site = try await BroughtSite()
        #expect(try await site.run().succeeded)
        #expect(try await site.plan().isEmpty)
        #expect(try await site.chat("gpt-4o") == 200)
        #expect(try await site.chat("search--gpt-4o") == 200)
        #expect(site.keys == [BroughtSite.canary, BroughtSite.canary])
        #expect(site.fleet.sandbox.upstream.map(\.base) == ["http://up/v1", "http://up/v1"])
        #expect(try await site.chat("gpt-4o", as: "code") == 403)
        #expect(try await site.chat("search--gpt-4o", as: "code") == 403)
        #expect(site.keys.count == 2)
    }

    @Test func `another value at its source goes out after one run`() async throws {
        let site = try await BroughtSite()
        try await site.run()
        site.sources["OPENAI_SEARCH"] = "sk-tenant-two"
        let plan = try await site.plan()
        #expect(plan.changes.map(\.cause) == [.value, .value])
        #expect(try await site.run().succeeded)
        #expect(try await site.chat("gpt-4o") == 200)
        #expect(site.keys == ["sk-tenant-two"])
        #expect(try await site.plan().isEmpty)
    }

    @Test func `what left the manifest is refused, and nothing went out on another key`()
        async throws
    {
        let site = try await BroughtSite()
        try await site.run()
        var without = site
        without.edit { $0.providerSecrets = [] }
        #expect(try await without.run().succeeded)
        #expect(site.fleet.sandbox.rows.models == [])
        #expect(try await site.chat("gpt-4o") == 403)
        #expect(try await site.chat("search--gpt-4o") == 403)
        #expect(site.keys == [])
        #expect(try await without.plan().isEmpty)
    }

    @Test func `a workspace that may call all does not reach another's`() async throws {
        var site = try await BroughtSite()
        site.edit("code") { $0.models = .all }
        try await site.run()
        // The list of all was written before, and is once more now that the row is there.
        #expect(try await site.plan().isEmpty)
        #expect(try await site.chat("search--gpt-4o", as: "code") == 403)
        #expect(try await site.chat("gf-chat-pro", as: "code") == 200)
        #expect(site.keys == [])
    }

    @Test func `a list of all is read back as it was written, whatever the proxy serves`()
        async throws
    {
        var site = try await BroughtSite()
        site.edit("code") { $0.models = .all }
        for name in ["*", "search-*", "openai/*"] {
            let body = #"{"model_name":"\#(name)","litellm_params":{"model":"openai/any"}}"#
            let answer = site.fleet.sandbox.ask(
                SandboxRequest(
                    method: "POST", path: "/model/new",
                    bearer: LiteLLMModel.Options().masterKey, body: Array(body.utf8)),
                now: site.fleet.time.now())
            try #require(answer.status == 200, "\(name)")
        }
        #expect(try await site.run().succeeded)
        #expect(try await site.plan().isEmpty)
        let models = site.fleet.sandbox.rows.teams["code"]?.models ?? []
        #expect(models.contains("gf-chat-pro"))
        #expect(models.filter { $0.contains("*") } == ["openai/*"])
        #expect(try await site.chat("search--gpt-4o", as: "code") == 403)
        #expect(site.keys == [])
    }

    @Test func `a source that is gone lets everything else be done`() async throws {
        let site = try await BroughtSite()
        site.sources["OPENAI_SEARCH"] = nil
        #expect(try await !site.run().succeeded)
        #expect(site.fleet.sandbox.rows.models == [])
        #expect(site.fleet.sandbox.rows.teams["search"]?.aliases == [:])
        #expect(try await site.chat("gf-chat-default") == 200)
        site.sources["OPENAI_SEARCH"] = BroughtSite.canary
        #expect(try await site.run().succeeded)
        #expect(try await site.chat("gpt-4o") == 200)
    }

    @Test func `a source that is gone leaves out its own models alone`() async throws {
        var site = try await BroughtSite()
        let name = try #require(SecretName("ANTHROPIC_API_KEY"))
        site.edit {
            $0.providerSecrets.insert(
                DesiredProviderSecret(
                    name: name, valueFrom: .env("ANTHROPIC_SEARCH"),
                    models: [DesiredModel(name: "claude", upstream: "anthropic/claude")]), at: 0)
        }
        let report = try await site.run()
        #expect("\(report.outcomes)".contains("env ANTHROPIC_SEARCH is not there"))
        #expect(site.fleet.sandbox.rows.models.count == 1)
        #expect(site.fleet.sandbox.rows.teams["search"]?.aliases == [:])
        // The row is there now, so the team may lead to it.
        #expect(try await !site.run().succeeded)
        #expect(try await site.chat("gpt-4o") == 200)
        #expect(try await site.chat("claude") != 200)
        site.sources["ANTHROPIC_SEARCH"] = "sk-tenant-two"
        #expect(try await site.run().succeeded)
        #expect(try await site.chat("claude") == 200)
        #expect(try await site.plan().isEmpty)
    }

    @Test func `a row that is to be made anew stays where its value cannot be read`() async throws {
        var site = try await BroughtSite()
        try await site.run()
        site.edit { $0.providerSecrets[0].models[0].apiBase = nil }
        site.sources["OPENAI_SEARCH"] = nil
        #expect(try await !site.run().succeeded)
        #expect(site.fleet.sandbox.rows.models.count == 1)
        #expect(try await site.chat("gpt-4o") == 200)
        #expect(site.keys == [BroughtSite.canary])
        site.sources["OPENAI_SEARCH"] = BroughtSite.canary
        #expect(try await site.run().succeeded)
        #expect(try await site.plan().isEmpty)
    }

    @Test func `a row whose secret is another one by now is not written`() async throws {
        let site = try await BroughtSite()
        try await site.run()
        var edited = site
        edited.edit {
            $0.providerSecrets[0].models.append(
                DesiredModel(name: "second", upstream: "openai/second"))
        }
        let plan = try await edited.plan()
        site.sources["OPENAI_SEARCH"] = "sk-tenant-two"
        let report = await edited.apply(plan)
        #expect("\(report.outcomes)".contains("not what its source gives now"))
        #expect(site.fleet.sandbox.rows.models.count == 1)
        #expect(try await edited.run().succeeded)
        #expect(try await site.chat("second") == 200)
        #expect(site.keys == ["sk-tenant-two"])
    }

    @Test func `several values stand in one row`() async throws {
        var site = try await BroughtSite()
        site.sources["AWS_ID"] = "AKIA-canary-1"
        site.sources["AWS_KEY"] = "aws-canary-2"
        let names = try ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map {
            try #require(SecretName($0))
        }
        site.edit {
            $0.providerSecrets = [
                DesiredProviderSecret(name: names[0], valueFrom: .env("AWS_ID")),
                DesiredProviderSecret(
                    name: names[1], valueFrom: .env("AWS_KEY"),
                    models: [
                        DesiredModel(
                            name: "claude", upstream: "bedrock/claude",
                            params: ["aws_region_name": .string("eu-central-1")],
                            credentials: [
                                "aws_access_key_id": names[0], "aws_secret_access_key": names[1],
                            ])
                    ]),
            ]
        }
        #expect(try await site.run().succeeded)
        let params = try #require(site.fleet.sandbox.rows.models.first?.params)
        #expect(params["aws_access_key_id"] == .string("AKIA-canary-1"))
        #expect(params["aws_secret_access_key"] == .string("aws-canary-2"))
        #expect(params["api_key"] == .string(""))
        site.sources["AWS_ID"] = "AKIA-canary-3"
        #expect(try await site.run().succeeded)
        let after = try #require(site.fleet.sandbox.rows.models.first?.params)
        #expect(after["aws_access_key_id"] == .string("AKIA-canary-3"))
        #expect(after["aws_secret_access_key"] == .string("aws-canary-2"))
        #expect(try await site.plan().isEmpty)
    }

    @Test func `no value is said anywhere`() async throws {
        let site = try await BroughtSite()
        let plan = try await site.plan()
        let report = await site.apply(plan)
        let row = try #require(site.fleet.sandbox.rows.models.first)
        let said =
            [PlanText(plan, color: false).text, PlanJSON.text(plan, breaches: []), "\(report)"]
            + site.fleet.events.all.map { "\($0)" } + ["\(row.info)"]
        #expect(said.allSatisfy { !$0.contains("canary") })
        #expect(said[0].contains("register model gpt-4o"))
    }

    @Test func `a plan asks LiteLLM five times, with models of their own or without`() async throws
    {
        let fleet = try await Fleet()
        _ = try await fleet.run()
        fleet.requests.clear()
        _ = try await fleet.plan()
        #expect(fleet.requests.all.count == 5)
        let site = try await BroughtSite()
        try await site.run()
        site.fleet.requests.clear()
        _ = try await site.plan()
        #expect(site.fleet.requests.all.count == 5)
    }
}

/// A crash before or after any call of a run that registers, changes or removes.
struct BroughtModelCrashTests {
    enum Start: String, CaseIterable, Sendable { case nothing, another, removed }

    @Test(arguments: Start.allCases)
    func `the next run converges, and no call ever went out on another key`(
        start: Start
    ) async throws {
        let whole = CrashPoint()
        try await crash(try await site(start), whole)
        try #require(whole.count > 10)
        for moment in 0..<whole.count {
            let site = try await site(start)
            try await crash(site, CrashPoint(after: moment))
            // Whatever stands half done answers with the workspace's key or not at all.
            let half = try await site.chat("gpt-4o")
            #expect([200, 400, 401, 403].contains(half), "at moment \(moment)")
            #expect(try await site.run().succeeded, "at moment \(moment)")
            #expect(try await site.plan().isEmpty, "at moment \(moment)")
            let expected = start == .removed ? 403 : 200
            #expect(try await site.chat("gpt-4o") == expected, "at moment \(moment)")
            let allowed: Set = [BroughtSite.canary, "sk-tenant-two"]
            #expect(Set(site.keys).isSubset(of: allowed), "at moment \(moment)")
            if start == .another { #expect(site.keys.last == "sk-tenant-two") }
        }
    }

    private func site(_ start: Start) async throws -> BroughtSite {
        var site = try await BroughtSite(alone: true)
        guard start != .nothing else { return site }
        try await site.run()
        if start == .another {
            site.sources["OPENAI_SEARCH"] = "sk-tenant-two"
            site.edit { $0.providerSecrets[0].models[0].apiBase = nil }
        } else {
            site.edit { $0.providerSecrets = [] }
        }
        return site
    }

    private func crash(_ site: BroughtSite, _ crash: CrashPoint) async throws {
        let plan = try await site.plan()
        _ = await site.apply(plan) { _ in crash.isPast() }
    }
}
