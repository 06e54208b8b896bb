import BursarCore
import BursarEngine
import Testing

struct InferenceContractTests {
    @Test(arguments: Implementation.available)
    func `a call answers and names its cost`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let team = try await proxy.team(#""models":["gf-chat-default"],"max_budget":1"#)
            let key = try await proxy.key(#""team_id":"\#(team)","models":["all-team-models"]"#)
            let answer = try await proxy.chat("gf-chat-default", as: key)
            #expect(answer.status == 200)
            let text = answer["choices"]?.array?.first?["message"]?["content"]
            #expect(text == .string("mock answer from gf-chat-default"))
            let cost = try #require(answer.headers["x-litellm-response-cost"])
            #expect(
                proxy.right("0.0048", .by1_106, before: "0.005")
                    .contains { JSONValue.number(cost).isAmount($0) })
        }
    }

    @Test(arguments: Implementation.available)
    func `an embedding is priced too`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key(#""models":["gf-embed-default"]"#)
            let answer = try await proxy.ask(
                .post, "/v1/embeddings", #"{"model":"gf-embed-default","input":"hi"}"#, as: key)
            #expect(answer.status == 200)
            #expect(answer["data"]?.array?.first?["embedding"]?.array?.count == 4)
            let cost = try #require(answer.headers["x-litellm-response-cost"])
            #expect(JSONValue.number(cost).isAmount("0.001"))
        }
    }

    @Test(arguments: Implementation.available)
    func `a team's cap lets one call go beyond and then refuses`(_ one: Implementation) async throws
    {
        try await one.use { proxy in
            let team = try await proxy.team(#""models":["gf-chat-default"],"max_budget":0.003"#)
            let key = try await proxy.key(#""team_id":"\#(team)","models":["all-team-models"]"#)
            #expect(try await proxy.chat("gf-chat-default", as: key).status == 200)
            let refused = try await until(proxy.overBudget) {
                try await proxy.chat("gf-chat-default", as: key)
            }
            #expect(refused.type == "budget_exceeded")
            #expect(
                refused.message.hasPrefix("Budget has been exceeded! Team=\(team) Current cost: "))
            #expect(refused.message.hasSuffix("Max budget: 0.003"))
            #expect(try await proxy.ask(.get, "/v1/models", as: key).status == 200)
        }
    }

    @Test(arguments: Implementation.available)
    func `a key's cap counts the spend it was minted with`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key(#""spend":0.5,"max_budget":0.01"#)
            let refused = try await proxy.chat("gf-chat-default", as: key)
            #expect(proxy.overBudget.contains(refused.status))
            #expect(refused.type == "budget_exceeded")
            #expect(refused.message.contains("Current cost: 0.5, Max budget: 0.01"))
            let list = try await proxy.ask(.get, "/v1/models", as: key)
            #expect(proxy.overBudget.contains(list.status))
            #expect(try await proxy.update(key, #""max_budget":1"#).status == 200)
            #expect(try await proxy.chat("gf-chat-default", as: key).status == 200)
        }
    }

    @Test(arguments: Implementation.available)
    func `a key capped at 0 is closed`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key(#""max_budget":0"#)
            let refused = try await proxy.chat("gf-chat-default", as: key)
            #expect(proxy.overBudget.contains(refused.status))
            #expect(refused.message.contains("Current cost: 0.0, Max budget: 0.0"))
        }
    }

    @Test(arguments: Implementation.available)
    func `a team capped at 0 is not closed`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let team = try await proxy.team(#""models":[],"max_budget":0"#)
            let key = try await proxy.key(#""team_id":"\#(team)""#)
            #expect(try await proxy.chat("gf-chat-default", as: key).status == 200)
        }
    }

    @Test(arguments: Implementation.available)
    func `a model outside the lists is refused by whose list it is`(
        _ one: Implementation
    ) async throws {
        try await one.use { proxy in
            let team = try await proxy.team()
            let narrow = try await proxy.key(
                #""team_id":"\#(team)","models":["gf-chat-default"]"#)
            let byKey = try await proxy.chat("gf-chat-pro", as: narrow)
            #expect(byKey.status == 403)
            #expect(byKey.type == "key_model_access_denied")
            #expect(byKey.param == "model")
            let wide = try await proxy.key(#""team_id":"\#(team)","models":["gf-chat-pro"]"#)
            let byTeam = try await proxy.chat("gf-chat-pro", as: wide)
            #expect(byTeam.status == 403)
            #expect(byTeam.type == "team_model_access_denied")
            #expect(
                proxy.right(
                    "The requested model 'gf-chat-pro' is not available", .by1_106,
                    before: "team not allowed to access model. This team can only access models="
                ).contains { byTeam.message.hasPrefix($0) })
        }
    }

    @Test(arguments: Implementation.available)
    func `a listed model that does not exist is a 400`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let team = try await proxy.team(#""models":["ghost"]"#)
            let key = try await proxy.key(#""team_id":"\#(team)","models":["all-team-models"]"#)
            let refused = try await proxy.chat("ghost", as: key)
            #expect(refused.status == 400)
            #expect(refused.message.contains("Invalid model name passed in model=ghost"))
            #expect(try await proxy.ask(.get, "/v1/models", as: key).modelNames == ["ghost"])
            let existing = try await proxy.ask(.get, "/v1/model/info", as: key)
            #expect(existing["data"] == .array([]))
        }
    }

    @Test(arguments: Implementation.available)
    func `an empty list means every model`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key(#""models":[]"#)
            #expect(try await proxy.chat("gf-chat-pro", as: key).status == 200)
            let names = try await proxy.ask(.get, "/v1/models", as: key).modelNames
            #expect(names.contains("gf-vision-default"))
            let team = try await proxy.team(#""models":[]"#)
            let member = try await proxy.key(#""team_id":"\#(team)","models":["all-team-models"]"#)
            #expect(try await proxy.chat("gf-chat-pro", as: member).status == 200)
        }
    }

    @Test(arguments: Implementation.available)
    func `no default models means none`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let team = try await proxy.team(#""models":["no-default-models"]"#)
            let key = try await proxy.key(#""team_id":"\#(team)","models":["all-team-models"]"#)
            // Before it listed the word itself as if it were a model; a call was refused all the same.
            let names = try await proxy.ask(.get, "/v1/models", as: key).modelNames
            #expect(proxy.right([], .by1_100, before: ["no-default-models"]).contains(names))
            let refused = try await proxy.chat("gf-chat-default", as: key)
            #expect(refused.status == 403)
            #expect(refused.type == "team_model_access_denied")
            let opened = try await proxy.ask(
                .patch, "/team/\(team)", #"{"models":["gf-chat-default"]}"#)
            #expect(opened.status == 200)
            #expect(try await proxy.chat("gf-chat-default", as: key).status == 200)
        }
    }

    @Test(arguments: Implementation.available)
    func `a pattern is good for calls and lists nothing`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key(#""models":["gf-*"]"#)
            #expect(try await proxy.chat("gf-chat-pro", as: key).status == 200)
        }
    }

    @Test(arguments: Implementation.available)
    func `a blocked key is refused and blocking wins over expiry`(
        _ one: Implementation
    ) async throws {
        try await one.use { proxy in
            let key = try await proxy.key()
            _ = try await proxy.ask(.post, "/key/block", #"{"key":"\#(key)"}"#)
            let refused = try await proxy.chat("gf-chat-default", as: key)
            #expect(refused.status == 401)
            #expect(refused.type == "auth_error")
            #expect(
                refused.message
                    == "Authentication Error, Key is blocked. Update via `/key/unblock` if you're "
                    + "an admin.")
            let status = try await proxy.info(key)["status"]
            #expect(proxy.right(.string("revoked"), .by1_106, before: nil).contains(status))
            let opened = try await proxy.ask(.post, "/key/unblock", #"{"key":"\#(key)"}"#)
            #expect(opened["blocked"] == .bool(false))
            #expect(try await proxy.chat("gf-chat-default", as: key).status == 200)
        }
    }

    @Test(arguments: Implementation.available)
    func `an expired key says so and is listed still`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key(#""duration":"1s""#)
            let refused = try await until(401) {
                try await proxy.chat("gf-chat-default", as: key)
            }
            #expect(refused.type == "expired_key")
            #expect(
                refused.message.hasPrefix("Authentication Error - Expired Key. Key Expiry time "))
            let status = try await proxy.info(key)["status"]
            #expect(proxy.right(.string("expired"), .by1_106, before: nil).contains(status))
            let hash = KeyHash(of: SecretValue(key)).hex
            let list = try await proxy.ask(.get, "/key/list?key_hash=\(hash)")
            #expect(list["keys"] == .array([.string(hash)]))
            #expect(try await proxy.update(key, #""duration":null"#).status == 200)
            #expect(try await proxy.chat("gf-chat-default", as: key).status == 200)
        }
    }

    @Test(arguments: Implementation.available)
    func `a blocked team refuses its keys, lists included`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let team = try await proxy.team(#""models":["gf-chat-default"],"blocked":true"#)
            let key = try await proxy.key(#""team_id":"\#(team)","models":["all-team-models"]"#)
            let refused = try await proxy.chat("gf-chat-default", as: key)
            #expect(refused.status == 401)
            #expect(refused.type == "auth_error")
            #expect(
                refused.message
                    == "Authentication Error, Team=\(team) is blocked. Update via `/team/unblock` "
                    + "if you're an admin.")
            #expect(try await proxy.ask(.get, "/v1/models", as: key).status == 401)
            _ = try await proxy.ask(.patch, "/team/\(team)", #"{"blocked":false}"#)
            #expect(try await proxy.chat("gf-chat-default", as: key).status == 200)
            _ = try await proxy.ask(
                .post, "/team/update", #"{"team_id":"\#(team)","blocked":true}"#)
            #expect(try await proxy.chat("gf-chat-default", as: key).status == 401)
        }
    }

    @Test(arguments: Implementation.available)
    func `calls beyond the rate are a 429`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key(#""rpm_limit":1"#)
            #expect(try await proxy.chat("gf-chat-default", as: key).status == 200)
            let refused = try await until(429) {
                try await proxy.chat("gf-chat-default", as: key)
            }
            #expect(refused.type == "throttling_error")
            let hash = KeyHash(of: SecretValue(key)).hex
            #expect(
                refused.message.hasPrefix(
                    "Rate limit exceeded for api_key: \(hash). Limit type: requests. "
                        + "Current limit: 1, Remaining: 0. Limit resets at: "))
            #expect(refused.headers["retry-after"] != nil)
        }
    }

    @Test(arguments: Implementation.available)
    func `a team's rate is a pool over its keys`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let team = try await proxy.team(#""models":["gf-chat-default"],"rpm_limit":2"#)
            let first = try await proxy.key(#""team_id":"\#(team)""#)
            let second = try await proxy.key(#""team_id":"\#(team)""#)
            #expect(try await proxy.chat("gf-chat-default", as: first).status == 200)
            #expect(try await proxy.chat("gf-chat-default", as: second).status == 200)
            let refused = try await until(429) {
                try await proxy.chat("gf-chat-default", as: first)
            }
            #expect(refused.message.contains("Rate limit exceeded for team: \(team)"))
        }
    }

    /// Asks until that status comes, for a few seconds: LiteLLM books a call just after it, and a
    /// minute of a rate may end between two calls.
    private func until(
        _ status: Int, _ ask: () async throws -> Answer
    ) async throws -> Answer {
        try await until([status], ask)
    }

    private func until(
        _ right: [Int], _ ask: () async throws -> Answer
    ) async throws -> Answer {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(3)
        var answer = try await ask()
        while !right.contains(answer.status), clock.now < end { answer = try await ask() }
        #expect(right.contains(answer.status))
        return answer
    }
}

extension Proxy {
    fileprivate var overBudget: [Int] { right(422, .by1_106, before: 429) }
}
