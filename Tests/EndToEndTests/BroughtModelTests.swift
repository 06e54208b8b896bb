import BursarCore
import Foundation
import TestSupport
import Testing

/// Models that workspaces bring along, on the real LiteLLM: which key a provider gets to see.
@Suite(.enabled(if: RealLiteLLM.listsAliases), .serialized, .timeLimit(.minutes(8)))
struct `Brought models on the real LiteLLM` {
    /// Three workspaces, of which `search` brings a model along, and an operator's model whose name
    /// is the public one.
    private struct Site {
        static let first = "sk-tenant-canary-one-4471"
        static let second = "sk-tenant-canary-two-4471"
        static let operators = "sk-operator-canary-4471"

        let proxy: ProxySite
        let provider: FakeProvider
        let said = Record<String>()
        var publicName: String { proxy.id("gpt") }
        var ownName: String { proxy.id("search") + "--" + publicName }

        func lay(models: Bool = true) throws {
            try proxy.configure("prod", owner: "prod")
            try proxy.scratch.write(
                """
                apiVersion: bursar/v1
                kind: Configuration
                metadata: {name: prod-\(proxy.tag)}
                spec:
                  source: {id: \(proxy.tag)}
                  secrets: {directory: {path: ./secrets}}
                  providerSecrets: {allow: [{env: "OPENAI_{ID}"}]}

                """, to: "prod/bursar.yaml")
            for (name, list) in [("ads", "[gf-chat-default]"), ("everything", "all")] {
                try write(name, "  models: \(list)")
            }
            try write(
                "search",
                """
                  models: [gf-chat-default]
                  providerSecrets:
                    - name: OPENAI_API_KEY
                      valueFrom: {env: \(variable)}
                      models: [\(models ? row : "")]
                """)
        }

        private var row: String {
            "{name: \(publicName), upstream: openai/gpt-4o, apiBase: \"\(provider.url)/v1\"}"
        }

        private func write(_ name: String, _ spec: String) throws {
            try proxy.scratch.write(
                """
                apiVersion: bursar/v1
                kind: Workspace
                metadata: {name: \(proxy.id(name))}
                spec:
                  budget: {limit: 5, period: 30d}
                \(spec)

                """, to: "prod/\(name).yaml")
        }

        private var variable: String {
            "OPENAI_" + proxy.id("search").uppercased().replacing("-", with: "_")
        }

        func bursar(_ arguments: [String], key: String = Self.first) async throws
            -> BuiltBinary.Result
        {
            let result = try await BuiltBinary.run(
                arguments + [proxy.scratch.path + "/prod"],
                environment: [
                    "LITELLM_URL": proxy.url, "LITELLM_MASTER_KEY": proxy.key, variable: key,
                ])
            said.add(result.all)
            return result
        }

        /// What other suites left on this proxy and can call everything is let through.
        func apply(key: String = Self.first, more: Int = 0) async throws -> BuiltBinary.Result {
            let audit = proxy.scratch.path + "/audit"
            return try await bursar(
                [
                    "apply", "--yes", "--audit", audit, "--allow",
                    "openTeams=\(try await open() + more)",
                ],
                key: key)
        }

        func open() async throws -> Int {
            let plan = try await bursar(["plan", "--output", "json"])
            let json = try #require(JSONValue(parsing: Array(plan.output.utf8)), "\(plan.all)")
            let limit = json["limits"]?.array?.first { $0["limit"]?.string == "openTeams" }
            return limit?["count"]?.int ?? 0
        }

        /// - Returns: the workspace's published key.
        func published(_ name: String) throws -> String {
            try #require(
                proxy.scratch.text("prod/secrets/\(proxy.id(name))/LITELLM_API_KEY"))
        }

        func chat(_ model: String, as name: String) async throws -> Int {
            try await proxy.chat(try published(name), model: model)
        }

        /// LiteLLM shows an alias to calls up to a minute late; every plan of that time is empty.
        func chatOnceSeen() async throws -> Int {
            let end = ContinuousClock.now + .seconds(100)
            while true {
                let status = try await chat(publicName, as: "search")
                guard status == 403, ContinuousClock.now < end else { return status }
                let plan = try await bursar(["plan", "--detailed-exitcode"])
                #expect(plan.status == 0, "\(plan.all)")
            }
        }

        var keys: [String] {
            get async throws { try await provider.calls().map(\.authorization) }
        }

        /// With a key as docs/ci.md makes it: it lists no model, and is not open for that.
        func planWithPlanKey() async throws -> BuiltBinary.Result {
            let user = proxy.id("bursar-plan")
            _ = try await proxy.call(
                "POST", "/user/new",
                ["user_id": user, "user_role": "proxy_admin_viewer", "auto_create_key": false])
            let key = try await proxy.makeKey(
                "bursar-plan", in: nil,
                [
                    "user_id": user,
                    "allowed_routes": [
                        "/model/info", "/team/info", "/v2/team/list", "/key/list",
                        "/health/license", "/health/readiness/details",
                    ],
                ])
            let result = try await BuiltBinary.run(
                ["plan", "--detailed-exitcode", proxy.scratch.path + "/prod"],
                environment: ["LITELLM_URL": proxy.url, "LITELLM_PLAN_KEY": key])
            said.add(result.all)
            return result
        }

        func addOperatorsModel() async throws {
            let answer = try await proxy.call(
                "POST", "/model/new",
                [
                    "model_name": publicName,
                    "litellm_params": [
                        "model": "openai/gpt-4o", "api_key": Self.operators,
                        "api_base": provider.url + "/v1",
                    ], "model_info": ["id": proxy.id("operators")],
                ])
            try #require(answer["status"] as? Int == 200, "\(answer)")
        }

        func clean() async throws {
            _ = try await proxy.call("POST", "/model/delete", ["id": proxy.id("operators")])
            _ = try await proxy.call(
                "POST", "/model/delete", ["id": BroughtModel.id(of: ownName)])
        }
    }

    private func open(_ body: @escaping @Sendable (Site) async throws -> Void) async throws {
        try await ProxySite.open(.real) { proxy in
            let site = Site(proxy: proxy, provider: try FakeProvider())
            try site.lay()
            try await site.addOperatorsModel()
            do { try await body(site) } catch {
                try await site.clean()
                throw error
            }
            try await site.clean()
            let audit = proxy.scratch.text("audit") ?? ""
            #expect(audit.contains("register-model"))
            let models = "\(try await proxy.call("GET", "/model/info"))"
            #expect(
                (site.said.all + [audit, models]).allSatisfy { !$0.contains("tenant-canary") })
        }
    }

    @Test func `calls go out with the workspace's key, then its next one, then not at all`()
        async throws
    {
        try await open { site in
            let applied = try await site.apply()
            #expect(applied.status == 0, "\(applied.all)")
            #expect(try await site.chatOnceSeen() == 200)
            #expect(try await site.chat(site.ownName, as: "search") == 200)
            #expect(Set(try await site.keys) == ["Bearer \(Site.first)"])

            for (name, model) in [
                ("ads", site.publicName), ("ads", site.ownName), ("everything", site.ownName),
            ] {
                #expect(try await site.chat(model, as: name) == 403, "\(name) calls \(model)")
            }

            let planned = try await site.planWithPlanKey()
            #expect(planned.status == 0, "\(planned.all)")
            #expect(!planned.all.contains("bursar-plan"), "\(planned.all)")

            let compared = try await site.bursar(["plan", "--detailed-exitcode"], key: Site.second)
            #expect(compared.status == 0, "a plan reads no value: \(compared.all)")
            let next = try await site.apply(key: Site.second)
            #expect(next.status == 0, "\(next.all)")
            let before = try await site.keys.count
            #expect(try await site.chat(site.publicName, as: "search") == 200)
            #expect(try await site.keys.dropFirst(before) == ["Bearer \(Site.second)"])

            try site.lay(models: false)
            let removed = try await site.apply(key: Site.second)
            #expect(removed.status == 0, "\(removed.all)")
            #expect(removed.output.contains("remove 1 model"), "\(removed.all)")
            let sent = try await site.keys
            // A team's list is as old as a key's cache: until then the alias leads to no row.
            for name in [site.publicName, site.ownName] {
                let status = try await site.chat(name, as: "search")
                #expect([400, 403].contains(status), "\(name): \(status)")
            }
            #expect(try await site.keys == sent)
            #expect(sent.allSatisfy { !$0.contains("operator") })
        }
    }

    @Test
    func `a key that calls everything is named, refused, and pays with it when it is allowed`()
        async throws
    {
        try await open { site in
            let others = try await site.open()
            let nightly = try await site.proxy.makeKey("nightly", in: nil, ["models": [String]()])
            try await site.proxy.makeTeam("ops", ["models": [String]()])
            let plan = try await site.bursar(["plan"])
            #expect(plan.status == 0, "\(plan.all)")
            for name in ["key \(site.proxy.id("nightly"))", "team \(site.proxy.id("ops"))"] {
                #expect(plan.all.contains(name), "\(plan.all)")
            }
            let refused = try await site.bursar(
                ["apply", "--yes", "--allow", "openTeams=\(others)"])
            #expect(refused.status == 3, "\(refused.all)")
            #expect(refused.errors.contains("limit openTeams"), "\(refused.all)")
            #expect(refused.errors.contains("--allow openTeams=\(others + 2)"), "\(refused.all)")
            #expect(try await site.proxy.chat(nightly, model: site.ownName) == 400)

            let allowed = try await site.apply()
            #expect(allowed.status == 0, "\(allowed.all)")
            // What docs/byo.md says of it.
            #expect(try await site.proxy.chat(nightly, model: site.ownName) == 200)
            #expect(try await site.keys == ["Bearer \(Site.first)"])
        }
    }

    @Test func `what is deleted by hand is drift, and no call goes out meanwhile`() async throws {
        try await open { site in
            #expect(try await site.apply().status == 0)
            #expect(try await site.chatOnceSeen() == 200)
            let sent = try await site.keys
            _ = try await site.proxy.call(
                "POST", "/model/delete", ["id": BroughtModel.id(of: site.ownName)])
            #expect(try await site.chat(site.publicName, as: "search") == 400)
            #expect(try await site.keys == sent)
            let drift = try await site.bursar(["drift"])
            #expect(drift.status == 2, "\(drift.all)")
            #expect(drift.output.contains("it is gone from the proxy"), "\(drift.all)")
            #expect(try await site.apply().status == 0)
            #expect(try await site.chat(site.publicName, as: "search") == 200)
            #expect(Set(try await site.keys) == ["Bearer \(Site.first)"])
        }
    }
}
