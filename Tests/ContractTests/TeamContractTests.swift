import BursarCore
import BursarEngine
import Testing

struct TeamContractTests {
    private func read(_ proxy: Proxy, _ id: String) async throws -> JSONValue {
        try await proxy.ask(.get, "/team/info?team_id=\(id)").json["team_info"] ?? .null
    }

    @Test(arguments: Implementation.available)
    func `a team id may be chosen and is taken then`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let id = try await proxy.team()
            let again = try await proxy.ask(.post, "/team/new", #"{"team_id":"\#(id)"}"#)
            #expect(again.status == 400)
            #expect(
                again.message
                    == "{'error': 'Team id = \(id) already exists. Please use a different team "
                    + "id.'}")
        }
    }

    @Test(arguments: Implementation.available)
    func `the creator becomes a member unasked`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let id = try await proxy.team()
            let members = try await read(proxy, id)["members_with_roles"]?.array
            #expect(members?.first?["user_id"] == .string("default_user_id"))
            #expect(members?.first?["role"] == .string("admin"))
        }
    }

    @Test(arguments: Implementation.available)
    func `a team alias is not unique`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let alias = Proxy.fresh("alias")
            _ = try await proxy.team(#""team_alias":"\#(alias)""#)
            _ = try await proxy.team(#""team_alias":"\#(alias)""#)
        }
    }

    @Test(arguments: Implementation.available)
    func `PATCH merges metadata and null removes from it`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let id = try await proxy.team(#""metadata":{"a":{"b":1,"c":2},"d":1}"#)
            let answer = try await proxy.ask(
                .patch, "/team/\(id)", #"{"metadata":{"a":{"b":null,"e":3},"d":null,"f":[1]}}"#)
            #expect(answer.status == 200)
            #expect(
                answer["metadata"]
                    == .object([
                        "a": .object(["c": .number(2), "e": .number(3)]),
                        "f": .array([.number(1)]),
                    ]))
        }
    }

    @Test(arguments: Implementation.available)
    func `an update replaces metadata and wraps its answer`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let id = try await proxy.team(#""metadata":{"a":1}"#)
            let answer = try await proxy.ask(
                .post, "/team/update", #"{"team_id":"\#(id)","metadata":{"z":1}}"#)
            #expect(answer["data"]?["metadata"] == .object(["z": .number(1)]))
            #expect(answer["data"]?["team_id"] == .string(id))
        }
    }

    @Test(arguments: Implementation.available)
    func `null clears scalars but not lists`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let id = try await proxy.team(
                #""max_budget":5,"rpm_limit":7,"tpm_limit":8,"budget_duration":"30d","team_alias":"x""#
            )
            let cleared = try await proxy.ask(
                .patch, "/team/\(id)",
                #"{"max_budget":null,"rpm_limit":null,"tpm_limit":null,"budget_duration":null,"team_alias":null}"#
            )
            #expect(cleared.status == 200)
            for name in [
                "max_budget", "rpm_limit", "tpm_limit", "budget_duration", "budget_reset_at",
                "team_alias",
            ] { #expect(cleared[name] == .null, "\(name)") }
            for name in ["models", "metadata", "blocked"] {
                let refused = try await proxy.ask(.patch, "/team/\(id)", #"{"\#(name)":null}"#)
                #expect(refused.status == 500, "\(name)")
            }
        }
    }

    @Test(arguments: Implementation.available)
    func `a budget starts anew by the calendar`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let id = try await proxy.team()
            for (period, tail) in [
                ("1d", "T00:00:00Z"), ("24h", "T00:00:00Z"), ("7d", "T00:00:00Z"),
                ("1w", "T00:00:00Z"), ("30d", "-01T00:00:00Z"), ("1mo", "-01T00:00:00Z"),
                ("45d", "T00:00:00Z"), ("5h", ":00:00Z"), ("1h", ":00:00Z"),
            ] {
                let answer = try await proxy.ask(
                    .patch, "/team/\(id)", #"{"budget_duration":"\#(period)"}"#)
                let reset = try #require(answer["budget_reset_at"]?.string)
                #expect(reset.hasSuffix(tail), "\(period): \(reset)")
                let changed = try #require(answer["updated_at"]?.instant)
                let at = try #require(Instant(reset))
                let expected = try #require(Self.reset(period, from: changed))
                #expect(at == expected, "\(period)")
            }
            for period in ["1y", "2mo", "soon"] {
                let refused = try await proxy.ask(
                    .patch, "/team/\(id)", #"{"budget_duration":"\#(period)"}"#)
                // Before, LiteLLM took them for a length of its own choice or failed on them.
                #expect(
                    proxy.right(400, .by1_100, before: period == "2mo" ? 500 : 200)
                        .contains(refused.status), "\(period)")
            }
        }
    }

    /// The rule as the documentation of ours states it, written a second time.
    private static func reset(_ period: String, from now: Instant) -> Instant? {
        let day: Int64 = 86_400_000
        let hour: Int64 = 3_600_000
        let midnight = now.milliseconds / day * day
        switch period {
        case "1d", "24h": return Instant(milliseconds: midnight + day)
        case "45d": return Instant(milliseconds: midnight + 45 * day)
        case "1h": return Instant(milliseconds: now.milliseconds / hour * hour + hour)
        case "5h":
            let next = ((now.milliseconds - midnight) / hour / 5 + 1) * 5
            return Instant(
                milliseconds: midnight + (next >= 24 ? day + (next - 24) * hour : next * hour))
        case "7d", "1w":
            var at = midnight + day
            while (at / day + 3) % 7 != 0 { at += day }
            return Instant(milliseconds: at)
        default:
            var at = midnight + day
            while !Instant(milliseconds: at).description.contains("-01T") { at += day }
            return Instant(milliseconds: at)
        }
    }

    @Test(arguments: Implementation.available)
    func `a new cap leaves the budget's window alone`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let id = try await proxy.team(#""max_budget":5,"budget_duration":"30d""#)
            let before = try await read(proxy, id)["budget_reset_at"]
            let after = try await proxy.ask(.patch, "/team/\(id)", #"{"max_budget":6}"#)
            #expect(after["budget_reset_at"] == before)
            #expect(after["max_budget"]?.isAmount("6") == true)
        }
    }

    @Test(arguments: Implementation.available)
    func `a team that is not there is a 404 in four wordings`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let id = Proxy.fresh("missing")
            let info = try await proxy.ask(.get, "/team/info?team_id=\(id)")
            #expect(info.status == 404)
            #expect(info.message == "{'message': 'Team not found, passed team id: \(id).'}")
            let patch = try await proxy.ask(.patch, "/team/\(id)", #"{"max_budget":1}"#)
            #expect(patch.status == 404)
            #expect(patch.message == "{'error': 'Team not found, passed team_id=\(id)'}")
            let block = try await proxy.ask(.post, "/team/block", #"{"team_id":"\#(id)"}"#)
            #expect(block.status == 404)
            #expect(block["detail"]?["error"] == .string("Team not found, passed team_id=\(id)"))
            let slash = try await proxy.ask(.patch, "/team/a%2Fb", "{}")
            #expect(slash.status == 404)
            #expect(slash["detail"] == .string("Not Found"))
        }
    }

    @Test(arguments: Implementation.available)
    func `deleting is all or none and takes the keys along`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let id = try await proxy.team()
            let key = try await proxy.key(#""team_id":"\#(id)""#)
            let half = try await proxy.ask(
                .post, "/team/delete", #"{"team_ids":["\#(id)","missing"]}"#)
            #expect(half.status == 404)
            #expect(half["detail"]?["error"] == .string("Team not found, passed team_id=missing"))
            #expect(try await read(proxy, id)["team_id"] == .string(id))
            let whole = try await proxy.ask(.post, "/team/delete", #"{"team_ids":["\#(id)"]}"#)
            #expect(whole["deleted_teams"] == .array([.string(id)]))
            let status = try await proxy.info(key)["status"]
            #expect(proxy.right(.string("deleted"), .by1_106, before: nil).contains(status))
            let call = try await proxy.chat("gf-chat-default", as: key)
            #expect(call.status == 401)
            #expect(call.type == "token_not_found_in_db")
        }
    }

    @Test(arguments: Implementation.available)
    func `team info nests the team and lists its keys`(_ one: Implementation) async throws {
        try await one.use { proxy in
            let id = try await proxy.team()
            let key = try await proxy.key(#""team_id":"\#(id)""#)
            let answer = try await proxy.ask(.get, "/team/info?team_id=\(id)")
            let tokens = (answer["keys"]?.array ?? []).compactMap { $0["token"]?.string }
            #expect(tokens == [KeyHash(of: SecretValue(key)).hex])
            #expect(answer["team_info"]?["created_at"]?.string?.hasSuffix("Z") == true)
        }
    }

    @Test(arguments: Implementation.available)
    func `model aliases are read back from a table of their own`(_ one: Implementation) async throws
    {
        try await one.use { proxy in
            let id = try await proxy.team(
                #""models":["gf-chat-pro"],"model_aliases":{"best":"gf-chat-pro"}"#)
            let list = try await proxy.ask(.get, "/v2/team/list?team_id=\(id)")
            let row = list["teams"]?.array?.first
            let aliases = row?["litellm_model_table"]?["model_aliases"]
            #expect(
                proxy.right(.object(["best": .string("gf-chat-pro")]), .by1_106, before: nil)
                    .contains(aliases))
            #expect(row?["keys_count"] == .number(0))
            let key = try await proxy.key(#""team_id":"\#(id)","models":["all-team-models"]"#)
            #expect(try await proxy.chat("best", as: key).status == 200)
            #expect(try await proxy.chat("gf-chat-pro", as: key).status == 200)
        }
    }
}
