import BursarCore
import BursarSandbox
import FoundationEssentials
import Testing

/// What only the stand-in can be asked, for it needs time to pass or another configuration.
struct SandboxModelTests {
    private static let start = Instant(milliseconds: 1_795_520_000_000)

    /// A model and its clock.
    private struct Bench {
        var model: LiteLLMModel
        var now = SandboxModelTests.start

        init(_ options: LiteLLMModel.Options = LiteLLMModel.Options(), seed: UInt64 = 1) {
            model = LiteLLMModel(options: options, seed: seed)
        }

        mutating func pass(_ span: String) {
            now = now + (Span(span) ?? Span(seconds: 0))
        }

        mutating func ask(
            _ method: String, _ target: String, _ body: String = "",
            as bearer: String = "sk-master-1234"
        ) -> Answer {
            let response = model.respond(
                to: SandboxRequest(
                    method: method, target: target, bearer: SecretValue(bearer),
                    body: Array(body.utf8)), now: now)
            let json = try? JSONDecoder().decode(JSONValue.self, from: Data(response.body))
            return Answer(status: response.status, headers: response.headers, json: json ?? .null)
        }

        mutating func chat(_ model: String, as key: String) -> Answer {
            ask(
                "POST", "/v1/chat/completions",
                #"{"model":"\#(model)","messages":[{"role":"user","content":"hi"}]}"#, as: key)
        }
    }

    private static let key = "sk-bench-000000001"

    @Test func `a change of model aliases is seen after 60 seconds`() {
        var bench = Bench()
        _ = bench.ask("POST", "/team/new", #"{"team_id":"t","models":["gf-chat-pro"]}"#)
        _ = bench.ask("POST", "/key/generate", #"{"key":"\#(Self.key)","team_id":"t"}"#)
        #expect(bench.chat("best", as: Self.key).status == 403)
        _ = bench.ask("PATCH", "/team/t", #"{"model_aliases":{"best":"gf-chat-pro"}}"#)
        bench.pass("59s")
        #expect(bench.chat("best", as: Self.key).status == 403)
        bench.pass("2s")
        #expect(bench.chat("best", as: Self.key).status == 200)
    }

    @Test func `mints at one instant may share an alias, which then neither is given`() {
        var options = LiteLLMModel.Options()
        options.mintsRace = true
        var bench = Bench(options)
        let other = "sk-bench-000000002"
        for key in [Self.key, other] {
            let mint = bench.ask("POST", "/key/generate", #"{"key":"\#(key)","key_alias":"a@g1"}"#)
            #expect(mint.status == 200)
        }
        let update = #"{"key":"\#(other)","key_alias":"a@g1"}"#
        #expect(bench.ask("POST", "/key/update", update).status == 400)
        bench.pass("1s")
        #expect(bench.ask("POST", "/key/generate", #"{"key_alias":"a@g1"}"#).status == 400)
        _ = bench.ask("POST", "/key/delete", #"{"keys":["\#(Self.key)"]}"#)
        #expect(bench.ask("POST", "/key/update", update).status == 200)
    }

    @Test func `blocking by the team's own endpoint is seen after 60 seconds`() {
        var bench = Bench()
        _ = bench.ask("POST", "/team/new", #"{"team_id":"t"}"#)
        _ = bench.ask("POST", "/key/generate", #"{"key":"\#(Self.key)","team_id":"t"}"#)
        #expect(bench.chat("gf-chat-pro", as: Self.key).status == 200)
        _ = bench.ask("POST", "/team/block", #"{"team_id":"t"}"#)
        #expect(bench.chat("gf-chat-pro", as: Self.key).status == 200)
        bench.pass("61s")
        #expect(bench.chat("gf-chat-pro", as: Self.key).status == 401)
    }

    @Test func `a budget's window zeroes the team's spend and moves on`() {
        var bench = Bench()
        _ = bench.ask(
            "POST", "/team/new", #"{"team_id":"t","max_budget":0.004,"budget_duration":"1h"}"#)
        _ = bench.ask("POST", "/key/generate", #"{"key":"\#(Self.key)","team_id":"t"}"#)
        #expect(bench.chat("gf-chat-default", as: Self.key).status == 200)
        #expect(bench.chat("gf-chat-default", as: Self.key).status == 422)
        bench.pass("1h")
        let team = bench.ask("GET", "/team/info?team_id=t")["team_info"]
        #expect(team?["spend"]?.isAmount("0") == true)
        #expect(bench.chat("gf-chat-default", as: Self.key).status == 200)
        let key = bench.ask("GET", "/key/info?key=\(Self.key)")["info"]
        #expect(key?["spend"]?.isAmount("0.0096") == true)
    }

    @Test func `a team made again is held to what the former one spent`() {
        var bench = Bench()
        let team = #"{"team_id":"t","max_budget":0.004}"#
        let mint = #"{"key":"\#(Self.key)","team_id":"t"}"#
        _ = bench.ask("POST", "/team/new", team)
        _ = bench.ask("POST", "/key/generate", mint)
        _ = bench.chat("gf-chat-default", as: Self.key)
        _ = bench.ask("POST", "/team/delete", #"{"team_ids":["t"]}"#)
        #expect(bench.ask("POST", "/team/new", team)["spend"]?.isAmount("0") == true)
        _ = bench.ask("POST", "/key/generate", mint)
        #expect(bench.chat("gf-chat-default", as: Self.key).status == 422)
    }

    @Test func `the operator's defaults are laid under a mint and a new team`() {
        var options = LiteLLMModel.Options()
        options.defaultKey = .init(duration: "30d", maxBudget: Money(decimal: "5"))
        options.defaultTeam = .init(maxBudget: Money(decimal: "7"), requestsPerMinute: 3)
        var bench = Bench(options)
        let key = bench.ask("POST", "/key/generate", #"{"duration":null}"#)
        #expect(key["max_budget"]?.isAmount("5") == true)
        #expect(key["expires"]?.instant == Self.start + .days(30))
        let team = bench.ask("POST", "/team/new", "{}")
        #expect(team["max_budget"]?.isAmount("7") == true)
        #expect(team["rpm_limit"] == .number(3))
    }

    @Test func `without a database admin endpoints fail and models are there`() {
        var bench = Bench(LiteLLMModel.Options(noDatabase: true))
        let teams = bench.ask("GET", "/v2/team/list")
        #expect(teams.status == 500)
        #expect(teams.message == "No db connected. prisma client=None")
        let mint = bench.ask("POST", "/key/generate", "{}")
        #expect(mint.status == 500)
        #expect(mint.message.contains("DB not connected. This endpoint needs a database"))
        #expect(bench.ask("PATCH", "/team/t", "{}").status == 401)
        let list = bench.ask("GET", "/key/list")
        #expect(list.message == "Authentication Error, Database not connected")
        let foreign = bench.ask("GET", "/v1/models", as: "sk-anything")
        #expect(foreign.status == 400)
        #expect(foreign.type == "no_db_connection")
        #expect(bench.ask("GET", "/model/info").status == 200)
        #expect(bench.ask("GET", "/health/readiness")["db"] == .string("Not connected"))
    }

    @Test func `the same seed and requests give the same bytes`() {
        var first = Bench(seed: 7)
        var second = Bench(seed: 7)
        for body in ["{}", #"{"max_budget":1.5}"#] {
            #expect(
                first.ask("POST", "/key/generate", body).json
                    == second.ask("POST", "/key/generate", body).json)
        }
        var third = Bench(seed: 8)
        #expect(
            first.ask("POST", "/team/new", "{}")["team_id"]
                != third.ask("POST", "/team/new", "{}")["team_id"])
    }

    @Test func `a duration of months ends on the same day or the last`() {
        var bench = Bench()
        for (day, duration, end) in [
            ("2026-01-31", "1mo", "2026-02-28"), ("2026-11-24", "2mo", "2027-01-24"),
            ("2026-12-31", "1mo", "2027-01-31"),
        ] {
            bench.now = Instant("\(day)T10:00:00Z") ?? bench.now
            let key = bench.ask("POST", "/key/generate", #"{"duration":"\#(duration)"}"#)
            #expect(key["expires"]?.instant == Instant("\(end)T10:00:00Z"), "\(day)")
        }
    }

    @Test func `spend is exact below a micro-dollar`() {
        var options = LiteLLMModel.Options()
        options.models = [
            ServedModel(
                name: "tiny", inputPerToken: Money(picos: 20_000), outputPerToken: .zero,
                mode: .embedding)
        ]
        var bench = Bench(options)
        _ = bench.ask("POST", "/key/generate", #"{"key":"\#(Self.key)"}"#)
        let body = #"{"model":"tiny","input":"hi"}"#
        for _ in 0..<3 { _ = bench.ask("POST", "/v1/embeddings", body, as: Self.key) }
        let spend = bench.ask("GET", "/key/info?key=\(Self.key)")["info"]?["spend"]
        #expect(spend == .number("0.0000006"))
    }
}
