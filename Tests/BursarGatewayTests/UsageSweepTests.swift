import BursarCore
import BursarEngine
import BursarLiteLLM
import BursarSandbox
import GRDB
import Testing

@testable import BursarGateway

/// A log of so many rows a page.
private struct ListedLog: SpendLog {
    let rows: [Completion.Reading]
    var size = 2
    var isCapped = false

    func calls(
        from: Instant, to: Instant, page: Int
    ) async throws(IssuerError) -> SpendLogPage {
        let start = min((page - 1) * size, rows.count)
        return SpendLogPage(
            calls: Array(rows[start..<min(start + size, rows.count)]),
            pages: isCapped ? 1 : (rows.count + size - 1) / size, isCapped: isCapped)
    }
}

struct UsageSweepTests {
    private static func completion(
        _ site: GatewaySite, _ call: String, team: String? = "search", cost: String = "0.0048"
    ) throws -> Completion {
        Completion(
            call: call, at: site.time.now(), workspace: try team.map { try GatewaySite.id($0) },
            model: "gf-chat-default", inputTokens: 8, outputTokens: 20, totalTokens: 28,
            cost: try #require(Money(decimal: cost)))
    }

    private static func sweep(_ site: GatewaySite, _ log: ListedLog) -> UsageSweep {
        UsageSweep(
            log: log, issuer: site.gateway.liteLLM, database: site.gateway.database,
            settings: site.gateway.settings, time: site.time)
    }

    @Test(arguments: [false, true])
    func `What the callbacks lost is recorded, and what they told is not told twice`(
        isCapped: Bool
    ) async throws {
        let site = try GatewaySite()
        let all = try ["a", "b", "c", "d", "e"].map { try Self.completion(site, $0) }
        _ = try await site.gateway.database.record(
            [all[1], all[3]], rates: .standard, at: site.time.now())
        let rows = all.map { Completion.Reading.completion($0) } + [.failure, .unreadable]
        let log = ListedLog(rows: rows, isCapped: isCapped)
        let report = try await Self.sweep(site, log).run(last: .days(2))
        #expect(report.recorded == 3)
        #expect(report.known == 2)
        #expect(report.failures == 1)
        #expect(report.unreadable == 1)
        #expect(report.isCapped == isCapped)
        let again = try await Self.sweep(site, log).run(last: .days(2))
        #expect(again.recorded == 0)
        #expect(again.known == 5)
    }

    @Test func `The team's spend is the control sum, and what nobody told of is shown`()
        async throws
    {
        let site = try GatewaySite()
        site.liteLLM("POST", "/team/new", #"{"team_id": "search", "models": ["gf-chat-default"]}"#)
        let key = site.liteLLM("POST", "/key/generate", #"{"team_id": "search"}"#).json["key"]
        for _ in 0..<3 {
            site.liteLLM(
                "POST", "/v1/chat/completions",
                #"{"model": "gf-chat-default", "messages": [{"role": "user", "content": "hi"}]}"#,
                bearer: SecretValue(try #require(key?.string)))
        }
        let spend = try #require(
            try await site.gateway.liteLLM.team(try GatewaySite.id("search"))?.spend)
        try #require(spend > .zero)
        let third = Money(picos: spend.picos / 3)
        let told = try ["a", "b"].map {
            try Self.completion(site, $0, cost: third.description)
        }
        let log = ListedLog(
            rows: told.map { .completion($0) } + [
                .completion(try Self.completion(site, "aside", team: nil))
            ])
        site.time.advance(Span(seconds: 60))
        let report = try await Self.sweep(site, log).run(last: .days(2))
        #expect(report.unattributed == 1)
        #expect(report.unattributedCost.description == "0.0048")
        // `ads` and `docs` are in an account, and LiteLLM has no such team.
        #expect(report.balances.map(\.workspace.text) == ["search"])
        #expect(report.balances.first?.told == spend)
        #expect(report.balances.first?.remainder == third)
        _ = try await site.gateway.database.record(
            [try Self.completion(site, "c", cost: third.description)], rates: .standard,
            at: site.time.now())
        let whole = try await Self.sweep(site, log).run(last: .days(2))
        #expect(whole.balances.first?.remainder == .zero)
    }

    @Test func `A proxy that is gone, and a store that is, are told apart`() async throws {
        let site = try GatewaySite()
        site.sandbox.inject(FaultPlan([.init(.every, .reset)]))
        let sweep = Self.sweep(site, ListedLog(rows: []))
        await #expect {
            try await sweep.run(last: .days(1))
        } throws: { error in
            if case UsageSweep.Fault.liteLLM(.unreachable) = error { true } else { false }
        }
        try site.gateway.database.pool.close()
        await #expect {
            try await sweep.run(last: .days(1))
        } throws: { error in
            if case UsageSweep.Fault.store = error { true } else { false }
        }
    }
}
