import BursarCore
import BursarEngine
import Testing

/// Rows of the models' table, which hold the keys that workspaces bring along.
struct ModelContractTests {
    private func row(_ id: String, _ proxy: Proxy) async throws -> JSONValue {
        let answer = try await proxy.ask(.get, "/model/info?litellm_model_id=\(id)")
        return answer["data"]?.array?.first ?? .null
    }

    @Test(arguments: Implementation.available)
    func `a row shows its fields and what bursar keeps with it, and no key`(
        _ one: Implementation
    ) async throws {
        try await one.use { proxy in
            let name = Proxy.fresh("own") + "--gpt"
            let id = try await proxy.model(
                name,
                params: #"""
                    ,"api_base":"http://127.0.0.1:9/v1","api_version":"2024-10-21","rpm":5,"top_k":3,\#
                    "aws_access_key_id":"AKIAOWN","vertex_credentials":"{}","my_token":"abc"
                    """#,
                info: #"""
                    ,"bursar":{"owner":"prod","workspace":"own","hmac":{"A":"b"},"applied":["x=1"]}
                    """#)
            let row = try await row(id, proxy)
            #expect(row["model_name"] == .string(name))
            let params = row["litellm_params"]
            #expect(params?["model"] == .string("openai/own"))
            #expect(params?["api_base"] == .string("http://127.0.0.1:9/v1"))
            #expect(params?["api_version"] == .string("2024-10-21"))
            #expect(params?["rpm"] == .number(5))
            #expect(params?["top_k"] == .number(3))
            #expect(params?["my_token"] == .string("***"))
            for name in ["api_key", "aws_access_key_id", "vertex_credentials"] {
                #expect(params?[name] == nil, "\(name)")
            }
            #expect(row["model_info"]?["db_model"] == .bool(true))
            #expect(row["model_info"]?["bursar"]?["applied"] == .array([.string("x=1")]))
            let whole = try await proxy.ask(.get, "/model/info")
            #expect(!"\(whole)".contains("sk-own-key-of-a-tenant"))
        }
    }

    @Test(arguments: Implementation.available)
    func `an id that is taken is a 500`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let id = try await proxy.model("own--a")
            let again = try await proxy.ask(
                .post, "/model/new",
                #"{"model_name":"own--a","litellm_params":{"model":"openai/a"},"model_info":{"id":"\#(id)"}}"#
            )
            #expect(again.status == 500)
            #expect(again.message.contains("Failed to add model to db"))
        }
    }

    @Test(arguments: Implementation.available)
    func `a null clears no parameter, and what is kept with a row is replaced`(
        _ one: Implementation
    ) async throws {
        try await one.use { proxy in
            let id = try await proxy.model(
                "own--b", params: #","api_version":"1","rpm":5"#,
                info: #","bursar":{"owner":"prod","hmac":{"A":"b"}}"#)
            let answer = try await proxy.ask(
                .patch, "/model/\(id)/update",
                #"""
                {"model_name":"own--b","litellm_params":{"api_version":null,"rpm":null,"tpm":7},\#
                "model_info":{"id":"\#(id)","bursar":{"owner":"prod","workspace":"own"}}}
                """#)
            #expect(answer.status == 200)
            #expect(answer["model_id"] == .string(id))
            let row = try await row(id, proxy)
            #expect(row["litellm_params"]?["api_version"] == .string("1"))
            #expect(row["litellm_params"]?["rpm"] == .number(5))
            #expect(row["litellm_params"]?["tpm"] == .number(7))
            #expect(row["model_info"]?["id"] == .string(id))
            #expect(
                row["model_info"]?["bursar"]
                    == .object(["owner": .string("prod"), "workspace": .string("own")]))
        }
    }

    @Test(arguments: Implementation.available)
    func `a model that is not there is 400, or 404`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let id = try await proxy.model("own--c")
            let body = #"{"id":"\#(id)"}"#
            let gone = try await proxy.ask(.post, "/model/delete", body)
            #expect(gone.status == 200)
            #expect(gone["message"] == .string("Model: \(id) deleted successfully"))
            let again = try await proxy.ask(.post, "/model/delete", body)
            #expect(again.status == 400)
            #expect(again.message.contains("Model with id=\(id) not found in db"))
            let patch = try await proxy.ask(
                .patch, "/model/\(id)/update", #"{"litellm_params":{"rpm":1}}"#)
            #expect(patch.status == 404)
            #expect(try await proxy.ask(.get, "/model/info?litellm_model_id=\(id)").status == 400)
        }
    }

    @Test(arguments: Implementation.available)
    func `an alias leads to a row that the team lists, and to no other's`(
        _ one: Implementation
    ) async throws {
        try await one.use { proxy in
            let full = Proxy.fresh("own") + "--gpt"
            let id = try await proxy.model(full)
            let mine = try await proxy.team(
                #""models":["\#(full)"],"model_aliases":{"gpt":"\#(full)"}"#)
            let key = try await proxy.key(#""team_id":"\#(mine)","models":["all-team-models"]"#)
            for name in ["gpt", full] {
                let answer = try await proxy.chat(name, as: key)
                #expect(answer.status == 200, "\(name): \(answer)")
                #expect(answer.headers["x-litellm-model-id"] == id)
            }
            let list = try await proxy.ask(.get, "/v2/team/list?page=1&page_size=100")
            let team = list["teams"]?.array?.first { $0["team_id"] == .string(mine) }
            #expect(
                team?["litellm_model_table"]?["model_aliases"] == .object(["gpt": .string(full)]))
            // A key's own list names what is called.
            let narrow = try await proxy.key(#""team_id":"\#(mine)","models":["gpt"]"#)
            #expect(try await proxy.chat("gpt", as: narrow).status == 200)
            let other = try await proxy.team(#""models":["gf-chat-default"]"#)
            let stranger = try await proxy.key(
                #""team_id":"\#(other)","models":["all-team-models"]"#)
            for name in ["gpt", full] {
                #expect(try await proxy.chat(name, as: stranger).status == 403, "\(name)")
            }
        }
    }

    @Test(arguments: Implementation.available)
    func `an alias opens its row whatever the lists of key and team say`(
        _ one: Implementation
    ) async throws {
        try await one.use { proxy in
            let full = Proxy.fresh("own") + "--gpt"
            let id = try await proxy.model(full)
            let team = try await proxy.team(
                #""models":["gf-chat-default"],"model_aliases":{"gpt":"\#(full)"}"#)
            for models in ["gf-chat-default", "all-team-models"] {
                let key = try await proxy.key(#""team_id":"\#(team)","models":["\#(models)"]"#)
                let answer = try await proxy.chat("gpt", as: key)
                #expect(answer.status == 200, "\(models): \(answer)")
                #expect(answer.headers["x-litellm-model-id"] == id)
                #expect(try await proxy.chat(full, as: key).status == 403, "\(models)")
            }
        }
    }

    @Test(arguments: Implementation.available)
    func `a team that lists the word for a team's models reaches every row`(
        _ one: Implementation
    ) async throws {
        try await one.use { proxy in
            let full = Proxy.fresh("own") + "--gpt"
            let id = try await proxy.model(full)
            let team = try await proxy.team(#""models":["all-team-models"]"#)
            let key = try await proxy.key(#""team_id":"\#(team)","models":["all-team-models"]"#)
            let answer = try await proxy.chat(full, as: key)
            #expect(answer.headers["x-litellm-model-id"] == id, "\(answer)")
        }
    }

    @Test(arguments: Implementation.available)
    func `an empty list reaches rows that it does not name`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let full = Proxy.fresh("own") + "--gpt"
            let id = try await proxy.model(full)
            for fields in [#""models":[]"#, #""models":["all-team-models"]"#] {
                let key = try await proxy.key(fields)
                let answer = try await proxy.chat(full, as: key)
                #expect(answer.headers["x-litellm-model-id"] == id, "\(fields) \(answer)")
            }
        }
    }

    @Test(arguments: Implementation.available)
    func `aliases are replaced as one`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let team = try await proxy.team(
                #""models":["a"],"model_aliases":{"x":"a","y":"a"}"#)
            func aliases() async throws -> JSONValue? {
                let info = try await proxy.ask(.get, "/team/info?team_id=\(team)")
                return info["team_info"]?["litellm_model_table"]?["model_aliases"]
            }
            for (sent, kept) in [
                (#"{"z":"a"}"#, JSONValue.object(["z": .string("a")])), ("{}", .object([:])),
            ] {
                let answer = try await proxy.ask(
                    .patch, "/team/\(team)", #"{"model_aliases":\#(sent)}"#)
                #expect(answer.status == 200)
                #expect(try await aliases() == kept)
            }
        }
    }
}
