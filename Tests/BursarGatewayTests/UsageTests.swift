import BursarCore
import BursarEngine
import Foundation
import GRDB
import TestSupport
import Testing

@testable import BursarGateway

struct UsageTests {
    private static let webhook = "/webhooks/litellm/\(GatewaySite.webhookToken)"
    private static let reader = #"{"*": ["read"]}"#

    /// A payload of the callback's, ended `ago` seconds before now.
    static func payload(
        _ site: GatewaySite, _ call: String, ago: Int64 = 0, team: String? = "search",
        model: String = "gf-chat-default", cost: String = "0.0048000000000000004"
    ) -> String {
        let end = site.time.now().milliseconds - ago * 1000
        let team = team.map { "\"\($0)\"" } ?? "null"
        return """
            {"id": "chatcmpl-same", "litellm_call_id": "\(call)", "status": "success",
             "endTime": \(end / 1000).\(String(end % 1000 + 1000).dropFirst()), "model_group": "\(model)",
             "prompt_tokens": 8, "completion_tokens": 20, "total_tokens": 28, "response_cost": \(cost),
             "metadata": {"user_api_key_team_id": \(team)}, "messages": [{"content": "canary"}]}
            """
    }

    private static func deliver(
        _ site: GatewaySite, _ payloads: [String]
    ) async throws -> JSONValue {
        let answer = try await site.call(
            "POST", webhook, body: "[\(payloads.joined(separator: ","))]")
        #expect(answer.status == 200)
        return try #require(answer.json)
    }

    private static func usage(
        _ site: GatewaySite, _ query: String = "", of workspace: String = "search"
    ) async throws -> JSONValue {
        let answer = try await site.call(
            "GET", "/v1/workspaces/\(workspace)/llm/usage\(query)", permissions: reader)
        #expect(answer.status == 200)
        return try #require(answer.json)
    }

    @Test func `A completion is counted once, however it comes`() async throws {
        let site = try GatewaySite()
        let single = try await site.call("POST", Self.webhook, body: Self.payload(site, "a"))
        #expect(single.json?["recorded"]?.int == 1)
        let batch = try await Self.deliver(
            site, ["b", "a", "c", "b"].map { Self.payload(site, $0) })
        #expect(batch["recorded"]?.int == 2)
        #expect(batch["repeated"]?.int == 2)
        let totals = try await Self.usage(site)["totals"]
        #expect(totals?["completions"]?.int == 3)
        #expect(totals?["input_tokens"]?.int == 24)
        #expect(totals?["output_tokens"]?.int == 60)
        #expect(totals?["total_tokens"]?.int == 84)
        #expect(totals?["cost_usd"] == .number("0.0144"))
        #expect(totals?["compute_units"] == .number("1.44"))
    }

    @Test func `The newest come first, and the sums are over the whole window`() async throws {
        let site = try GatewaySite()
        let order: [Int64] = [50, 10, 90, 30, 70]
        for ago in order {
            _ = try await Self.deliver(site, [Self.payload(site, "c\(ago)", ago: ago)])
        }
        let two = try await Self.usage(site, "?since_seconds=80&limit=2")
        #expect(
            two["completions"]?.array?.compactMap { $0["id"]?.string } == ["c10", "c30"])
        #expect(two["totals"]?["completions"]?.int == 4)
        let first = try #require(two["completions"]?.array?.first)
        #expect(first["model"]?.string == "gf-chat-default")
        #expect(first["at"]?.string == (site.time.now() - Span(seconds: 10)).description)
        #expect(first["compute_units"] == .number("0.48"))
        #expect(first["cost_usd"] == .number("0.0048"))
        #expect(try await Self.usage(site, of: "ads")["totals"]?["completions"]?.int == 0)
        #expect(try await Self.usage(site, of: "ads")["totals"]?["cost_usd"] == .number("0.00"))
    }

    @Test(arguments: [
        "?limit=0", "?limit=1001", "?limit=a", "?limit=", "?since_seconds=0", "?limit=+1",
        "?since_seconds=31622401", "?since_seconds=1.5", "?limit=%zz", "?limit=1%00",
    ])
    func `A query that is wrong is refused`(query: String) async throws {
        let site = try GatewaySite()
        let answer = try await site.call(
            "GET", "/v1/workspaces/search/llm/usage\(query)", permissions: Self.reader)
        #expect(answer.status == 422)
    }

    @Test func `Units are exact to the last decimal, by cost and by token`() async throws {
        let site = try GatewaySite()
        _ = try await Self.deliver(
            site,
            (0..<1000).map { Self.payload(site, "cost\($0)", cost: "0.000000000001") }
                + (0..<3).map { Self.payload(site, "token\($0)", model: "by-token") })
        let totals = try await Self.usage(site)["totals"]
        // 1000 times 100 pico-units, and 3 times 8 * 0.001 + 20 * 0.000000000003.
        #expect(totals?["compute_units"] == .number("0.02400010018"))
        #expect(totals?["cost_usd"] == .number("0.014400001"))
    }

    @Test func `Sums beyond 64 bits of pico-dollars are exact`() async throws {
        let site = try GatewaySite()
        _ = try await Self.deliver(
            site, (0..<30).map { Self.payload(site, "c\($0)", cost: "999999999.000000000001") })
        let totals = try await Self.usage(site)["totals"]
        #expect(totals?["cost_usd"] == .number("29999999970.00000000003"))
        #expect(totals?["compute_units"] == .number("2999999997000.000000003"))
    }

    @Test func `A hundred batches in any order with repeats count exactly`() async throws {
        let site = try GatewaySite()
        var random = Seeded(seed: 4711)
        let calls = (0..<5000).map { "c\($0)" }
        let repeats = (0..<1000).map { _ in calls.randomElement(using: &random) ?? "" }
        let all = (calls + repeats).shuffled(using: &random)
        let batches = stride(from: 0, to: all.count, by: 60).map {
            Array(all[$0..<min($0 + 60, all.count)])
        }
        let counts = try await withThrowingTaskGroup(of: JSONValue.self) { group in
            for batch in batches {
                group.addTask {
                    try await Self.deliver(site, batch.map { Self.payload(site, $0) })
                }
            }
            return try await group.reduce(into: (recorded: 0, repeated: 0)) { sum, answer in
                sum.recorded += answer["recorded"]?.int ?? 0
                sum.repeated += answer["repeated"]?.int ?? 0
            }
        }
        #expect(counts == (5000, 1000))
        let totals = try await Self.usage(site)["totals"]
        #expect(totals?["completions"]?.int == 5000)
        #expect(totals?["cost_usd"] == .number("24.00"))
    }

    @Test func `What belongs to nobody is kept aside, and the messages are not kept at all`()
        async throws
    {
        let seen = Record<Gateway.Access>()
        let site = try GatewaySite { seen.add($0) }
        let answer = try await Self.deliver(
            site,
            [
                Self.payload(site, "a", team: nil), Self.payload(site, "b", team: "No Id"),
                Self.payload(site, "c"), "{}", #"{"status": "failure"}"#,
            ])
        #expect(answer["recorded"]?.int == 3)
        #expect(answer["unattributed"]?.int == 2)
        #expect(answer["unreadable"]?.int == 1)
        #expect(answer["failures"]?.int == 1)
        let aside = try await site.gateway.database.unattributedUsage()
        #expect(aside.completions == 2)
        #expect(aside.cost.description == "0.0096")
        #expect(try await Self.usage(site)["totals"]?["completions"]?.int == 1)
        #expect(
            seen.all.first?.problem
                == "1 payloads cannot be read, 2 belong to no workspace")
        #expect(!"\(seen.all)".contains(GatewaySite.webhookToken))
        for file in try FileManager.default.contentsOfDirectory(atPath: site.directory.path) {
            let bytes = try Data(contentsOf: site.directory.url.appending(path: file))
            #expect(bytes.range(of: Data("canary".utf8)) == nil, "\(file)")
        }
    }

    @Test(arguments: ["", "canary", "[1", "[[]]", "[1]", "null", "[null]", #"{"a": }"#, "\"text\""])
    func `A body that is no payload is refused`(body: String) async throws {
        let site = try GatewaySite()
        let answer = try await site.call("POST", Self.webhook, body: body)
        #expect(answer.status == 422, "\(body)")
    }

    @Test func `Another token delivers nothing, and without a webhook there is none`()
        async throws
    {
        let site = try GatewaySite()
        for token in ["x", String(GatewaySite.webhookToken.dropLast()), "%00"] {
            let answer = try await site.call(
                "POST", "/webhooks/litellm/\(token)", body: Self.payload(site, "a"))
            #expect([401, 404].contains(answer.status), "\(token)")
        }
        #expect(try await Self.usage(site)["totals"]?["completions"]?.int == 0)
        let closed = try GatewaySite(webhook: false)
        let answer = try await closed.call(
            "POST", Self.webhook, body: Self.payload(closed, "a"))
        #expect(answer.status == 404)
    }

    @Test func `What cannot be written is sent again: 503, and nothing of the batch is kept`()
        async throws
    {
        let site = try GatewaySite()
        try await site.gateway.database.write { db in
            try db.execute(
                sql: """
                    CREATE TRIGGER full BEFORE INSERT ON completion WHEN NEW.call = 'b'
                    BEGIN SELECT RAISE(ABORT, 'full'); END
                    """)
        }
        let batch = "[\(Self.payload(site, "a")),\(Self.payload(site, "b"))]"
        let answer = try await site.call("POST", Self.webhook, body: batch)
        #expect(answer.status == 503)
        #expect(answer.headers["retry-after"] != nil)
        #expect(try await Self.usage(site)["totals"]?["completions"]?.int == 0)
        try await site.gateway.database.write { try $0.execute(sql: "DROP TRIGGER full") }
        #expect(try await site.call("POST", Self.webhook, body: batch).status == 200)
        #expect(try await Self.usage(site)["totals"]?["completions"]?.int == 2)
    }

    @Test func `Whoever comes when the line is full is told at once, and the line moves on`()
        async throws
    {
        let intake = Intake()
        for _ in 0..<Intake.atOnce { #expect(await intake.enter()) }
        let waiters = Intake.longestLine + 10
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<waiters { group.addTask { await intake.enter() } }
            // Ten find the line full; then those in it go through one by one.
            var refused = 0
            while refused < 10 {
                if await group.next() == false { refused += 1 }
            }
            for _ in 0..<Intake.atOnce { intake.leave() }
            for await entered in group {
                #expect(entered)
                intake.leave()
            }
        }
        #expect(await intake.enter())
    }

    @Test func `An account's bill is by workspace and model, of this month or as asked`()
        async throws
    {
        let site = try GatewaySite()
        _ = try await Self.deliver(
            site,
            [
                Self.payload(site, "a"), Self.payload(site, "b", model: "gf-chat-pro"),
                Self.payload(site, "c", team: "ads"), Self.payload(site, "d", team: "docs"),
                Self.payload(site, "old", ago: 40 * 86_400),
            ])
        func bill(_ query: String = "") async throws -> JSONValue? {
            try await site.call(
                "GET", "/v1/accounts/acme/billing/summary\(query)", permissions: Self.reader
            ).json
        }
        let month = try await bill()
        #expect(month?["from"]?.string == "2026-11-01T00:00:00Z")
        #expect(month?["totals"]?["completions"]?.int == 3)
        #expect(month?["totals"]?["compute_units"] == .number("1.44"))
        let rows = try #require(month?["workspaces"]?.array)
        #expect(rows.compactMap { $0["id"]?.string } == ["ads", "search"])
        #expect(rows[1]["cost_usd"] == .number("0.0096"))
        #expect(
            rows[1]["models"]?.array?.compactMap { $0["model"]?.string }
                == ["gf-chat-default", "gf-chat-pro"])
        let all = try await bill("?from=2026-01-01T00:00:00Z")
        #expect(all?["totals"]?["completions"]?.int == 4)
        let none = try await bill(
            "?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00%2B01:00")
        #expect(none?["totals"]?["completions"]?.int == 0)
        #expect(none?["workspaces"]?.array?.count == 2)
        for query in ["?from=yesterday", "?from=2027-01-01T00:00:00Z"] {
            let answer = try await site.call(
                "GET", "/v1/accounts/acme/billing/summary\(query)", permissions: Self.reader)
            #expect(answer.status == 422)
        }
    }

    @Test(arguments: [
        ("acme", #"{"search": ["read"], "ads": ["read"]}"#, 200),
        ("acme", #"{"search": ["read"]}"#, 403),
        ("acme", #"{"search": ["administer"], "ads": ["administer"]}"#, 403),
        ("none", #"{"search": ["read"]}"#, 403), ("none", #"{"*": ["read"]}"#, 404),
    ])
    func `A bill is for who may read all of it`(
        account: String, permissions: String, status: Int
    ) async throws {
        let site = try GatewaySite()
        let answer = try await site.call(
            "GET", "/v1/accounts/\(account)/billing/summary", permissions: permissions)
        #expect(answer.status == status)
    }
}
