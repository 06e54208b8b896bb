import Foundation
import TestSupport
import Testing

/// A program as the secret store, by the built binary.
@Suite(.timeLimit(.minutes(5))) struct `A store of somebody's own` {
    private static let program = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "examples/stores/file/store")

    private struct Kept: Decodable {
        let value: String
        let description: String
    }

    private static func lay(_ site: SecretSite) throws {
        try FileManager.default.copyItem(
            at: program, to: URL(filePath: "\(site.directory)/store"))
        try site.configure(store: "{exec: {command: [./store, secrets.json]}}")
        try site.declare()
    }

    private static func kept(_ site: SecretSite) throws -> [String: Kept] {
        let text = try #require(site.place.text("source/secrets.json"))
        let all = try JSONDecoder().decode([String: [String: Kept]].self, from: Data(text.utf8))
        return all[site.id] ?? [:]
    }

    @Test(arguments: ProxySite.Place.available)
    func `keys are minted into it, rotated with an overlap and revoked`(
        _ place: ProxySite.Place
    ) async throws {
        try await SecretSite.open(place) { site in
            try Self.lay(site)
            let applied = try await site.apply()
            #expect(applied.status == 0, "\(applied.all)")
            #expect(applied.output.contains("\(site.id)/LITELLM_API_KEY"))
            let first = try #require(try Self.kept(site)["LITELLM_API_KEY"])
            #expect(first.description.contains("[bursar/1 owner=prod-\(site.proxy.tag) g=1 "))
            #expect(try await site.proxy.chat(first.value) == 200)
            try await site.expectNothingToDo()

            let audit = "\(site.place.path)/audit"
            let rotated = try await site.bursar("rotate", site.id, "--yes", "--audit", audit)
            #expect(rotated.status == 0, "\(rotated.all)")
            let second = try #require(try Self.kept(site)["LITELLM_API_KEY"])
            #expect(second.description.contains(" g=2 "))
            #expect(second.value != first.value)
            for key in [first, second] { #expect(try await site.proxy.chat(key.value) == 200) }
            try await site.expectNothingToDo()

            let revoked = try await site.bursar(
                "revoke", site.id, "--generation", "1", "--yes", "--audit", audit)
            #expect(revoked.status == 0, "\(revoked.all)")
            #expect(
                try await becomes(within: .seconds(20)) {
                    try await site.proxy.chat(first.value) == 401
                })
            #expect(try await site.proxy.chat(second.value) == 200)
            #expect(try Self.kept(site)["LITELLM_API_KEY"]?.value == second.value)
            let silent = try await site.bursar("drift")
            #expect(silent.status == 0, "\(silent.all)")
            try site.expectSilence()
        }
    }

    @Test func `doctor says whether it is one`() async throws {
        try await SecretSite.open(.sandbox) { site in
            try Self.lay(site)
            #expect(try await site.apply().status == 0)
            let doctor = try await site.bursar("doctor", "--store")
            #expect(doctor.status == 0, "\(doctor.all)")
            #expect(
                doctor.output.split(separator: "\n").count { $0.hasPrefix("ok    secret store:") }
                    == 10)
            let kept = try #require(site.place.text("source/secrets.json"))
            #expect(kept.contains("LITELLM_API_KEY"))
            #expect(!kept.contains("KEY_8"), "it cleans up")

            try site.program("source/store", "cat > /dev/null\necho '{\"secrets\": []}'")
            let broken = try await site.bursar("doctor", "--store")
            #expect(broken.status == 1)
            #expect(broken.output.contains("fail  secret store: what is put is listed"))
            try site.expectSilence()
        }
    }
}
