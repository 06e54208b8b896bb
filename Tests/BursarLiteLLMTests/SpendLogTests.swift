import BursarCore
import BursarEngine
import BursarLiteLLM
import Testing

struct SpendLogTests {
    private static let row = """
        {"request_id": "r", "litellm_call_id": "c", "spend": 0.0048, "prompt_tokens": 8,
         "completion_tokens": 20, "total_tokens": 28, "endTime": "2026-11-25T15:58:46.794000+00:00",
         "model_group": "gf-chat-default", "team_id": "search", "proxy_server_request": {"a": [1]}}
        """

    @Test func `The log is asked for in the dates that LiteLLM takes, and read`() async throws {
        let proxy = ScriptedTransport { _, _ throws(TransportError) in
            answer(
                200,
                #"{"data": [\#(Self.row), {}], "total": 2, "page": 1, "page_size": 1000, "#
                    + #""total_pages": 3, "total_is_capped": true}"#)
        }
        let from = try #require(Instant("2026-11-24T10:00:00.5Z"))
        let to = try #require(Instant("2026-11-25T16:00:00Z"))
        let page = try await issuer(over: proxy).calls(from: from, to: to, page: 2)
        #expect(
            proxy.sent.map(\.line) == [
                "GET /spend/logs/v2?start_date=2026-11-24%2010%3A00%3A00"
                    + "&end_date=2026-11-25%2016%3A00%3A00&page=2&page_size=1000"
                    + "&sort_by=startTime&sort_order=asc"
            ])
        #expect(page.pages == 3)
        #expect(page.isCapped)
        #expect(page.calls.count == 2)
        #expect(page.calls.last == .unreadable)
        guard case .completion(let call) = try #require(page.calls.first) else {
            Issue.record("\(page.calls)")
            return
        }
        #expect(call.call == "c")
        #expect(call.cost.description == "0.0048")
    }
}
