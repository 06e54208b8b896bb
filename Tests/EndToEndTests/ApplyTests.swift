import Foundation
import Testing

/// The built binary on the real LiteLLM.
@Suite(.serialized, .enabled(if: RealLiteLLM.isThere)) struct `Apply on the real LiteLLM` {
    @Test func `the quickstart becomes three teams and four working keys`() async throws {
        let fleet = try Fleet()
        let first = try await fleet.bursar("apply", "--yes")
        #expect(first.status == 0, "\(first.all)")
        #expect(try fleet.everySecret().count == 4)

        let search = try await fleet.team("search")
        #expect(search["max_budget"] as? Double == 5)
        #expect(search["budget_duration"] as? String == "30d")
        #expect(search["soft_budget"] as? Double == 4)
        #expect(search["rpm_limit"] as? Int == 600)
        #expect(
            Set(search["models"] as? [String] ?? []) == ["gf-chat-default", "gf-embed-default"])
        let aliases = try await fleet.keys("search").compactMap { $0["key_alias"] as? String }
        #expect(
            Set(aliases) == [
                "\(fleet.id("search"))/LITELLM_API_KEY", "\(fleet.id("search"))/INDEXER_API_KEY",
            ])

        let key = try fleet.secret("search")
        #expect(try await fleet.chat(key) == 200)
        #expect(try await fleet.chat(key, model: "gf-chat-pro") == 403)
        #expect(
            try await fleet.chat(fleet.secret("search", "INDEXER_API_KEY")) == 403)
    }

    @Test func `a second plan is empty and a second apply writes nothing`() async throws {
        let fleet = try Fleet()
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let before = try await fleet.team("search")["updated_at"] as? String
        let plan = try await fleet.bursar("plan", "--detailed-exitcode")
        #expect(plan.status == 0, "\(plan.all)")
        let again = try await fleet.bursar("apply", "--yes")
        #expect(again.status == 0)
        #expect(again.output.contains("Applied: 0 operations"))
        // Even a write that changes nothing would move it.
        #expect(try await fleet.team("search")["updated_at"] as? String == before)
        #expect(try await fleet.keys("search").allSatisfy { $0["expires"] is NSNull })
    }

    @Test func `an edited budget is one change and the period is not restarted`() async throws {
        let fleet = try Fleet()
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let reset = try await fleet.team("assistant")["budget_reset_at"] as? String
        try fleet.edit("limit: 2.50", "limit: 3.75")
        let plan = try await fleet.bursar("plan", "--detailed-exitcode")
        #expect(plan.status == 2)
        #expect(plan.output.contains("budget.limit: $2.50 → $3.75"))
        #expect(!plan.output.contains("drift"))
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let team = try await fleet.team("assistant")
        #expect(team["max_budget"] as? Double == 3.75)
        #expect(team["budget_reset_at"] as? String == reset)
    }

    @Test func `a spent budget is refused by LiteLLM`() async throws {
        let fleet = try Fleet()
        try fleet.edit("limit: 5.00", "limit: 0.005")
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let key = try fleet.secret("search")
        #expect(try await fleet.chat(key) == 200)
        var answer = try await fleet.complete(key)
        for _ in 0..<12 where answer.status == 200 { answer = try await fleet.complete(key) }
        // The status is 422 on 1.106.2 and 429 on 1.100.0; a rate limit's type is another.
        let error = try #require(answer.body["error"] as? [String: Any])
        #expect(error["type"] as? String == "budget_exceeded")
    }

    @Test func `what was changed by hand is drift and is put back`() async throws {
        let fleet = try Fleet()
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let id = fleet.id("search")
        _ = try await fleet.call("PATCH", "/team/\(id)", ["max_budget": 999, "models": [String]()])
        // LiteLLM replaces metadata whole: this is how an admin's edit erases our mark.
        _ = try await fleet.call(
            "POST", "/team/update", ["team_id": id, "metadata": ["note": "by hand"]])
        for key in try await fleet.keys("search") {
            _ = try await fleet.call(
                "POST", "/key/update",
                [
                    "key": try #require(key["token"]), "blocked": true,
                    "metadata": [String: String](),
                ])
        }
        let plan = try await fleet.bursar("plan", "--detailed-exitcode")
        #expect(plan.status == 2)
        #expect(plan.output.contains("drift"))
        #expect(!plan.output.contains("mint"))
        let apply = try await fleet.bursar("apply", "--yes")
        #expect(apply.status == 0, "\(apply.all)")
        let team = try await fleet.team("search")
        #expect(team["max_budget"] as? Double == 5)
        let metadata = try #require(team["metadata"] as? [String: Any])
        #expect(metadata["note"] as? String == "by hand")
        #expect(metadata["bursar"] != nil)
        #expect(try await fleet.chat(fleet.secret("search")) == 200)
        #expect(try await fleet.bursar("plan", "--detailed-exitcode").status == 0)
    }

    @Test func `what is not ours stays as it was`() async throws {
        let fleet = try Fleet()
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let foreign = try await fleet.call(
            "POST", "/key/generate",
            ["key_alias": "foreign-\(fleet.tag)", "team_id": fleet.id("search")])
        let hash = try #require(foreign.body["token"] as? String)
        _ = try await fleet.call("POST", "/team/new", ["team_id": "other-\(fleet.tag)"])
        let before = try await fleet.call("GET", "/key/info?key=\(hash)").body as NSDictionary
        let team =
            try await fleet.call("GET", "/team/info?team_id=other-\(fleet.tag)").body
            as NSDictionary
        try fleet.edit("limit: 5.00", "limit: 6.00")
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        #expect(try await fleet.call("GET", "/key/info?key=\(hash)").body as NSDictionary == before)
        #expect(
            try await fleet.call("GET", "/team/info?team_id=other-\(fleet.tag)").body
                as NSDictionary
                == team)
    }

    @Test func `a wiped store rotates nothing`() async throws {
        let fleet = try Fleet()
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let keys = try ["search", "assistant", "code-review"].map { try fleet.secret($0) }
        try FileManager.default.removeItem(at: fleet.secrets)
        let plan = try await fleet.bursar("plan")
        #expect(plan.status == 0)
        #expect(plan.output.contains("secret lost"))
        let apply = try await fleet.bursar("apply", "--yes")
        #expect(apply.status == 3, "\(apply.all)")
        #expect(apply.errors.contains("--allow lostSecrets=4"))
        for key in keys {
            let answer = try await fleet.call("GET", "/v1/models", bearer: key)
            #expect(answer.status == 200)
        }
        let allowed = try await fleet.bursar("apply", "--yes", "--allow", "lostSecrets=4")
        #expect(allowed.status == 0, "\(allowed.all)")
        #expect(try await fleet.chat(fleet.secret("search")) == 200)
        #expect(try await fleet.bursar("plan", "--detailed-exitcode").status == 0)
    }

    @Test func `suspending blocks the team and resuming opens it`() async throws {
        let fleet = try Fleet()
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        try fleet.edit("  limits: {parallelRequests: 20}", "  suspended: true")
        let apply = try await fleet.bursar("apply", "--yes")
        #expect(apply.status == 0, "\(apply.all)")
        #expect(try await fleet.chat(fleet.secret("assistant")) == 401)
        try fleet.edit("  suspended: true", "  limits: {parallelRequests: 20}")
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        #expect(try await fleet.chat(fleet.secret("assistant")) == 200)
    }
}
