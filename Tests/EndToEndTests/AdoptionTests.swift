import Foundation
import TestSupport
import Testing

/// The built binary takes over what others made, on the stand-in and on the real LiteLLM.
@Suite(.serialized) struct `Adoption by the built binary` {
    private static func manifest(_ site: ProxySite, _ name: String, _ rest: String) -> String {
        """
        apiVersion: bursar/v1
        kind: Workspace
        metadata: {name: \(site.id(name))}
        spec:
          budget: {limit: 5, period: 30d}
          models: [gf-chat-default, gf-embed-default]
        \(rest.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))

        """
    }

    private static var team: [String: Any] {
        [
            "models": ["gf-chat-default", "gf-embed-default"], "max_budget": 5,
            "budget_duration": "30d", "rpm_limit": 600, "tpm_limit": 90000,
            "metadata": ["cost_center": "42", "nested": ["a": [1, 2.5]]],
        ]
    }

    /// Everything but the mark.
    private static func unstamped(_ row: [String: Any]) throws -> String {
        var row = row
        var metadata = row["metadata"] as? [String: Any] ?? [:]
        metadata["bursar"] = nil
        var logs = metadata["spend_logs_metadata"] as? [String: Any]
        logs?["workspace"] = nil
        logs?["generation"] = nil
        metadata["spend_logs_metadata"] = logs?.isEmpty == true ? nil : logs
        row["metadata"] = metadata
        return try settled(row, without: ["key_alias", "team_alias"])
    }

    @Test(arguments: ProxySite.Place.available)
    func `team and key are stamped, nothing else moves, and the first rotation replaces the key`(
        _ place: ProxySite.Place
    ) async throws {
        try await ProxySite.open(place) { site in
            try site.configure("a", owner: "prod")
            try await site.makeTeam("search", Self.team)
            let old = try await site.makeKey(
                "search-key", in: "search",
                [
                    "max_budget": 2, "rpm_limit": 50, "duration": "90d", "user_id": "alice",
                    "metadata": ["spend_logs_metadata": ["cc": "7"], "note": [1]],
                ])
            try site.scratch.write(
                Self.manifest(
                    site, "search", "adopt: {team: true, key: \(site.id("search-key"))}"),
                to: "a/search.yaml")
            let before = (
                try Self.unstamped(await site.team("search")),
                try Self.unstamped(await site.row(of: old))
            )
            let plan = try await site.bursar("a", "plan", "--detailed-exitcode")
            #expect(plan.status == 2, "\(plan.all)")
            #expect(plan.output.contains("adopt 1 workspace, adopt 1 key"), "\(plan.all)")
            #expect(plan.output.contains("counts as user alice's, too"), "\(plan.all)")
            let applied = try await site.bursar("a", "apply", "--yes")
            #expect(applied.status == 0, "\(applied.all)")
            #expect(try Self.unstamped(await site.team("search")) == before.0)
            #expect(try Self.unstamped(await site.row(of: old)) == before.1)
            #expect(
                try await site.bursar("a", "plan", "--detailed-exitcode").status == 0)
            #expect(try await site.chat(old) == 200)

            let rotated = try await site.bursar(
                "a", "rotate", site.id("search"), "--overlap", "1h", "--yes")
            #expect(rotated.status == 0, "\(rotated.all)")
            let new = try #require(
                site.scratch.text("a/secrets/\(site.id("search"))/LITELLM_API_KEY"))
            #expect(new != old)
            #expect(try await site.chat(new) == 200)
            #expect(try await site.chat(old) == 200)
            #expect(try await site.row(of: old)["expires"] is String)
            #expect(try await site.bursar("a", "plan", "--detailed-exitcode").status == 0)
        }
    }

    @Test(arguments: ProxySite.Place.available)
    func `a key without a team moves in, although it may do more and has a user`(
        _ place: ProxySite.Place
    ) async throws {
        try await ProxySite.open(place) { site in
            try site.configure("a", owner: "prod")
            let lone = try await site.makeKey(
                "lone", in: nil,
                ["rpm_limit": 5000, "tpm_limit": 500_000, "user_id": "bob-\(site.tag)"])
            #expect(try await site.chat(lone, model: "gf-chat-pro") == 200)
            try site.scratch.write(
                Self.manifest(
                    site, "search",
                    "limits: {requestsPerMinute: 600, tokensPerMinute: 90000}\n"
                        + "adopt: {key: \(site.id("lone"))}"), to: "a/search.yaml")
            let applied = try await site.bursar("a", "apply", "--yes")
            #expect(applied.status == 0, "\(applied.all)")
            #expect(applied.output.contains("limits.requestsPerMinute: 5000 → 600"))
            let row = try await site.row(of: lone)
            #expect(row["team_id"] as? String == site.id("search"))
            #expect(row["key_alias"] as? String == "\(site.id("search"))/LITELLM_API_KEY")
            #expect(row["user_id"] is NSNull)
            #expect(row["models"] as? [String] == ["all-team-models"])
            #expect(try await site.chat(lone) == 200)
            #expect(try await site.chat(lone, model: "gf-chat-pro") == 403)
            #expect(try await site.bursar("a", "plan", "--detailed-exitcode").status == 0)
        }
    }

    @Test(arguments: ProxySite.Place.available)
    func `another owner's workspace is refused, and taken over by name`(
        _ place: ProxySite.Place
    ) async throws {
        try await ProxySite.open(place) { site in
            try site.configure("old", owner: "old")
            try site.configure("new", owner: "new")
            try site.scratch.write(Self.manifest(site, "search", ""), to: "old/search.yaml")
            #expect(try await site.bursar("old", "apply", "--yes").status == 0)
            let value = try #require(
                site.scratch.text("old/secrets/\(site.id("search"))/LITELLM_API_KEY"))
            let adopt = "adopt: {team: true, key: \(site.id("search"))/LITELLM_API_KEY"
            try site.scratch.write(
                Self.manifest(site, "search", adopt + "}"), to: "new/search.yaml")
            let refused = try await site.bursar("new", "apply", "--yes")
            #expect(refused.status == 1)
            #expect(refused.all.contains("belongs to owner old-\(site.tag)"), "\(refused.all)")
            try site.scratch.write(
                Self.manifest(site, "search", adopt + ", from: old-\(site.tag)}"),
                to: "new/search.yaml")
            let taken = try await site.bursar("new", "apply", "--yes")
            #expect(taken.status == 0, "\(taken.all)")
            #expect(try await site.bursar("new", "plan", "--detailed-exitcode").status == 0)
            #expect(try await site.chat(value) == 200)
            // The one that lost it changes nothing any more.
            #expect(try await site.bursar("old", "plan").output.contains("belongs to owner new"))
            let rotated = try await site.bursar(
                "new", "rotate", site.id("search"), "--overlap", "0s", "--yes")
            #expect(rotated.status == 0, "\(rotated.all)")
            let next = try #require(
                site.scratch.text("new/secrets/\(site.id("search"))/LITELLM_API_KEY"))
            #expect(next != value)
            #expect(try await site.chat(next) == 200)
        }
    }
}
