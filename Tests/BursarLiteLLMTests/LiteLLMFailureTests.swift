import BursarCore
import BursarEngine
import FoundationEssentials
import Testing

@testable import BursarLiteLLM

/// What LiteLLM 1.106.2 answered, and what it means.
struct LiteLLMFailureTests {
    struct Case: Sendable {
        let status: Int
        let body: String
        let label: String
        var method = HTTPRequest.Method.post
    }

    private static let detailed = #"{"detail": [{"loc": ["body", "max_budget"], "msg": "no"}]}"#
    private static let cases: [Case] = [
        Case(
            status: 401, body: error("Authentication Error, No api key passed in."),
            label: "unauthorized"),
        Case(status: 403, body: #"{"detail": "not yours"}"#, label: "unauthorized"),
        Case(
            status: 403, body: error("You are not authorized to access this"), label: "unauthorized"
        ),
        Case(status: 403, body: error("rpm greater than the team's rpm_limit"), label: "rejected"),
        Case(status: 400, body: error("Key with alias 'a' already exists."), label: "rejected"),
        Case(status: 422, body: detailed, label: "rejected"),
        Case(status: 404, body: error("{'error': 'No keys found'}"), label: "missing"),
        Case(status: 404, body: #"{"detail": {"error": "Team not found"}}"#, label: "missing"),
        Case(status: 404, body: #"{"detail": "Not Found"}"#, label: "not-litellm"),
        Case(status: 404, body: "", label: "not-litellm"),
        Case(status: 409, body: error("Credential 'up1' already exists."), label: "conflict"),
        Case(status: 403, body: error("tags are an Enterprise feature"), label: "licence"),
        Case(status: 400, body: error("set `LITELLM_LICENSE` in your env"), label: "licence"),
        Case(status: 500, body: error("must be a LiteLLM Enterprise user"), label: "licence"),
        Case(status: 500, body: error("No connected db."), label: "no-database"),
        Case(status: 400, body: error("Can't reach database server"), label: "no-database"),
        Case(
            status: 503, body: #"{"error": {"message": "x", "type": "no_db_connection"}}"#,
            label: "no-database"),
        Case(status: 500, body: error("Invalid duration format"), label: "rejected"),
        Case(status: 500, body: error("Oh"), label: "overloaded", method: .get),
        Case(status: 502, body: "<html>nginx</html>", label: "overloaded"),
        Case(status: 403, body: " <!doctype html>login", label: "not-litellm"),
        Case(status: 302, body: "", label: "not-litellm"),
        Case(status: 429, body: error("slow"), label: "rate-limited"),
        Case(status: 500, body: "", label: "rejected"),
    ]

    private static func error(_ message: String) -> String {
        let json = JSONValue.object(["error": .object(["message": .string(message)])])
        let data = (try? JSONEncoder().encode(json)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    @Test(arguments: cases)
    func `status and text together say what failed`(example: Case) {
        let call = LiteLLMCall(method: example.method, path: "/x")
        let error = LiteLLMFailure(
            answer(example.status, example.body), to: call, scrubber: Scrubber([])
        ).error
        #expect(error.label == example.label, "\(error)")
    }

    @Test func `Python's dictionaries and lists of places become sentences`() {
        #expect(WireFailure(Array(Self.error("{'error': \"it's no\"}").utf8)).text == "it's no")
        #expect(WireFailure(Array(Self.detailed.utf8)).text == "body.max_budget: no")
    }

    @Test func `a server that names a time is waited for`() {
        let response = answer(429, "", headers: ["retry-after": "7"])
        let call = LiteLLMCall(method: .get, path: "/x")
        let error = LiteLLMFailure(response, to: call, scrubber: Scrubber([])).error
        #expect(error.disposition == .retry(after: Span(seconds: 7)))
    }

    @Test(arguments: [
        ("key sk-abc_DEF-1 was", "key sk-••• was"), ("Key = sk-...KNIQ, x", "Key = sk-•••, x"),
        ("a task-force", "a task-force"), ("\\nsk-0123456789abcdefgh", "\\nsk-•••"),
        ("it was hunter2-hunter2!", "it was •••!"), ("a\u{1B}[31m\nb\u{202E}c", "a [31m b c"),
    ])
    func `no key, no control character and no second line is left of a text`(
        text: String, clean: String
    ) {
        #expect(Scrubber([SecretValue("hunter2-hunter2")]).scrub(text) == clean)
    }

    @Test func `a long text is cut`() {
        let text = Scrubber([]).scrub(String(repeating: "ab ", count: 500))
        #expect(text.count == Scrubber.longest)
    }
}
