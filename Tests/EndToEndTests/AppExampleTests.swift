import BursarCore
import Foundation
import TestSupport
import Testing

/// `examples/app`, with OpenAI's own SDK from PyPI.
@Suite(.enabled(if: Tools.app != nil))
struct AppExampleTests {
    private static let app = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "examples/app")

    @Test(arguments: ProxySite.Place.available)
    func `The app goes on through a rotation, a revocation and a leak`(place: ProxySite.Place)
        async throws
    {
        try await ProxySite.open(place) { proxy in
            try proxy.configure("source", owner: "app")
            try proxy.scratch.write(
                """
                apiVersion: bursar/v1
                kind: Workspace
                metadata: {name: \(proxy.id("search"))}
                spec: {budget: unlimited, models: [gf-chat-default]}

                """, to: "source/search.yaml")
            let site = Site(proxy: proxy)
            try await site.bursar("apply", "--yes")
            let first = try site.fingerprint
            var app = try await LongRun(
                [Self.app.appending(path: "app.py").path],
                environment: [
                    "LITELLM_URL": proxy.url, "LITELLM_API_KEY_FILE": site.file, "INTERVAL": "0.01",
                ], executable: "\(Tools.app ?? "")/python3")
            try await app.wait(for: "key \(first): mock answer")
            try await site.bursar("rotate", "--overlap", "1h", "--yes", proxy.id("search"))
            let second = try site.fingerprint
            #expect(second != first)
            try await app.wait(for: "key \(second): mock answer")
            try await site.bursar("revoke", "--generation", "1", "--yes", proxy.id("search"))
            try await app.wait(for: "key \(second): mock answer")
            let refused = app.lines.filter { !$0.contains("mock answer") }
            #expect(refused.isEmpty, "\(refused.prefix(5))")
            // The key that it calls with leaked: refused until the next one is published.
            try await site.bursar("revoke", "--generation", "2", "--yes", proxy.id("search"))
            try await app.wait(for: "key \(second): AuthenticationError")
            try await site.bursar("apply", "--yes")
            try await app.wait(for: "key \(try site.fingerprint): mock answer")
            #expect(await app.end() == 0)
            #expect(!app.lines.contains { $0.contains("sk-") })
        }
    }

    private struct Site {
        let proxy: ProxySite

        var file: String {
            proxy.scratch.path + "/source/secrets/\(proxy.id("search"))/LITELLM_API_KEY"
        }

        var fingerprint: String {
            get throws {
                let value = SecretValue(try String(contentsOfFile: file, encoding: .utf8))
                return String(KeyHash(of: value).hex.prefix(16))
            }
        }

        func bursar(_ arguments: String...) async throws {
            let result = try await BuiltBinary.run(
                arguments + [proxy.scratch.path + "/source"],
                environment: ["LITELLM_URL": proxy.url, "LITELLM_MASTER_KEY": proxy.key])
            #expect(result.status == 0, "\(arguments): \(result.all)")
            #expect(!result.all.contains("sk-"))
        }
    }
}
