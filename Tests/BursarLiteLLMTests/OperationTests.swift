import BursarCore
import BursarEngine
import FoundationEssentials
import Testing

@testable import BursarLiteLLM

/// Writes, and what is asked before one counts as failed.
struct OperationTests {
    private static let mark = TeamMark(owner: "o", generations: [:], applied: ["models": "1f"])
    private static let taken = answer(
        400, #"{"error":{"message":"{'error': 'Team id = a already exists.'}"}}"#)

    private func creation() throws -> TeamCreation {
        TeamCreation(
            id: try #require(WorkspaceID("a")), alias: "search",
            cap: MicroUSD(micros: 500), period: .days(30), models: .only([]),
            mark: Self.mark)
    }

    private func mint(in workspace: String = "a") throws -> Mint {
        let secret = try #require(SecretName("K"))
        let lineage = Lineage(workspace: try #require(WorkspaceID(workspace)), secret: secret)
        return Mint(
            value: SecretValue("sk-value-of-a-test"), lineage: lineage, generation: .first,
            mark: KeyMark(
                owner: "o", secret: secret, generation: .first,
                mintedAt: Instant(milliseconds: 0), applied: [:]))
    }

    private func held(_ metadata: [String: JSONValue]) throws -> ObservedKey {
        let hash = KeyHash(of: SecretValue("sk-value-of-a-test"))
        return ObservedKey(
            hash: hash, metadata: metadata, models: .team, routes: [], spendLogs: [:])
    }

    @Test func `a team without models says so in LiteLLM's word`() async throws {
        let proxy = ScriptedTransport { _, _ throws(TransportError) in
            answer(200, #"{"team_id":"a"}"#)
        }
        _ = try await issuer(over: proxy).createTeam(try creation())
        let body = try #require(proxy.sent.first?.body)
        #expect(body["models"] == .array([.string("no-default-models")]))
        #expect(body["max_budget"] == .number("0.0005"))
        #expect(body["budget_duration"] == .string("30d"))
        #expect(TeamMark(json: body["metadata"]?["bursar"]) == Self.mark)
    }

    @Test(arguments: [true, false])
    func `a taken team id is done if and only if the mark is ours`(ours: Bool) async throws {
        let mark = ours ? Self.mark.json : JSONValue.object(["owner": .string("else")])
        let metadata = JSONValue.object(["bursar": mark])
        let text = String(decoding: try JSONEncoder().encode(metadata), as: UTF8.self)
        let proxy = ScriptedTransport { sent, _ throws(TransportError) in
            sent.line.hasPrefix("POST")
                ? Self.taken
                : answer(200, "{\"team_info\":{\"team_id\":\"a\",\"metadata\":\(text)}}")
        }
        let creation = try creation()
        var failure: IssuerError?
        do throws(IssuerError) {
            _ = try await issuer(over: proxy).createTeam(creation)
        } catch {
            failure = error
        }
        #expect(failure?.label == (ours ? nil : "conflict"))
    }

    @Test(arguments: [true, false])
    func `a mint refused for its own alias is done if and only if the hash is there`(
        there: Bool
    ) async throws {
        let mint = try mint()
        let row = "{\"token\":\"\(KeyHash(of: mint.value))\",\"team_id\":\"a\"}"
        let proxy = ScriptedTransport { sent, _ throws(TransportError) in
            sent.line.hasPrefix("POST")
                ? answer(400, #"{"error":{"message":"Key with alias 'a' already exists."}}"#)
                : answer(200, "{\"keys\":[\(there ? row : "")],\"total_count\":0}")
        }
        var failure: IssuerError?
        do throws(IssuerError) {
            _ = try await issuer(over: proxy).mint(mint)
        } catch {
            failure = error
        }
        #expect(failure?.label == (there ? nil : "rejected"))
        #expect(proxy.sent.first?.body?["key"] == .string("sk-value-of-a-test"))
        #expect(proxy.sent.first?.body?["key_type"] == .string("llm_api"))
        #expect(proxy.sent.first?.body?["models"] == .array([.string("all-team-models")]))
    }

    @Test func `a key's mark is written beside what others wrote`() async throws {
        let hash = KeyHash(of: SecretValue("sk-value-of-a-test"))
        let proxy = ScriptedTransport { _, _ throws(TransportError) in
            answer(200, "{\"token\":\"\(hash)\"}")
        }
        let foreign: JSONValue = .object(["big": .number("12345678901234567890")])
        let mark = try mint().mark
        try await issuer(over: proxy).updateKey(
            try held(["theirs": foreign, "bursar": .string("spoilt")]),
            [.mark(mark), .expiresIn(.hours(1)), .noCap])
        let body = try #require(proxy.sent.first?.body)
        #expect(body["metadata"]?["theirs"] == foreign)
        #expect(body["metadata"]?["bursar"] == mark.json)
        #expect(body["duration"] == .string("3600s"))
        #expect(body["max_budget"] == .null)
        #expect(body["models"] == nil)
    }

    @Test(arguments: ["{}", "<html>Sign in</html>", #"{"team_id":"another"}"#])
    func `an answer that is not about the team made is no success`(body: String) async throws {
        let proxy = ScriptedTransport { _, _ throws(TransportError) in answer(200, body) }
        let creation = try creation()
        await #expect(throws: IssuerError.self) {
            _ = try await issuer(over: proxy).createTeam(creation)
        }
    }

    @Test func `a key that is gone is deleted`() async throws {
        let proxy = ScriptedTransport { _, _ throws(TransportError) in
            answer(404, #"{"error":{"message":"{'error': 'No keys found'}"}}"#)
        }
        try await issuer(over: proxy).deleteKey(KeyHash(of: SecretValue("sk-x")))
    }

    @Test func `a refusal of the new key is no refusal of ours`() async throws {
        let proxy = ScriptedTransport { _, _ throws(TransportError) in
            answer(401, #"{"error":{"message":"Key is blocked sk-value-of-a-test"}}"#)
        }
        var failure: IssuerError?
        do throws(IssuerError) {
            _ = try await issuer(over: proxy).verify(SecretValue("sk-value-of-a-test"))
        } catch {
            failure = error
        }
        #expect(failure == .refused("Key is blocked •••"))
    }

    @Test(arguments: [429, 502, 503, 504])
    func `what passes is tried again`(status: Int) async throws {
        let done = "{\"deleted_keys\":[\"\(KeyHash(of: SecretValue("sk-x")))\"]}"
        let proxy = ScriptedTransport { _, number throws(TransportError) in
            if number == 0 { throw .interrupted("reset") }
            return number < 3 ? answer(status, "") : answer(200, done)
        }
        try await issuer(over: proxy).deleteKey(KeyHash(of: SecretValue("sk-x")))
        #expect(proxy.sent.count == 4)
    }

    @Test func `a write answered 500 is not tried again, and tries have an end`() async throws {
        for (status, tries) in [(500, 1), (503, Backoff.standard.attempts)] {
            let proxy = ScriptedTransport { _, _ throws(TransportError) in answer(status, "") }
            await #expect(throws: IssuerError.self) {
                try await issuer(over: proxy).deleteKey(KeyHash(of: SecretValue("sk-x")))
            }
            #expect(proxy.sent.count == tries)
        }
    }
}
