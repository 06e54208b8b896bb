import Foundation
import TestSupport
import Testing

/// A program as the secret store, by the built binary on the stand-in.
@Suite(.timeLimit(.minutes(5))) struct `A store of somebody's own` {
    private static let program = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "examples/stores/file/store")

    @Test func `apply publishes into it, and doctor says whether it is one`() async throws {
        try await SandboxSite.open { site in
            let place = site.directory
            try FileManager.default.copyItem(
                at: Self.program, to: place.url.appending(path: "store"))
            for name in ["demo", "workspaces"] { try? place.remove(name) }
            try place.write(
                """
                apiVersion: bursar/v1
                kind: Configuration
                metadata: {name: prod}
                spec:
                  source: {id: 5f0e}
                  secrets: {exec: {command: [./store, secrets.json]}}

                """, to: "bursar.yaml")
            try place.write(
                """
                apiVersion: bursar/v1
                kind: Workspace
                metadata: {name: search}
                spec:
                  budget: {limit: 5, period: 30d}
                  models: [gf-chat-default]

                """, to: "search.yaml")
            let applied = try await site.bursar("apply", "--yes", environment: site.environment)
            #expect(applied.status == 0, "\(applied.all)")
            #expect(applied.output.contains("search/LITELLM_API_KEY"))
            let kept = place.text("secrets.json") ?? ""
            #expect(kept.contains("\"value\": \"sk-"))
            #expect(kept.contains("[bursar/1 owner=prod g=1 sha256="))
            let plan = try await site.bursar(
                "plan", "--detailed-exitcode", environment: site.environment)
            #expect(plan.status == 0, "\(plan.all)")

            let doctor = try await site.bursar("doctor", "--store", environment: site.environment)
            #expect(doctor.status == 0, "\(doctor.all)")
            #expect(
                doctor.output.split(separator: "\n").count { $0.hasPrefix("ok    secret store:") }
                    == 10)
            #expect(place.text("secrets.json")?.contains("LITELLM_API_KEY") == true)
            #expect(place.text("secrets.json")?.contains("KEY_8") == false, "it cleans up")

            try place.write("#!/bin/sh\ncat > /dev/null\necho '{\"secrets\": []}'\n", to: "store")
            let broken = try await site.bursar("doctor", "--store", environment: site.environment)
            #expect(broken.status == 1)
            #expect(broken.output.contains("fail  secret store: what is put is listed"))
            #expect(!(applied.all + plan.all + doctor.all + broken.all).contains("sk-"))
        }
    }
}
