import BursarCore
import Foundation
import TestSupport
import Testing

/// `LITELLM_PLAN_KEY`: enough for what only reads, and good for nothing else.
@Suite(.serialized, .timeLimit(.minutes(5))) struct `The plan key` {
    private func open(
        _ place: ProxySite.Place,
        _ body: @escaping @Sendable (ProxySite, _ planKey: String) async throws -> Void
    ) async throws {
        try await ProxySite.open(place) { site in
            try site.configure("fleet", owner: "viewed")
            try write("search", site, limit: "5.00")
            let apply = try await site.bursar("fleet", "apply", "--yes")
            #expect(apply.status == 0, "\(apply.all)")
            try await body(site, try await Self.planKey(site))
        }
    }

    private func write(_ name: String, _ site: ProxySite, limit: String) throws {
        try site.scratch.write(
            """
            apiVersion: bursar/v1
            kind: Workspace
            metadata: {name: \(site.id(name))}
            spec:
              budget: {limit: \(limit), period: 30d}
              models: all
              keys: [{secret: LITELLM_API_KEY}]

            """, to: "fleet/\(name).yaml")
    }

    /// Made by the commands of the documentation.
    private static func planKey(_ site: ProxySite) async throws -> String {
        let script = try Documentation.commands("ci.md", with: "/user/new")
            .replacing("bursar-plan", with: site.id("bursar-plan"))
        let made = try await BuiltBinary.run(
            ["-euc", script],
            environment: [
                "LITELLM_URL": site.url, "LITELLM_MASTER_KEY": site.key, "no_proxy": "127.0.0.1",
            ], executable: "/bin/bash")
        #expect(made.status == 0, "\(made.all)")
        let key = try #require(made.output.split(separator: "\n").last.map(String.init))
        try #require(key.hasPrefix("sk-"), "\(made.all)")
        return key
    }

    private func run(
        _ arguments: [String], _ site: ProxySite, _ keys: [String: String]
    ) async throws -> BuiltBinary.Result {
        let result = try await BuiltBinary.run(
            arguments + ["\(site.scratch.path)/fleet"],
            environment: keys.merging(["LITELLM_URL": site.url]) { a, _ in a })
        for key in keys.values where !key.isEmpty { #expect(!result.all.contains(key)) }
        return result
    }

    @Test(arguments: ProxySite.Place.available)
    func `makes the plan that the master key makes`(_ place: ProxySite.Place) async throws {
        try await open(place) { site, planKey in
            try write("search", site, limit: "7.50")
            try write("ads", site, limit: "2.00")
            var plans: [[String: Any]] = []
            for keys in [
                ["LITELLM_MASTER_KEY": site.key],
                ["LITELLM_PLAN_KEY": planKey, "LITELLM_MASTER_KEY": ""],
                // It goes before the master key, which would be refused here.
                ["LITELLM_PLAN_KEY": planKey, "LITELLM_MASTER_KEY": "sk-wrong-canary-8472"],
            ] {
                let plan = try await run(["plan", "--output", "json"], site, keys)
                #expect(plan.status == 0, "\(plan.all)")
                plans.append(
                    try #require(
                        try JSONSerialization.jsonObject(with: Data(plan.output.utf8))
                            as? [String: Any]))
            }
            #expect((plans[0]["checksums"] as? [String: String])?.count == 2)
            for name in ["changes", "checksum", "checksums", "warnings", "errors", "drift"] {
                let texts = try plans.map { plan in
                    let data = try JSONSerialization.data(
                        withJSONObject: [plan[name]], options: .sortedKeys)
                    return String(decoding: data, as: UTF8.self)
                }
                #expect(texts[0] == texts[1] && texts[0] == texts[2], "\(name): \(texts)")
            }
            for command in ["drift", "doctor", "rotation next"] {
                let words = command.split(separator: " ").map(String.init)
                let result = try await run(words, site, ["LITELLM_PLAN_KEY": planKey])
                #expect(result.status == 0, "\(command): \(result.all)")
                if command == "doctor" {
                    #expect(result.output.contains("shows everything to LITELLM_PLAN_KEY"))
                }
            }
        }
    }

    @Test(arguments: ProxySite.Place.available)
    func `writes nothing, and calls no model`(_ place: ProxySite.Place) async throws {
        try await open(place) { site, planKey in
            let id = site.id("search")
            let value = try #require(
                site.scratch.text("fleet/secrets/\(id)/LITELLM_API_KEY"))
            let hash = KeyHash(of: SecretValue(value)).hex
            let (team, key) = (try await site.team("search"), try await site.row(of: value))
            // All that bursar writes, and what would come to the same.
            let writes: [(String, String, [String: Any])] = [
                ("POST", "/team/new", ["team_id": site.id("new"), "models": ["gf-chat-default"]]),
                ("PATCH", "/team/\(id)", ["max_budget": 700]),
                ("POST", "/team/update", ["team_id": id, "max_budget": 700]),
                ("POST", "/team/block", ["team_id": id]),
                ("POST", "/team/unblock", ["team_id": id]),
                ("POST", "/team/delete", ["team_ids": [id]]),
                ("POST", "/key/generate", ["team_id": id, "key_alias": site.id("stolen")]),
                ("POST", "/key/generate", ["key_alias": site.id("stolen")]),
                ("POST", "/key/update", ["key": hash, "max_budget": 700]),
                ("POST", "/key/update", ["key": planKey, "allowed_routes": [String]()]),
                ("POST", "/key/block", ["key": hash]), ("POST", "/key/unblock", ["key": hash]),
                ("POST", "/key/delete", ["keys": [hash]]),
                ("POST", "/user/new", ["user_id": site.id("x"), "user_role": "proxy_admin"]),
                (
                    "POST", "/v1/chat/completions",
                    [
                        "model": "gf-chat-default",
                        "messages": [["role": "user", "content": "hi"]],
                    ]
                ),
            ]
            for (method, path, body) in writes {
                let answer = try await site.call(method, path, body, bearer: planKey)
                #expect(answer["status"] as? Int == 403, "\(path): \(answer)")
            }
            #expect(try await settled(site.team("search")) == settled(team))
            #expect(try await settled(site.row(of: value)) == settled(key))
            #expect(try await site.chat(value) == 200)
        }
    }

    @Test(arguments: ProxySite.Place.available)
    func `is not taken by what changes something`(_ place: ProxySite.Place) async throws {
        try await open(place) { site, planKey in
            try write("search", site, limit: "7.50")
            for command in [
                ["apply", "--yes"], ["rotate", site.id("search"), "--yes"],
                ["revoke", site.id("search"), "--generation", "1", "--yes"], ["run"],
            ] {
                let result = try await run(command, site, ["LITELLM_PLAN_KEY": planKey])
                #expect(result.status == 1, "\(command): \(result.all)")
                #expect(
                    result.errors.contains("LITELLM_PLAN_KEY only reads; set LITELLM_MASTER_KEY"))
            }
            let forced = try await run(
                ["apply", "--yes"], site, ["LITELLM_MASTER_KEY": planKey])
            #expect(forced.status == 1, "\(forced.all)")
            #expect(try await site.team("search")["max_budget"] as? Double == 5)
        }
    }
}

/// What the documentation tells people to type.
enum Documentation {
    static func text(_ name: String) throws -> String {
        let docs = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs")
        return try String(contentsOf: docs.appending(path: name), encoding: .utf8)
    }

    /// The one block of commands in which this stands.
    static func commands(_ name: String, with text: String) throws -> String {
        let blocks = try Self.text(name).components(separatedBy: "```sh\n").dropFirst()
            .compactMap { $0.components(separatedBy: "```").first }
        let found = blocks.filter { $0.contains(text) }
        try #require(found.count == 1)
        return found[0]
    }
}
