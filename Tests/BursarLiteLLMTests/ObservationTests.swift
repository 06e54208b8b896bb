import BursarCore
import BursarEngine
import FoundationEssentials
import Testing

@testable import BursarLiteLLM

struct ObservationTests {
    /// A proxy with keys that come and go between pages; the `changes` happen before the request
    /// of that number.
    private static func proxy(
        keys count: Int, changes: [Int: @Sendable ([Int]) -> [Int]] = [:]
    ) -> ScriptedTransport {
        ScriptedTransport { sent, number throws(TransportError) in
            guard sent.line.hasPrefix("GET /key/list") else { return other(sent.line) }
            var ids = Array(0..<count)
            for step in 0...number { ids = changes[step]?(ids) ?? ids }
            let page = sent.line.split(separator: "page=").last?.split(separator: "&").first
            let start = ((page.flatMap { Int($0) } ?? 1) - 1) * 100
            let rows = ids.dropFirst(start).prefix(100).map { "{\"token\":\"\(hash($0))\"}" }
            return answer(
                200, "{\"keys\":[\(rows.joined(separator: ","))],\"total_count\":\(ids.count)}")
        }
    }

    private static func other(_ line: String) -> HTTPResponse {
        if line.hasPrefix("GET /v2/team/list") {
            return answer(200, #"{"teams":[{"team_id":"a"},{"team_id":"B b"}],"total":2}"#)
        }
        if line == "GET /model/info" { return answer(200, #"{"data":[{"model_name":"m"}]}"#) }
        if line == "GET /public/model_hub/info" {
            return answer(200, #"{"litellm_version":"1.106.2"}"#)
        }
        return answer(404, #"{"detail":"Not Found"}"#)
    }

    private static func hash(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 64 - digits.count) + digits
    }

    @Test func `a small proxy is observed in five requests`() async throws {
        let proxy = Self.proxy(keys: 100)
        let observed = try await issuer(over: proxy).observe(.everything)
        #expect(proxy.sent.count == 5)
        #expect(observed.keys.count == 100)
        #expect(observed.teams.map(\.id.text) == ["a"])
        #expect(observed.foreignTeams.count == 1)
        #expect(observed.models == ["m"])
        #expect(observed.version == "1.106.2")
        #expect(observed.licensed == nil)
    }

    @Test func `pages are put together in order`() async throws {
        let observed = try await issuer(over: Self.proxy(keys: 250)).observe(.everything)
        #expect(observed.keys.map(\.hash.hex) == (0..<250).map(Self.hash))
    }

    @Test func `a key that goes between two pages hides no other`() async throws {
        // Requests 0 to 3 are the others; the first key goes before the second page.
        let proxy = Self.proxy(keys: 250, changes: [5: { Array($0.dropFirst()) }])
        let observed = try await issuer(over: proxy).observe(.everything)
        #expect(observed.keys.map(\.hash.hex) == (1..<250).map(Self.hash))
    }

    @Test func `keys that never stop coming are still read`() async throws {
        var changes: [Int: @Sendable ([Int]) -> [Int]] = [:]
        for step in 4..<40 { changes[step] = { $0 + [10_000 + $0.count] } }
        let observed = try await issuer(over: Self.proxy(keys: 250, changes: changes))
            .observe(.everything)
        #expect(Set((0..<250).map(Self.hash)).isSubset(of: observed.keys.map(\.hash.hex)))
    }

    @Test func `a proxy that lists fewer than it counts is not believed`() async throws {
        let proxy = ScriptedTransport { sent, _ throws(TransportError) in
            sent.line.hasPrefix("GET /key/list")
                ? answer(200, #"{"keys":[],"total_count":7}"#) : Self.other(sent.line)
        }
        await #expect(throws: IssuerError.self) {
            try await issuer(over: proxy).observe(.everything)
        }
    }

    @Test func `a team that is not there is left out`() async throws {
        let proxy = ScriptedTransport { sent, _ throws(TransportError) in
            if sent.line.hasPrefix("GET /team/info") {
                return answer(404, #"{"error":{"message":"Team not found"}}"#)
            }
            return sent.line.hasPrefix("GET /key/list")
                ? answer(200, #"{"keys":[],"total_count":0}"#) : Self.other(sent.line)
        }
        let id = try #require(WorkspaceID("gone"))
        let observed = try await issuer(over: proxy).observe(.workspaces([id]))
        #expect(observed.teams.isEmpty)
    }
}
