import BursarCore
import BursarEngine
import Testing

struct KeyUpdateContractTests {
    @Test(arguments: Implementation.available)
    func `fields that are not sent stay and null clears`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key(
                #""max_budget":5,"rpm_limit":7,"tpm_limit":9,"budget_duration":"30d","duration":"1d""#
            )
            let one = try await proxy.update(key, #""max_budget":null"#)
            #expect(one["max_budget"] == .null)
            #expect(one["rpm_limit"] == .number(7))
            let two = try await proxy.update(
                key, #""rpm_limit":null,"tpm_limit":null,"budget_duration":null,"duration":null"#)
            for name in ["rpm_limit", "tpm_limit", "budget_duration", "budget_reset_at", "expires"]
            {
                #expect(two[name] == .null, "\(name)")
            }
        }
    }

    @Test(arguments: Implementation.available)
    func `lists and metadata cannot be null`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key()
            for name in ["models", "metadata"] {
                let refused = try await proxy.update(key, #""\#(name)":null"#)
                #expect(refused.status == 400)
                #expect(
                    refused.message.hasPrefix("Authentication Error, A value is required"),
                    "\(name)")
            }
            #expect(try await proxy.info(key)["models"] == .array([.string("gf-chat-default")]))
        }
    }

    @Test(arguments: Implementation.available)
    func `metadata is replaced whole`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key(#""metadata":{"a":1,"b":{"c":2}}"#)
            let answer = try await proxy.update(key, #""metadata":{"b":{"d":3}}"#)
            #expect(answer["metadata"] == .object(["b": .object(["d": .number(3)])]))
        }
    }

    @Test(arguments: Implementation.available)
    func `limits by model live inside metadata`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key(#""metadata":{"a":1}"#)
            let kept = try await proxy.update(key, #""model_rpm_limit":{"m":3}"#)
            #expect(
                kept["metadata"]
                    == .object(["a": .number(1), "model_rpm_limit": .object(["m": .number(3)])]))
            let lost = try await proxy.update(key, #""metadata":{"a":2}"#)
            #expect(lost["metadata"] == .object(["a": .number(2)]))
        }
    }

    @Test(arguments: Implementation.available)
    func `a duration sent again extends again and may shorten`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key(#""duration":"30d""#)
            let answer = try await proxy.update(key, #""duration":"1h""#)
            let expires = try #require(answer["expires"]?.instant)
            let changed = try #require(answer["updated_at"]?.instant)
            #expect((3598...3600).contains(expires.seconds(since: changed)))
            #expect(try await proxy.update(key, #""duration":"-1""#)["expires"] == .null)
        }
    }

    @Test(arguments: Implementation.available)
    func `a bad duration is a 400 at an update`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key()
            let refused = try await proxy.update(key, #""duration":"soon""#)
            #expect(refused.status == 400)
            #expect(refused.message == "Authentication Error, Invalid duration format")
            #expect(refused.type == "auth_error")
        }
    }

    @Test(arguments: Implementation.available)
    func `times are spelled with an offset here and with Z in lists`(
        _ one: Implementation
    ) async throws {
        try await one.use { proxy in
            let key = try await proxy.key(#""duration":"1d""#)
            let updated = try await proxy.update(key, #""max_budget":1"#)
            #expect(updated["expires"]?.string?.hasSuffix("+00:00") == true)
            #expect(try await proxy.info(key)["created_at"]?.string?.hasSuffix("+00:00") == true)
            let hash = KeyHash(of: SecretValue(key)).hex
            let list = try await proxy.ask(
                .get, "/key/list?key_hash=\(hash)&return_full_object=true")
            let row = list["keys"]?.array?.first
            #expect(row?["expires"]?.string?.hasSuffix("Z") == true)
            #expect(row?["expires"]?.instant == updated["expires"]?.instant)
        }
    }

    @Test(arguments: Implementation.available)
    func `an unknown key is a 404 and none at all a 422`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let value = Proxy.fresh("sk-unknown")
            let unknown = try await proxy.update(value, #""max_budget":1"#)
            #expect(unknown.status == 404)
            #expect(unknown.type == "not_found_error")
            #expect(unknown.message == "Key not found.")
            let none = try await proxy.ask(.post, "/key/update", #"{"max_budget":1}"#)
            #expect(none.status == 422)
            #expect(none.message == "Value error, either key or key_alias must be provided")
            for path in ["/key/block", "/key/unblock"] {
                #expect(try await proxy.ask(.post, path, #"{"key":"\#(value)"}"#).status == 404)
            }
        }
    }

    @Test(arguments: Implementation.available)
    func `every key endpoint takes the hash`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key()
            let hash = KeyHash(of: SecretValue(key)).hex
            #expect(try await proxy.update(hash, #""max_budget":2"#).status == 200)
            #expect(try await proxy.ask(.post, "/key/block", #"{"key":"\#(hash)"}"#).status == 200)
            #expect(try await proxy.ask(.get, "/key/info?key=\(hash)").status == 200)
            #expect(
                try await proxy.ask(.post, "/key/delete", #"{"keys":["\#(hash)"]}"#).status == 200)
        }
    }

    @Test(arguments: Implementation.available)
    func `an alias moves only once its holder has let go`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let alias = Proxy.fresh("ct/TOKEN")
            let old = try await proxy.key(#""key_alias":"\#(alias)""#)
            let new = try await proxy.key(#""key_alias":"\#(alias)@g2""#)
            let taken = try await proxy.update(new, #""key_alias":"\#(alias)""#)
            #expect(taken.status == 400)
            #expect(taken.param == "key_alias")
            #expect(try await proxy.update(old, #""key_alias":"\#(alias)@g1""#).status == 200)
            #expect(try await proxy.update(new, #""key_alias":"\#(alias)""#).status == 200)
            let itself = try await proxy.update(new, #""key_alias":"\#(alias)""#)
            #expect(itself["key_alias"] == .string(alias))
        }
    }

    @Test(arguments: Implementation.available)
    func `only an admin's write moves settings_updated_at`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key()
            let before = try await proxy.info(key)["settings_updated_at"]
            #expect(proxy.right(.null, .by1_98, before: nil).contains(before))
            // Without the field bursar takes the end of the overlap instead.
            guard before != nil else { return }
            let answer = try await proxy.ask(.post, "/key/update", #"{"key":"\#(key)"}"#)
            #expect(answer.status == 200)
            let moved = try #require(answer["settings_updated_at"]?.instant)
            #expect(try await proxy.chat("gf-chat-default", as: key).status == 200)
            #expect(try await proxy.info(key)["settings_updated_at"]?.instant == moved)
        }
    }

    @Test(arguments: Implementation.available)
    func `a deleted key still has its info`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key()
            let unknown = Proxy.fresh("sk-unknown")
            let deleted = try await proxy.ask(
                .post, "/key/delete", #"{"keys":["\#(key)","\#(unknown)"]}"#)
            #expect(deleted.status == 200)
            #expect(deleted["deleted_keys"] == .array([.string(key), .string(unknown)]))
            let info = try await proxy.info(key)
            #expect(proxy.right(.string("deleted"), .by1_106, before: nil).contains(info["status"]))
            #expect((info["deleted_at"]?.instant != nil) == (info["status"] != nil))
            let again = try await proxy.ask(.post, "/key/delete", #"{"keys":["\#(key)"]}"#)
            #expect(again.status == 404)
            #expect(again.message == "{'error': 'No keys found'}")
            #expect(try await proxy.ask(.get, "/key/info?key=\(unknown)").status == 404)
            #expect(try await proxy.ask(.post, "/key/delete", "{}").status == 422)
        }
    }

    @Test(arguments: Implementation.available)
    func `a move to a team that does not exist is a 404`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key()
            let refused = try await proxy.update(key, #""team_id":"nowhere""#)
            #expect(refused.status == 404)
            #expect(refused.message.contains("Team doesn't exist in db. Team=nowhere"))
        }
    }

    @Test(arguments: Implementation.available)
    func `a move is judged by what the key holds`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let team = try await proxy.team(#""models":["gf-chat-default"],"tpm_limit":100"#)
            let move = #""team_id":"\#(team)","models":["all-team-models"],"tpm_limit":null"#
            let wide = try await proxy.key(#""models":["gf-chat-pro"]"#)
            let denied = try await proxy.update(wide, move)
            #expect(denied.status == 403)
            #expect(denied.type == "team_model_access_denied")
            let fast = try await proxy.key(#""tpm_limit":500"#)
            let above = try await proxy.update(fast, move)
            #expect(above.status == 403)
            #expect(above.message.contains("greater than the team's tpm_limit=100"))
            let foreign = try await proxy.key(#""user_id":"somebody""#)
            let member = try await proxy.update(foreign, move + #","user_id":null"#)
            #expect(member.status == 403)
            #expect(member.message.contains("is not a member of the team"))
            for models in [#"["*"]"#, #"["all-proxy-models"]"#, #"["no-default-models"]"#] {
                let key = try await proxy.key(#""models":\#(models)"#)
                #expect(try await proxy.update(key, move).status == 403, "\(models)")
            }
            for models in ["[]", #"["gf-chat-default"]"#, #"["all-team-models"]"#] {
                let key = try await proxy.key(#""models":\#(models)"#)
                #expect(try await proxy.update(key, move).status == 200, "\(models)")
            }
        }
    }
}
