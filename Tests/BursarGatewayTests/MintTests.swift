import BursarCore
import BursarEngine
import BursarSandbox
import Foundation
import GRDB
import TestSupport
import Testing

@testable import BursarGateway

struct MintTests {
    private static let path = "/v1/workspaces/search/llm/virtual-key"
    private static let admin = #"{"*": ["administer"]}"#

    /// A team whose models are the sample's chat model.
    static func site(
        mark: String? = nil, options: LiteLLMModel.Options = .init()
    ) throws -> GatewaySite {
        let site = try GatewaySite(options: options)
        let metadata = mark.map { #", "metadata": {"bursar": \#($0)}"# } ?? ""
        for team in ["search", "ads"] {
            let made = site.liteLLM(
                "POST", "/team/new",
                #"{"team_id": "\#(team)", "models": ["gf-chat-default"]\#(metadata)}"#)
            try #require(made.status == 200)
        }
        return site
    }

    private static func mint(
        _ site: GatewaySite, _ idempotency: String? = nil, in workspace: String = "search"
    ) async throws -> (status: Int, value: SecretValue?, json: JSONValue?) {
        let answer = try await site.call(
            "POST", "/v1/workspaces/\(workspace)/llm/virtual-key", permissions: admin,
            headers: idempotency.map { ["idempotency-key": $0] } ?? [:])
        let value = answer.json?["virtual_key"]?.string.map(SecretValue.init)
        #expect((answer.status == 200) == (value != nil), "\(answer)")
        return (answer.status, value, answer.json)
    }

    private static func minted(_ site: GatewaySite, _ idempotency: String? = nil) async throws
        -> (value: SecretValue, hash: String)
    {
        let value = try #require(try await mint(site, idempotency).value)
        return (value, KeyHash(of: value).hex)
    }

    private static func chat(_ site: GatewaySite, _ key: SecretValue) -> Int {
        site.liteLLM(
            "POST", "/v1/chat/completions",
            #"{"model": "gf-chat-default", "messages": [{"role": "user", "content": "hi"}]}"#,
            bearer: key
        ).status
    }

    @Test func `A first key works, and says whose it is`() async throws {
        let site = try Self.site()
        let (value, hash) = try await Self.minted(site)
        #expect(Self.chat(site, value) == 200)
        let row = try #require(site.keys(of: "search")[hash])
        #expect(row["key_alias"]?.string == "search/gateway@g1")
        #expect(row["models"]?.array == [.string("all-team-models")])
        #expect(row["max_budget"] == .null)
        let mark = try #require(row["metadata"]?["bursar"])
        #expect(mark["via"]?.string == "gateway")
        #expect(mark["owner"]?.string == "test")
        #expect(
            row["metadata"]?["spend_logs_metadata"]
                == .object(["workspace": .string("search"), "generation": .string("1")]))
    }

    @Test func `The next one takes its place, and the last works on for a day`() async throws {
        let site = try Self.site()
        let own = site.liteLLM(
            "POST", "/key/generate", #"{"team_id": "search", "key_alias": "by-hand"}"#)
        let other = site.liteLLM(
            "POST", "/key/generate",
            #"{"team_id": "search", "metadata": {"bursar": {"owner": "else", "via": "gateway", "#
                + #""secret": "A", "generation": 1, "mintedAt": "2026-11-24T10:00:00Z"}}}"#)
        let before = site.keys(of: "search")
        let (first, firstHash) = try await Self.minted(site)
        let (second, secondHash) = try await Self.minted(site)
        for value in [first, second] { #expect(Self.chat(site, value) == 200) }
        let after = site.keys(of: "search")
        #expect(after.count == 4)
        let end = (site.time.now() + KeyMinting.overlap).description
        let old = try #require(after[firstHash])
        #expect(old["expires"]?.string?.prefix(16) == end.prefix(16))
        #expect(old["metadata"]?["bursar"]?["retiredAt"] != nil)
        #expect(after[secondHash]?["expires"] == .null)
        for made in [own, other] {
            let hash = try #require(made.json["token"]?.string)
            #expect(after[hash] == before[hash])
        }
        site.time.advance(Span(seconds: KeyMinting.overlap.seconds + 61))
        #expect(Self.chat(site, first) == 401)
        #expect(Self.chat(site, second) == 200)
    }

    @Test func `In a team that bears an owner nothing is retired`() async throws {
        let site = try Self.site(mark: #"{"owner": "prod"}"#)
        let (first, firstHash) = try await Self.minted(site)
        let (second, _) = try await Self.minted(site)
        #expect(site.keys(of: "search")[firstHash]?["expires"] == .null)
        #expect(site.keys(of: "search")[firstHash]?["metadata"]?["bursar"]?["retiredAt"] == nil)
        site.time.advance(KeyMinting.overlap)
        for value in [first, second] { #expect(Self.chat(site, value) == 200) }
    }

    @Test func `A team with a key of bursar's counts as owned although its own mark is lost`()
        async throws
    {
        let site = try Self.site()
        site.liteLLM(
            "POST", "/key/generate",
            #"{"team_id": "search", "metadata": {"bursar": {"owner": "prod", "secret": "A", "#
                + #""generation": 1, "mintedAt": "2026-11-24T10:00:00Z"}}}"#)
        let (_, hash) = try await Self.minted(site)
        _ = try await Self.minted(site)
        #expect(site.keys(of: "search")[hash]?["expires"] == .null)
    }

    @Test func `A repeated request gets the same key`() async throws {
        let site = try Self.site()
        let first = try await Self.minted(site, "walk 1")
        #expect(try await Self.minted(site, "walk 1").hash == first.hash)
        #expect(site.keys(of: "search").count == 1)
        let elsewhere = try await Self.mint(site, "walk 1", in: "ads")
        #expect(elsewhere.value.map { KeyHash(of: $0).hex } != first.hash)
        let second = try await Self.minted(site, "walk 2")
        #expect(second.hash != first.hash)
        #expect(try await Self.mint(site, "walk 1").status == 409)
        #expect(try await Self.minted(site, "walk 2").hash == second.hash)
        site.time.advance(KeyMinting.memory)
        #expect(try await Self.mint(site, "walk 2").status == 409)
        #expect(site.keys(of: "search").count == 2)
        #expect(Self.chat(site, second.value) == 200)
    }

    @Test func `What is kept for a repetition is sealed`() async throws {
        let site = try Self.site()
        let (value, _) = try await Self.minted(site, "walk")
        let text = value.withExposed { Data($0.utf8) }
        for file in try FileManager.default.contentsOfDirectory(atPath: site.directory.path) {
            let bytes = try Data(contentsOf: site.directory.url.appending(path: file))
            #expect(bytes.range(of: text) == nil, "\(file)")
            #expect(bytes.range(of: text.dropFirst(3)) == nil, "\(file)")
        }
    }

    @Test(arguments: ["", String(repeating: "a", count: 256), "tab\t"])
    func `A key for repetitions that is none is refused`(key: String) async throws {
        #expect(try await Self.mint(try Self.site(), key).status == 422)
    }

    /// What may befall each request of a mint, once or every time.
    private static let faults: [FaultPlan.Fault] = [
        .status(503, retryAfter: nil), .status(403, retryAfter: nil), .reset, .lostAnswer, .html,
        .wrongJSON, .truncated,
    ]

    @Test(arguments: faults, [nil, 1, 3])
    func `Whatever befalls LiteLLM, a key works or none was made`(
        fault: FaultPlan.Fault, times: Int?
    ) async throws {
        for path in ["/key/generate", "/v1/model/info", "/key/update", "/key/list", "/team/info"] {
            let site = try Self.site()
            let (old, oldHash) = try await Self.minted(site)
            site.sandbox.inject(
                FaultPlan([
                    .init(.matching(method: nil, pathPrefix: path), fault, times: times)
                ]))
            let answer = try await Self.mint(site)
            site.sandbox.inject(.none)
            let keys = site.keys(of: "search")
            if let value = answer.value {
                #expect(Self.chat(site, value) == 200, "\(path)")
                #expect(keys.count == 2, "\(path)")
            } else {
                #expect(answer.status == 502, "\(path)")
                #expect(Set(keys.keys) == [oldHash], "\(path)")
                #expect(keys[oldHash]?["expires"] == .null, "\(path)")
            }
            #expect(Self.chat(site, old) == 200)
            // And the next one ends what this one could not.
            let (_, next) = try await Self.minted(site)
            let open = site.keys(of: "search").filter { $0.value["expires"] == .null }
            #expect(Set(open.keys) == [next], "\(path)")
        }
    }

    @Test func `A key that could not be taken back is, by a later mint`() async throws {
        let site = try Self.site(mark: #"{"owner": "prod"}"#)
        site.sandbox.inject(
            FaultPlan([
                .init(.matching(method: nil, pathPrefix: "/v1/model"), .reset),
                .init(.matching(method: nil, pathPrefix: "/key/delete"), .reset),
            ]))
        #expect(try await Self.mint(site).status == 502)
        site.sandbox.inject(.none)
        #expect(site.keys(of: "search").count == 1)
        _ = try await Self.minted(site)
        // It might still be on its way to somebody.
        #expect(site.keys(of: "search").count == 2)
        site.time.advance(Span(seconds: KeyMinting.patience.seconds + 1))
        _ = try await Self.minted(site)
        #expect(site.keys(of: "search").count == 2)
        #expect(
            Set(site.keys(of: "search").values.compactMap { $0["key_alias"]?.string })
                == ["search/gateway@g2", "search/gateway@g3"])
    }

    @Test func `A repetition finishes what broke off`() async throws {
        let site = try Self.site()
        site.sandbox.inject(
            FaultPlan([
                .init(.matching(method: nil, pathPrefix: "/v1/model"), .reset),
                .init(.matching(method: nil, pathPrefix: "/key/delete"), .reset),
            ]))
        #expect(try await Self.mint(site, "walk").status == 502)
        let left = site.keys(of: "search").keys
        site.sandbox.inject(.none)
        let (value, hash) = try await Self.minted(site, "walk")
        #expect([hash] == Array(left))
        #expect(Self.chat(site, value) == 200)
    }

    @Test func `A store that is gone leaves no key`() async throws {
        let site = try Self.site()
        try await site.gateway.database.write { db in
            try db.execute(
                sql: """
                    CREATE TRIGGER full BEFORE UPDATE ON mint
                    BEGIN SELECT RAISE(ABORT, 'full'); END
                    """)
        }
        #expect(try await Self.mint(site).status == 503)
        #expect(site.keys(of: "search").isEmpty)
    }

    @Test func `Where LiteLLM draws the values it is the same`() async throws {
        let site = try Self.site(options: .init(forbidsBroughtKeys: true))
        let first = try await Self.minted(site, "walk")
        #expect(Self.chat(site, first.value) == 200)
        #expect(try await Self.minted(site, "walk").hash == first.hash)
        let second = try await Self.minted(site)
        #expect(site.keys(of: "search").count == 2)
        #expect(site.keys(of: "search")[first.hash]?["expires"] != .null)
        #expect(site.keys(of: "search")[second.hash]?["expires"] == .null)
    }

    @Test func `Many at once are one after the other`() async throws {
        let site = try Self.site()
        let hashes = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<12 { group.addTask { try await Self.minted(site).hash } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(hashes.count == 12)
        let keys = site.keys(of: "search")
        #expect(keys.count == 12)
        #expect(keys.values.count { $0["expires"] == .null } == 1)
        let numbers = keys.values.compactMap { $0["metadata"]?["bursar"]?["generation"]?.int }
        #expect(numbers.sorted() == Array(1...12))
    }

    @Test func `A workspace that is none, one that is suspended and one of others get none`()
        async throws
    {
        let site = try Self.site()
        #expect(try await Self.mint(site, in: "none").status == 404)
        site.liteLLM("POST", "/team/block", #"{"team_id": "search"}"#)
        #expect(try await Self.mint(site).status == 409)
        #expect(site.keys(of: "search").isEmpty)
        for permissions in [#"{"ads": ["read"], "search": ["administer"]}"#, "{}"] {
            let answer = try await site.call(
                "POST", "/v1/workspaces/ads/llm/virtual-key", permissions: permissions)
            #expect(answer.status == 403)
        }
        let odd = try await site.call(
            "POST", "/v1/workspaces/ads/llm/virtual-key", permissions: Self.admin,
            body: #"{"models": ["*"]}"#)
        #expect(odd.status == 422)
        #expect(site.keys(of: "ads").isEmpty)
    }

    @Test func `The log says what the caller is not told`() async throws {
        let seen = Record<Gateway.Access>()
        let site = try GatewaySite { seen.add($0) }
        site.sandbox.inject(FaultPlan([.init(.every, .status(401, retryAfter: nil))]))
        let answer = try await site.call("POST", Self.path, permissions: Self.admin)
        #expect(answer.status == 502)
        #expect(answer.json?["detail"]?.string?.contains("MASTER") == false)
        #expect(seen.all.last?.problem?.contains("Check LITELLM_MASTER_KEY") == true)
    }
}
