import Foundation
import TestSupport
import Testing

/// What was approved is what runs, with the built binary, on the stand-in and on the real LiteLLM.
@Suite(.serialized, .timeLimit(.minutes(5))) struct `Approval` {
    private static let manifest = """
        apiVersion: bursar/v1
        kind: Workspace
        metadata: {name: NAME}
        spec:
          budget: {limit: 5.00, period: 30d}
          models: [gf-chat-default]
          keys:
            - secret: LITELLM_API_KEY
              rotation: {every: 30d}

        """

    private func open(
        _ place: ProxySite.Place, _ body: @escaping @Sendable (ProxySite) async throws -> Void
    ) async throws {
        try await ProxySite.open(place) { site in
            try site.configure("fleet", owner: "approve")
            for name in ["search", "ads"] { try write(name, site) }
            let apply = try await site.bursar("fleet", "apply", "--yes")
            #expect(apply.status == 0, "\(apply.all)")
            try await body(site)
        }
    }

    private func write(
        _ name: String, _ site: ProxySite, edit: (old: String, new: String)? = nil
    ) throws {
        var text = Self.manifest.replacingOccurrences(of: "NAME", with: site.id(name))
        if let (old, new) = edit {
            try #require(text.contains(old))
            text = text.replacingOccurrences(of: old, with: new)
        }
        try site.scratch.write(text, to: "fleet/\(name).yaml")
    }

    private func plan(_ site: ProxySite, _ more: String...) async throws -> BuiltBinary.Result {
        let arguments = ["plan", site.scratch.path + "/fleet", "--out", file(site)] + more
        return try await run(arguments, site)
    }

    private func apply(_ site: ProxySite, _ more: String...) async throws -> BuiltBinary.Result {
        try await run(["apply", file(site)] + more, site)
    }

    private func run(_ arguments: [String], _ site: ProxySite) async throws -> BuiltBinary.Result {
        try await BuiltBinary.run(
            arguments, environment: ["LITELLM_URL": site.url, "LITELLM_MASTER_KEY": site.key])
    }

    private func file(_ site: ProxySite) -> String { site.scratch.path + "/plan.bursar" }

    private func cap(_ name: String, _ site: ProxySite) async throws -> Double? {
        try await site.team(name)["max_budget"] as? Double
    }

    private func checksum(_ site: ProxySite) async throws -> (total: String, of: [String: String]) {
        let json = try await site.bursar("fleet", "plan", "--output", "json")
        let plan = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        return (
            try #require(plan["checksum"] as? String),
            try #require(plan["checksums"] as? [String: String])
        )
    }

    @Test(arguments: ProxySite.Place.available)
    func `an approved plan is applied as it is, without a question`(
        _ place: ProxySite.Place
    ) async throws {
        try await open(place) { site in
            try write("search", site, edit: ("5.00", "7.00"))
            let plan = try await plan(site)
            #expect(plan.status == 0, "\(plan.all)")
            #expect(site.scratch.mode("plan.bursar") == 0o600)
            let text = try #require(site.scratch.text("plan.bursar"))
            #expect(!text.contains("sk-") && !text.contains(site.key))
            let apply = try await apply(site)
            #expect(apply.status == 0, "\(apply.all)")
            #expect(try await cap("search", site) == 7)
            let again = try await self.apply(site)
            #expect(again.status == 4, "it is done already")
            #expect(again.errors.contains("approved, and gone: update"))
        }
    }

    @Test(arguments: ProxySite.Place.available)
    func `a manifest or a hand that moved makes it stale, by workspace`(
        _ place: ProxySite.Place
    ) async throws {
        try await open(place) { site in
            try write("search", site, edit: ("5.00", "7.00"))
            #expect(try await plan(site).status == 0)
            try write("search", site, edit: ("5.00", "700.00"))
            try await site.call(
                "PATCH", "/team/\(site.id("ads"))", ["models": ["gf-chat-default", "gf-chat-pro"]])
            let stale = try await apply(site, "--yes")
            #expect(stale.status == 4, "\(stale.all)")
            #expect(stale.errors.contains("2 workspaces moved"))
            #expect(stale.errors.contains("workspace \(site.id("ads"))"))
            #expect(stale.errors.contains("budget.limit: $5.00 → $700.00"))
            #expect(
                stale.errors.contains(
                    "models: gf-chat-default, gf-chat-pro → gf-chat-default"))
            #expect(stale.errors.contains("nothing was changed"))
            #expect(try await cap("search", site) == 5)
        }
    }

    @Test(arguments: ProxySite.Place.available)
    func `a rotation that falls due and spend that moves do not`(
        _ place: ProxySite.Place
    ) async throws {
        try await open(place) { site in
            try write("search", site, edit: ("5.00", "7.00"))
            #expect(try await plan(site).status == 0)
            let old = try #require(
                site.scratch.text("fleet/secrets/\(site.id("search"))/LITELLM_API_KEY"))
            #expect(try await site.chat(old) == 200)
            try await age(old, site)
            let apply = try await apply(site)
            #expect(apply.status == 0, "\(apply.all)")
            #expect(try await cap("search", site) == 7)
            let new = site.scratch.text("fleet/secrets/\(site.id("search"))/LITELLM_API_KEY")
            #expect(new != old, "it was due, and that needs no approval")
        }
    }

    /// As if it had been minted long ago: time that passed.
    private func age(_ value: String, _ site: ProxySite) async throws {
        let row = try await site.row(of: value)
        var metadata = try #require(row["metadata"] as? [String: Any])
        var mark = try #require(metadata["bursar"] as? [String: Any])
        mark["mintedAt"] = "2020-01-01T00:00:00.000Z"
        metadata["bursar"] = mark
        try await site.call(
            "POST", "/key/update",
            ["key": try #require(row["token"] as? String), "metadata": metadata])
    }

    @Test(arguments: ProxySite.Place.available)
    func `a file that was touched is refused, and so is what is no plan`(
        _ place: ProxySite.Place
    ) async throws {
        try await open(place) { site in
            try write("search", site, edit: ("5.00", "7.00"))
            #expect(try await plan(site).status == 0)
            let text = try #require(site.scratch.text("plan.bursar"))
            try #require(text.contains("$7.00"))
            try site.scratch.write(
                text.replacingOccurrences(of: "$7.00", with: "$9.00"), to: "plan.bursar")
            let touched = try await apply(site, "--yes")
            #expect(touched.status == 1)
            #expect(touched.errors.contains("not as it was written"))
            try site.scratch.write("kind: Workspace\n", to: "plan.bursar")
            let other = try await apply(site, "--yes")
            #expect(other.status == 1)
            #expect(other.errors.contains("not a plan"))
            #expect(try await cap("search", site) == 5)
        }
    }

    @Test func `a plan of another owner, or of manifests that are gone, is refused`() async throws {
        try await open(.sandbox) { site in
            #expect(try await plan(site).status == 0)
            try site.configure("fleet", owner: "somebody")
            let other = try await apply(site)
            #expect(other.status == 1)
            #expect(other.errors.contains("owner approve-"))
            #expect(other.errors.contains("owner somebody-"))
            try site.scratch.remove("fleet/bursar.yaml")
            let gone = try await apply(site)
            #expect(gone.status == 1)
            #expect(gone.errors.contains("in which plan ran"))
        }
    }

    @Test func `the file remembers the options, and apply takes no others`() async throws {
        try await open(.sandbox) { site in
            for name in ["search", "ads"] { try write(name, site, edit: ("5.00", "7.00")) }
            #expect(try await plan(site, "--target", site.id("search")).status == 0)
            #expect(try await apply(site, "--prune").status == 64)
            #expect(try await apply(site).status == 0)
            #expect(try await cap("search", site) == 7)
            #expect(try await cap("ads", site) == 5)
            #expect(try await run(["plan", "--out", "x.yaml"], site).status == 64)
            #expect(try await run(["plan", "-f", "-", "--out", "x"], site).status == 64)
        }
    }

    @Test func `a checksum binds without a file, in total and by workspace`() async throws {
        try await open(.sandbox) { site in
            for name in ["search", "ads"] { try write(name, site, edit: ("5.00", "7.00")) }
            let (total, of) = try await checksum(site)
            #expect(of.keys.sorted() == [site.id("ads"), site.id("search")])
            try write("search", site, edit: ("5.00", "700.00"))
            let stale = try await site.bursar("fleet", "apply", "--checksum", total)
            #expect(stale.status == 4, "\(stale.all)")
            #expect(stale.errors.contains("budget.limit: $5.00 → $700.00"))
            let named = of.map { ["--checksum", "\($0.key)=\($0.value)"] }.flatMap(\.self)
            let place = [site.scratch.path + "/fleet"]
            let byName = try await run(["apply"] + named + place, site)
            #expect(byName.status == 4)
            #expect(byName.errors.contains("not what was reviewed: \(site.id("search"));"))
            #expect(try await cap("search", site) == 5)
            try write("search", site, edit: ("5.00", "7.00"))
            let done = try await site.bursar("fleet", "apply", "--checksum", total)
            #expect(done.status == 0, "\(done.all)")
            #expect(try await cap("search", site) == 7)
            #expect(try await site.bursar("fleet", "apply", "--checksum", "abc").status == 64)
        }
    }

    @Test func `a file and a checksum must be of one plan`() async throws {
        try await open(.sandbox) { site in
            try write("search", site, edit: ("5.00", "700.00"))
            let reviewed = try await checksum(site).total
            try write("search", site, edit: ("5.00", "7.00"))
            #expect(try await plan(site).status == 0)
            let other = try await apply(site, "--checksum", reviewed)
            #expect(other.status == 4)
            #expect(other.errors.contains("not the plan of that --checksum"))
            let fine = try await apply(site, "--checksum", try await checksum(site).total)
            #expect(fine.status == 0, "\(fine.all)")
        }
    }
}
