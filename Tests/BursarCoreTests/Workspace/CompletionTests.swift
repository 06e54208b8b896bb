import BursarCore
import Foundation
import Testing

struct CompletionTests {
    private static func read(_ text: String) throws -> Completion.Reading {
        Completion.read(
            try JSONReader.read(Array(text.utf8)) { (json) throws(JSONReader.Fault) in
                try json.completionMembers()
            })
    }

    private static func completion(_ text: String) throws -> Completion {
        guard case .completion(let completion) = try read(text) else {
            throw Unread(text: text)
        }
        return completion
    }

    private struct Unread: Error { let text: String }

    @Test func `The payload of a real callback is read`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../LiteLLM/samples/callback.json")
        let bytes = Array(try Data(contentsOf: file))
        let batch = try JSONReader.read(bytes) { (json) throws(JSONReader.Fault) in
            try json.elements { (json) throws(JSONReader.Fault) in try json.completionMembers() }
        }
        let readings = try #require(batch).map(Completion.read)
        #expect(
            readings == [
                .completion(
                    Completion(
                        call: "96b2c67f-7e73-42f7-8d57-522114339c4f",
                        at: Instant(milliseconds: 1_795_508_596_156),
                        workspace: WorkspaceID("search-8b74"),
                        model: "gf-chat-default", inputTokens: 8, outputTokens: 20,
                        totalTokens: 28, cost: try #require(Money(decimal: "0.0048"))))
            ])
    }

    /// As LiteLLM 1.106.2 lists it, shortened.
    private static let row = """
        {"request_id": "chatcmpl-1", "litellm_call_id": "call-1", "api_key": "00", "spend": 0.001,
         "total_tokens": 10, "prompt_tokens": 10, "completion_tokens": 0,
         "startTime": "2026-11-25T15:58:46.747000+00:00", "endTime": "2026-11-25T15:58:46.794000+00:00",
         "model": "openai/gf-embed-default", "model_group": "gf-embed-default", "team_id": "search",
         "status": "success", "metadata": {"status": "success", "user_api_key_team_id": "search"}}
        """

    @Test func `A row of the log is the same completion as its callback`() throws {
        let logged = try Self.completion(Self.row)
        #expect(logged.call == "call-1")
        #expect(logged.at == Instant("2026-11-25T15:58:46.794Z"))
        #expect(logged.model == "gf-embed-default")
        #expect(logged.cost.description == "0.001")
        let inMetadata = Self.row.replacing(#""litellm_call_id": "call-1", "#, with: "")
            .replacing(#""metadata": {"#, with: #""metadata": {"litellm_call_id": "call-1", "#)
        #expect(try Self.completion(inMetadata) == logged)
        let without = Self.row.replacing(#""litellm_call_id": "call-1", "#, with: "")
        #expect(try Self.completion(without).call == "request:chatcmpl-1")
    }

    @Test(arguments: [
        (
            #"{"user_api_key_team_id": "search", "spend_logs_metadata": {"workspace": "ads"}}"#,
            "search"
        ),
        (#"{"user_api_key_team_id": null, "spend_logs_metadata": {"workspace": "ads"}}"#, "ads"),
        (#"{"user_api_key_team_id": "No Id", "spend_logs_metadata": {"workspace": "ads"}}"#, "ads"),
        (#"{"user_api_key_auth_metadata": {"spend_logs_metadata": {"workspace": "ads"}}}"#, "ads"),
        (#"{"user_api_key_auth_metadata": {"bursar": {"workspace": "ads"}}}"#, "ads"),
        (#"{"spend_logs_metadata": {"workspace": 7}}"#, nil), ("{}", nil), ("null", nil),
    ])
    func `It belongs to its team, else to whom the key names`(
        metadata: String, workspace: String?
    ) throws {
        let text =
            #"{"litellm_call_id": "c", "endTime": 1.5, "model": "m", "metadata": \#(metadata)}"#
        #expect(try Self.completion(text).workspace?.text == workspace)
    }

    @Test func `A model of the workspace's own bears the name that callers use`() throws {
        let text = """
            {"litellm_call_id": "c", "endTime": 1, "model_group": "search--gpt-4o", "team_id": "search"}
            """
        #expect(try Self.completion(text).model == "gpt-4o")
        let others = text.replacing(#""team_id": "search""#, with: #""team_id": "ads""#)
        #expect(try Self.completion(others).model == "search--gpt-4o")
    }

    @Test(arguments: [
        ("0.0048000000000000004", "0.0048"), ("0.0047999999999999996", "0.0048"),
        ("1.4999999999999e-12", "0.000000000001"), ("1.5e-12", "0.000000000002"),
        ("4e-13", "0.00"), ("999999999", "999999999.00"),
    ])
    func `Costs are to the nearest pico-dollar, since LiteLLM's have noise`(
        told: String, cost: String
    ) throws {
        let text =
            #"{"litellm_call_id": "c", "endTime": 1, "model": "m", "response_cost": \#(told)}"#
        #expect(try Self.completion(text).cost.description == cost)
    }

    @Test(arguments: [
        #"{"status": "failure", "litellm_call_id": "c", "endTime": 1, "model": "m"}"#,
        #"{"metadata": {"status": "failure"}, "spend": 0.0, "prompt_tokens": 0}"#,
    ])
    func `A call that failed and cost nothing is no completion`(text: String) throws {
        #expect(try Self.read(text) == .failure)
    }

    @Test func `A call that failed and cost something is one`() throws {
        let text = """
            {"status": "failure", "litellm_call_id": "c", "endTime": 1, "model": "m", "spend": 0.1}
            """
        #expect(try Self.completion(text).cost.description == "0.10")
    }

    @Test(arguments: [
        #"{"endTime": 1, "model": "m"}"#, #"{"litellm_call_id": "c", "model": "m"}"#,
        #"{"litellm_call_id": "c", "endTime": 1}"#,
        #"{"litellm_call_id": "", "endTime": 1, "model": "m"}"#,
        #"{"litellm_call_id": "c", "endTime": -1, "model": "m"}"#,
        #"{"litellm_call_id": "c", "endTime": "noon", "model": "m"}"#,
        #"{"litellm_call_id": "c", "endTime": 1e300, "model": "m"}"#,
        #"{"litellm_call_id": "c", "endTime": 1, "model": "m", "response_cost": -0.1}"#,
        #"{"litellm_call_id": "c", "endTime": 1, "model": "m", "response_cost": 1e10}"#,
        #"{"litellm_call_id": "c", "endTime": 1, "model": "m", "response_cost": "0.1"}"#,
        #"{"litellm_call_id": "c", "endTime": 1, "model": "m", "prompt_tokens": -1}"#,
        #"{"litellm_call_id": "c", "endTime": 1, "model": "m", "prompt_tokens": 1.5}"#,
    ])
    func `What cannot be billed is unreadable`(text: String) throws {
        #expect(try Self.read(text) == .unreadable)
    }
}
