import TestSupport
import Testing

/// What `rotate` and `revoke` say when they cannot or need not do what they usually do.
@Suite(.serialized, .timeLimit(.minutes(2))) struct `Rotate refusals` {
    private func open(
        _ body: @escaping @Sendable (SandboxSite) async throws -> Void
    ) async throws {
        try await SandboxSite.open { site in
            let apply = try await site.bursar("apply", "--yes", environment: site.environment)
            #expect(apply.status == 0, "\(apply.all)")
            try await body(site)
        }
    }

    @Test func `a key whose secret is lost is rotated, since a person named it`() async throws {
        try await open { site in
            let secret = "secrets/assistant/LITELLM_API_KEY"
            let old = site.directory.text(secret)
            try site.directory.remove("secrets/assistant")
            let rotate = try await site.bursar(
                "rotate", "assistant", "--yes", environment: site.environment)
            #expect(rotate.status == 0, "\(rotate.all)")
            #expect(site.directory.text(secret) != nil)
            #expect(site.directory.text(secret) != old)
        }
    }

    @Test func `a paused workspace is not rotated, and that is a failure`() async throws {
        try await open { site in
            let name = "workspaces/assistant.yaml"
            let text = try #require(site.directory.text(name))
            try site.directory.write(
                text.replacing(
                    "metadata:", with: "metadata:\n  annotations: {bursar/paused: incident}"),
                to: name)
            let secret = site.directory.text("secrets/assistant/LITELLM_API_KEY")
            let rotate = try await site.bursar(
                "rotate", "assistant", "--yes", environment: site.environment)
            #expect(rotate.status == 1)
            #expect(rotate.all.contains("is paused (incident)"))
            #expect(site.directory.text("secrets/assistant/LITELLM_API_KEY") == secret)
        }
    }
}
