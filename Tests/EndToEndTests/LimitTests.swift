import BursarCore
import BursarSandbox
import TestSupport
import Testing

/// A plan that does too much is refused as a whole, with 3, and says how to go on.
@Suite(.serialized, .timeLimit(.minutes(2))) struct `Limits` {
    private func open(
        _ body: @escaping @Sendable (SandboxSite) async throws -> Void
    ) async throws {
        try await SandboxSite.open { site in
            let apply = try await site.bursar("apply", "--yes", environment: site.environment)
            #expect(apply.status == 0, "\(apply.all)")
            try await body(site)
        }
    }

    private func replace(_ old: String, by new: String, in name: String, _ site: SandboxSite) throws
    {
        let text = try #require(site.directory.text(name))
        try #require(text.contains(old))
        try site.directory.write(text.replacing(old, with: new), to: name)
    }

    private func configure(_ apply: String, _ site: SandboxSite) throws {
        try replace("spec:\n", by: "spec:\n  apply: \(apply)\n", in: "bursar.yaml", site)
    }

    private func raise(_ site: SandboxSite) throws {
        try replace("limit: 5.00", by: "limit: 95.50", in: "workspaces/search.yaml", site)
    }

    @Test func `a cap that rises too far is refused, and let through by the flag`() async throws {
        try await open { site in
            try configure("{limits: {capIncrease: 50}}", site)
            try raise(site)
            let refused = try await site.bursar("apply", "--yes", environment: site.environment)
            #expect(refused.status == 3, "\(refused.all)")
            #expect(refused.errors.contains("would rise by $90.50 in 30 days; at most $50.00"))
            #expect(refused.errors.contains("(search)"))
            #expect(refused.errors.contains("--allow capIncrease=91 for one run"))
            #expect(site.sandbox.rows.teams["search"]?.cap?.dollars == "$5.00")
            let allowed = try await site.bursar(
                "apply", "--yes", "--allow", "capIncrease=91", environment: site.environment)
            #expect(allowed.status == 0, "\(allowed.all)")
            #expect(site.sandbox.rows.teams["search"]?.cap?.dollars == "$95.50")
        }
    }

    @Test func `an exception in git lets it through until its end, then it is said`() async throws {
        try await open { site in
            try configure(
                "{limits: {changes: 0}, allow: [{limit: changes, count: 1, until: 2001-01-01T00:00:00Z}]}",
                site)
            try raise(site)
            let over = try await site.bursar("apply", "--yes", environment: site.environment)
            #expect(over.status == 3, "\(over.all)")
            let note =
                "changes=1 until 2001-01-01T00:00:00Z is over and counts for nothing; take it out"
            #expect(over.errors.contains(note))
            #expect(over.errors.contains("spec.apply.allow: [{limit: changes, count: 1, until:"))
            let doctor = try await site.bursar("doctor", environment: site.environment)
            #expect(doctor.output.contains("warn  spec.apply.allow of"))
            try replace("2001-01-01", by: "2999-01-01", in: "bursar.yaml", site)
            let apply = try await site.bursar("apply", "--yes", environment: site.environment)
            #expect(apply.status == 0, "\(apply.all)")
            #expect(!apply.errors.contains("take it out"))
        }
    }

    @Test func `an exception without an end is an error`() async throws {
        try await SandboxSite.open { site in
            try configure("{allow: [{limit: changes, count: 1}]}", site)
            let result = try await site.bursar("validate", environment: [:])
            #expect(result.status == 1)
            #expect(result.errors.contains("until"))
        }
    }
}
