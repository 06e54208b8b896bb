import BursarCore
import BursarEngine
import Testing

struct ReadingContractTests {
    @Test(arguments: Implementation.available)
    func `a list shows hashes unless objects are asked for`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let team = try await proxy.team()
            let key = try await proxy.key(#""team_id":"\#(team)""#)
            let hash = KeyHash(of: SecretValue(key)).hex
            let brief = try await proxy.ask(.get, "/key/list?team_id=\(team)")
            #expect(brief["keys"] == .array([.string(hash)]))
            let full = try await proxy.ask(
                .get, "/key/list?team_id=\(team)&return_full_object=true")
            let row = full["keys"]?.array?.first
            #expect(row?["token"] == .string(hash))
            #expect(row?["team_id"] == .string(team))
            #expect(row?["blocked"] == .null)
        }
    }

    @Test(arguments: Implementation.available)
    func `pages count from 1 and the last is followed by empty ones`(
        _ one: Implementation
    ) async throws {
        try await one.use { proxy in
            let team = try await proxy.team()
            var hashes: [String] = []
            for _ in 0..<3 {
                let key = try await proxy.key(#""team_id":"\#(team)""#)
                hashes.append(KeyHash(of: SecretValue(key)).hex)
            }
            let path = "/key/list?team_id=\(team)&size=2&sort_by=token&sort_order=asc"
            let first = try await proxy.ask(.get, path)
            #expect(first["keys"] == .array(hashes.sorted().prefix(2).map { .string($0) }))
            #expect(first["total_count"] == .number(3))
            #expect(first["total_pages"] == .number(2))
            #expect(first["current_page"] == .number(1))
            let second = try await proxy.ask(.get, path + "&page=2")
            #expect(second["keys"] == .array(hashes.sorted().suffix(1).map { .string($0) }))
            let beyond = try await proxy.ask(.get, path + "&page=9")
            #expect(beyond.status == 200)
            #expect(beyond["keys"] == .array([]))
            let newest = try await proxy.ask(.get, "/key/list?team_id=\(team)")
            #expect(newest["keys"] == .array(hashes.reversed().map { .string($0) }))
        }
    }

    @Test(arguments: Implementation.available)
    func `a page holds at most 100 rows`(_ one: Implementation) async throws {
        try await one.use { proxy in
            for path in [
                "/key/list?size=101", "/key/list?size=0", "/key/list?page=0", "/key/list?page=x",
                "/v2/team/list?page_size=101", "/v2/team/list?page=0",
            ] { #expect(try await proxy.ask(.get, path).status == 422, "\(path)") }
            let refused = try await proxy.ask(.get, "/key/list?size=101")
            #expect(refused.message == "Input should be less than or equal to 100")
            #expect(try await proxy.ask(.get, "/key/list?sort_by=nonsense").status == 400)
            #expect(try await proxy.ask(.get, "/key/list?status=nonsense").status == 400)
        }
    }

    @Test(arguments: Implementation.available)
    func `a list can be narrowed by alias, hash and status`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let alias = Proxy.fresh("ct/TOKEN")
            let team = try await proxy.team()
            let key = try await proxy.key(#""key_alias":"\#(alias)","team_id":"\#(team)""#)
            let other = try await proxy.key(#""key_alias":"\#(alias)@g2","team_id":"\#(team)""#)
            let hash = KeyHash(of: SecretValue(key)).hex
            let query = alias.replacing("/", with: "%2F")
            let exact = try await proxy.ask(.get, "/key/list?key_alias=\(query)")
            #expect(exact["keys"] == .array([.string(hash)]))
            let one = try await proxy.ask(.get, "/key/list?key_hash=\(hash)")
            #expect(one["total_count"] == .number(1))
            _ = try await proxy.ask(.post, "/key/block", #"{"key":"\#(other)"}"#)
            let revoked = try await proxy.ask(.get, "/key/list?team_id=\(team)&status=revoked")
            let active = try await proxy.ask(.get, "/key/list?team_id=\(team)&status=active")
            #expect(proxy.right(200, .by1_106, before: 400).contains(revoked.status))
            if revoked.status == 200 {
                #expect(revoked["total_count"] == .number(1))
                #expect(active["keys"] == .array([.string(hash)]))
            }
            _ = try await proxy.ask(.post, "/key/delete", #"{"keys":["\#(key)"]}"#)
            let deleted = try await proxy.ask(
                .get, "/key/list?team_id=\(team)&status=deleted&return_full_object=true")
            #expect(deleted["keys"]?.array?.first?["token"] == .string(hash))
        }
    }

    @Test(arguments: Implementation.available)
    func `a team list counts keys and pages`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let team = try await proxy.team()
            _ = try await proxy.key(#""team_id":"\#(team)""#)
            let answer = try await proxy.ask(.get, "/v2/team/list?team_id=\(team)&page_size=5")
            #expect(answer["total"] == .number(1))
            #expect(answer["page"] == .number(1))
            #expect(answer["page_size"] == .number(5))
            #expect(answer["total_pages"] == .number(1))
            #expect(answer["teams"]?.array?.first?["keys_count"] == .number(1))
        }
    }

    @Test(arguments: Implementation.available)
    func `whoever has no key or a wrong one is told so`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let none = try await proxy.askWithoutKey(.get, "/key/list")
            #expect(none.status == 401)
            #expect(none.message == "Authentication Error, No api key passed in.")
            let value = Proxy.fresh("sk-wrong")
            let wrong = try await proxy.ask(.get, "/key/list", as: value)
            #expect(wrong.status == 401)
            #expect(wrong.type == "token_not_found_in_db")
            #expect(
                wrong.message.hasPrefix(
                    "Authentication Error, Invalid proxy server token passed. Received API Key = "))
            #expect(wrong.message.contains(KeyHash(of: SecretValue(value)).hex))
            let foreign = try await proxy.ask(.get, "/key/list", as: "nonsense")
            #expect(foreign.status == 401)
            #expect(foreign.message.contains("expected to start with 'sk-'"))
        }
    }

    @Test(arguments: Implementation.available)
    func `a common key may neither list nor write`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let key = try await proxy.key()
            #expect(try await proxy.ask(.get, "/key/list", as: key).status == 403)
            let write = try await proxy.ask(.post, "/team/new", "{}", as: key)
            #expect(write.status == 401)
            #expect(write.message.contains("Only proxy admin can be used to generate"))
            let teams = try await proxy.ask(.get, "/v2/team/list", as: key)
            #expect(teams.status == 401)
            let own = try await proxy.ask(.get, "/key/info", as: key)
            #expect(own["key"] == .string(KeyHash(of: SecretValue(key)).hex))
        }
    }

    @Test(arguments: Implementation.available)
    func `a viewer's key reads all and writes nothing`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let user = Proxy.fresh("viewer")
            let made = try await proxy.ask(
                .post, "/user/new",
                #"{"user_id":"\#(user)","user_role":"proxy_admin_viewer","auto_create_key":false}"#)
            #expect(made.status == 200)
            let key = try await proxy.key(#""user_id":"\#(user)""#)
            for path in ["/key/list", "/v2/team/list", "/model/info"] {
                #expect(try await proxy.ask(.get, path, as: key).status == 200, "\(path)")
            }
            let write = try await proxy.ask(.post, "/key/generate", "{}", as: key)
            #expect(write.status == 403)
            #expect(
                write.message
                    == "user not allowed to access this route, role= proxy_admin_viewer. Trying to "
                    + "access: /key/generate")
        }
    }

    @Test(arguments: Implementation.available)
    func `an admin's key mints under its user's name and an update names nobody`(
        _ one: Implementation
    ) async throws {
        try await one.use { proxy in
            let user = Proxy.fresh("bot")
            _ = try await proxy.ask(
                .post, "/user/new",
                #"{"user_id":"\#(user)","user_role":"proxy_admin","auto_create_key":false}"#)
            let admin = try await proxy.key(#""user_id":"\#(user)""#)
            let key = try await proxy.key()
            let answer = try await proxy.ask(
                .post, "/key/update", #"{"key":"\#(key)","max_budget":1}"#, as: admin)
            #expect(answer["updated_by"] == .string("default_user_id"))
            let value = Proxy.fresh("sk-contract")
            let minted = try await proxy.ask(
                .post, "/key/generate", #"{"key":"\#(value)"}"#, as: admin)
            #expect(minted["created_by"] == .string(user))
            let back = try await proxy.ask(.post, "/key/update", #"{"key":"\#(value)"}"#)
            #expect(back["updated_by"] == .string(user))
            _ = try await proxy.ask(.post, "/key/delete", #"{"keys":["\#(value)"]}"#)
        }
    }

    @Test(arguments: Implementation.available)
    func `liveness, readiness and version need no key`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let alive = try await proxy.askWithoutKey(.get, "/health/liveliness")
            #expect(alive.json == .string("I'm alive!"))
            let ready = try await proxy.askWithoutKey(.get, "/health/readiness")
            #expect(ready["db"] == .string("connected"))
            let hub = try await proxy.askWithoutKey(.get, "/public/model_hub/info")
            #expect(hub["litellm_version"]?.string?.contains(".") == true)
            let licence = try await proxy.ask(.get, "/health/license")
            #expect(licence["has_license"] == .bool(false))
        }
    }

    @Test(arguments: Implementation.available)
    func `model info says what exists and what it costs`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let answer = try await proxy.ask(.get, "/model/info")
            let rows = answer["data"]?.array ?? []
            let chat = rows.first { $0["model_name"] == .string("gf-chat-default") }
            #expect(chat?["litellm_params"]?["input_cost_per_token"]?.isAmount("0.0001") == true)
            #expect(chat?["model_info"]?["db_model"] == .bool(false))
            #expect(chat?["litellm_params"]?["api_key"] == nil)
        }
    }

    @Test(arguments: Implementation.available)
    func `what is not there is a 404 and the wrong method a 405`(_ one: Implementation) async throws
    {
        try await one.use { proxy in
            #expect(try await proxy.ask(.get, "/nope")["detail"] == .string("Not Found"))
            let wrong = try await proxy.ask(.get, "/key/generate")
            #expect(wrong.status == 405)
            #expect(wrong["detail"] == .string("Method Not Allowed"))
        }
    }
}
