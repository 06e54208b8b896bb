import BursarCore
import BursarEngine
import Testing

struct KeyMintContractTests {
    @Test(arguments: Implementation.available)
    func `a key is named by the SHA-256 of its value`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let value = Proxy.fresh("sk-contract")
            let answer = try await proxy.ask(.post, "/key/generate", #"{"key":"\#(value)"}"#)
            #expect(answer["token"]?.string == KeyHash(of: SecretValue(value)).hex)
            #expect(answer["key_name"]?.string == "sk-...\(value.suffix(4))")
            _ = try await proxy.ask(.post, "/key/delete", #"{"keys":["\#(value)"]}"#)
        }
    }

    @Test(arguments: Implementation.available)
    func `minting a value that exists changes nothing and echoes the request`(
        _ one: Implementation
    ) async throws {
        try await one.use { proxy in
            let key = try await proxy.key(#""max_budget":3"#)
            let again = try await proxy.ask(
                .post, "/key/generate", #"{"key":"\#(key)","max_budget":9}"#)
            #expect(again.status == 200)
            #expect(again["max_budget"]?.isAmount("9") == true)
            #expect(try await proxy.info(key)["max_budget"]?.isAmount("3") == true)
        }
    }

    @Test(arguments: Implementation.available)
    func `a retried mint is refused by its own alias`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let alias = Proxy.fresh("ct/TOKEN@g1")
            let key = try await proxy.key(#""key_alias":"\#(alias)""#)
            let again = try await proxy.ask(
                .post, "/key/generate", #"{"key":"\#(key)","key_alias":"\#(alias)"}"#)
            #expect(again.status == 400)
            #expect(again.type == "bad_request_error")
            #expect(again.param == "key_alias")
            #expect(
                again.message
                    == "Key with alias '\(alias)' already exists. Unique key aliases across all "
                    + "keys are required.")
        }
    }

    /// How often the real one gives an alias twice is its own affair; what follows is not.
    @Test(arguments: Implementation.available)
    func `mints at once may get one alias, which then neither is given`(
        _ one: Implementation
    ) async throws {
        try await one.use { proxy in
            for _ in 0..<(one == .realLiteLLM ? 20 : 1) {
                let alias = Proxy.fresh("ct/TOKEN@g1")
                async let left = proxy.ask(.post, "/key/generate", #"{"key_alias":"\#(alias)"}"#)
                async let right = proxy.ask(.post, "/key/generate", #"{"key_alias":"\#(alias)"}"#)
                let both = try await [left, right]
                #expect(both.allSatisfy { [200, 400].contains($0.status) })
                let keys = both.filter { $0.status == 200 }.compactMap { $0["key"]?.string }
                #expect(!keys.isEmpty)
                if keys.count == 2 {
                    for key in keys {
                        let again = try await proxy.ask(
                            .post, "/key/update", #"{"key":"\#(key)","key_alias":"\#(alias)"}"#)
                        #expect(again.status == 400)
                    }
                }
                for key in keys {
                    _ = try await proxy.ask(.post, "/key/delete", #"{"keys":["\#(key)"]}"#)
                }
                if keys.count == 2 { return }
            }
        }
    }

    @Test(arguments: Implementation.available)
    func `an alias is free again once its key is deleted`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let alias = Proxy.fresh("ct/TOKEN")
            let key = try await proxy.key(#""key_alias":"\#(alias)""#)
            _ = try await proxy.ask(.post, "/key/delete", #"{"keys":["\#(key)"]}"#)
            _ = try await proxy.key(#""key_alias":"\#(alias)""#)
        }
    }

    @Test(arguments: Implementation.available)
    func `unknown fields are ignored`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key(#""expires":"2030-01-01T00:00:00Z","nonsense":1"#)
            #expect(try await proxy.info(key)["expires"] == .null)
        }
    }

    @Test(arguments: Implementation.available)
    func `the key type llm_api becomes allowed routes`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key(#""key_type":"llm_api""#)
            let info = try await proxy.info(key)
            #expect(info["allowed_routes"] == .array([.string("llm_api_routes")]))
            #expect(info["key_type"] == .string("llm_api"))
            let refused = try await proxy.ask(.get, "/key/list", as: key)
            #expect(refused.status == 403)
            #expect(
                refused.message
                    == "Virtual key is not allowed to call this route. Only allowed to call "
                    + "routes: ['llm_api_routes']. Tried to call route: /key/list")
            #expect(try await proxy.ask(.get, "/v1/model/info", as: key).status == 200)
        }
    }

    @Test(arguments: Implementation.available)
    func `a mint in a team that does not exist is accepted`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let team = Proxy.fresh("missing")
            let key = try await proxy.key(#""team_id":"\#(team)""#)
            #expect(try await proxy.info(key)["team_id"] == .string(team))
            let refused = try await proxy.chat("gf-chat-default", as: key)
            #expect(proxy.right(404, .by1_100, before: 200).contains(refused.status))
        }
    }

    @Test(arguments: Implementation.available)
    func `a duration is exact and is echoed as null`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let value = Proxy.fresh("sk-contract")
            let answer = try await proxy.ask(
                .post, "/key/generate", #"{"key":"\#(value)","duration":"90d"}"#)
            #expect(answer["duration"] == .null)
            let created = try #require(answer["created_at"]?.instant)
            let expires = try #require(answer["expires"]?.instant)
            #expect((7_775_998...7_776_000).contains(expires.seconds(since: created)))
            _ = try await proxy.ask(.post, "/key/delete", #"{"keys":["\#(value)"]}"#)
        }
    }

    @Test(arguments: Implementation.available)
    func `a bad duration is a 500 at a mint`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let answer = try await proxy.ask(.post, "/key/generate", #"{"duration":"soon"}"#)
            #expect(answer.status == 500)
            #expect(answer.message == "Invalid duration format")
            #expect(answer.type == "internal_server_error")
        }
    }

    @Test(arguments: Implementation.available)
    func `a bad budget duration is a 400`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let value = Proxy.fresh("sk-contract")
            let answer = try await proxy.ask(
                .post, "/key/generate",
                #"{"key":"\#(value)","max_budget":1,"budget_duration":"soon"}"#)
            #expect(proxy.right(400, .by1_100, before: 200).contains(answer.status))
            guard answer.status == 400 else {
                _ = try await proxy.ask(.post, "/key/delete", #"{"keys":["\#(value)"]}"#)
                return
            }
            #expect(
                answer.message
                    == #"{'error': "Invalid budget_duration 'soon'. Use a format like '1h', "#
                    + #"'24h', '7d', or '30d'."}"#)
        }
    }

    @Test(arguments: Implementation.available)
    func `a negative cap is a 400`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let answer = try await proxy.ask(.post, "/key/generate", #"{"max_budget":-1}"#)
            #expect(answer.status == 400)
            #expect(
                answer.message
                    == "{'error': 'max_budget must be a non-negative finite number. "
                    + "Received: -1.0'}")
        }
    }

    @Test(arguments: Implementation.available)
    func `fields of the wrong type are a 422 with their place`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let answer = try await proxy.ask(
                .post, "/key/generate", #"{"key_alias":5,"max_budget":"lots"}"#)
            #expect(answer.status == 422)
            let faults = (answer["detail"]?.array ?? []).compactMap { $0["type"]?.string }
            #expect(Set(faults) == ["string_type", "float_parsing"])
            let empty = try await proxy.ask(.post, "/key/generate", "nonsense")
            #expect(empty.status == 422)
            #expect(empty["detail"]?.array?.first?["type"] == .string("json_invalid"))
        }
    }

    @Test(arguments: Implementation.available)
    func `a chosen value starts with sk and is 16 characters long`(
        _ one: Implementation
    ) async throws {
        try await one.use { proxy in
            let foreign = try await proxy.ask(
                .post, "/key/generate", #"{"key":"not-a-litellm-key"}"#)
            #expect(foreign.status == 400)
            #expect(foreign.message.contains("must start with 'sk-'"))
            let short = try await proxy.ask(.post, "/key/generate", #"{"key":"sk-short"}"#)
            #expect(short.status == 400)
            #expect(short.message.contains("at least 16 characters"))
        }
    }

    @Test(arguments: Implementation.available)
    func `tags and caps by model need a licence`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let caps = #""model_max_budget":{"m":{"budget_limit":1,"time_period":"1d"}}"#
            let tags = try await proxy.ask(.post, "/key/generate", #"{"tags":["a"]}"#)
            #expect(tags.status == 403)
            #expect(tags.message.contains("only available for LiteLLM Enterprise users: tags"))
            #expect(try await proxy.ask(.post, "/key/generate", "{\(caps)}").status == 500)
            let key = try await proxy.key()
            #expect(try await proxy.update(key, #""tags":["a"]"#).status == 403)
            #expect(try await proxy.update(key, caps).status == 400)
        }
    }
}
