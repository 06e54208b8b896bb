import Foundation
import TestSupport
import Testing

/// The directory store with recipients, in a git work tree, by the built binary.
@Suite(.timeLimit(.minutes(5))) struct `Secrets that are encrypted to recipients` {
    private static let keyring =
        "k1 2026-01-01T00:00:00Z AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="

    /// Of a plugin that is not there.
    private static let ofPlugin = "age1nosuch1qpzry9x8gf2tvdw0v6fw7m"

    private static func configure(_ site: SecretSite, _ recipients: [String]) throws {
        let list = recipients.isEmpty ? "" : ", recipients: [\(recipients.joined(separator: ", "))]"
        try site.configure(
            store: "{directory: {path: ./secrets\(list)}}",
            allow: ["{file: \"\(site.place.path)/key\"}"])
    }

    private static func opened(
        _ name: String, by identity: (file: String, recipient: String), _ site: SecretSite
    ) async throws -> String {
        try await site.age(
            "age", "-d", "-i", identity.file, "\(site.directory)/secrets/\(site.id)/\(name)")
    }

    private static func lay(_ site: SecretSite) async throws {
        let git = try await BuiltBinary.run(
            ["init", "-q", site.directory], executable: "/usr/bin/git")
        #expect(git.status == 0)
        try site.place.write("sk-file-\(site.canary)", to: "key")
        try site.declare([("OPENAI_API_KEY", "file: \(site.place.path)/key")])
    }

    @Test(arguments: ProxySite.Place.available)
    func `they follow their recipients with the next apply, where values can be had`(
        _ place: ProxySite.Place
    ) async throws {
        try await SecretSite.open(place) { site in
            try await Self.lay(site)
            let (old, new) = (
                try await site.identity("old"), try await site.identity("new")
            )
            try Self.configure(site, [])
            let refused = try await site.bursar("plan")
            #expect(refused.status == 1)
            #expect(refused.all.contains("or name recipients"), "\(refused.all)")

            try Self.configure(site, [old.recipient])
            let keyring = ["BURSAR_KEYRING": Self.keyring]
            let applied = try await site.apply(environment: keyring)
            #expect(applied.status == 0, "\(applied.all)")
            let key = try await Self.opened("LITELLM_API_KEY", by: old, site)
            #expect(key.hasPrefix("sk-"))
            #expect(try await site.proxy.chat(key) == 200)
            #expect(
                try await Self.opened("OPENAI_API_KEY", by: old, site) == "sk-file-\(site.canary)")
            try await site.expectNothingToDo(environment: keyring)

            try Self.configure(site, [new.recipient])
            let plan = try await site.bursar(
                "plan", "--detailed-exitcode", environment: keyring)
            #expect(plan.status == 2, "\(plan.all)")
            #expect(plan.output.contains("publish again 1 key"), "\(plan.all)")
            #expect(
                plan.output.contains(
                    "it is encrypted to other recipients than spec.secrets.directory names"),
                "\(plan.all)")
            let rewritten = try await site.apply(environment: keyring)
            #expect(rewritten.status == 0, "\(rewritten.all)")
            for (name, value) in [
                ("LITELLM_API_KEY", key), ("OPENAI_API_KEY", "sk-file-\(site.canary)"),
            ] {
                #expect(try await Self.opened(name, by: new, site) == value)
                #expect(try await Self.opened(name, by: old, site) == "")
            }
            #expect(try await site.proxy.chat(key) == 200)
            try await site.expectNothingToDo(environment: keyring)
            try site.expectSilence(
                "source/secrets/\(site.id)/LITELLM_API_KEY",
                "source/secrets/\(site.id)/LITELLM_API_KEY.json",
                "source/secrets/\(site.id)/OPENAI_API_KEY",
                "source/secrets/\(site.id)/OPENAI_API_KEY.json")
        }
    }

    @Test func `where nothing can be encrypted nothing is minted`() async throws {
        try await SecretSite.open(.sandbox) { site in
            try await Self.lay(site)
            let without = ["PATH": site.place.path]
            try Self.configure(site, [Self.ofPlugin])
            for (result, reason) in [
                (
                    try await site.bursar("apply", "--yes", environment: without),
                    "recipients: there is no program age: install it"
                ),
                (try await site.bursar("apply", "--yes"), "age refuses them; `age --encrypt"),
                (try await site.bursar("doctor"), "age refuses them; `age --encrypt"),
            ] {
                #expect(result.status == 1)
                #expect(result.all.contains(reason), "\(result.all)")
            }
            #expect(try await site.bursar("plan").status == 0, "plan encrypts nothing")
            #expect(
                try await site.proxy.call("GET", "/team/info?team_id=\(site.id)")["team_id"] == nil)
        }
    }

    @Test(arguments: ProxySite.Place.available)
    func `a key that was drawn is not, which plan says, and a rotation does it`(
        _ place: ProxySite.Place
    ) async throws {
        try await SecretSite.open(place) { site in
            try await Self.lay(site)
            let (old, new) = (
                try await site.identity("old"), try await site.identity("new")
            )
            try Self.configure(site, [old.recipient])
            #expect(try await site.apply().status == 0)
            let key = try await Self.opened("LITELLM_API_KEY", by: old, site)
            try Self.configure(site, [new.recipient, old.recipient])
            let plan = try await site.bursar("plan")
            #expect(
                plan.all.contains(
                    "no keyring derives its value again; `bursar rotate \(site.id)` puts a new key"),
                "\(plan.all)")
            #expect(try await site.apply().status == 0)
            #expect(
                try await Self.opened("OPENAI_API_KEY", by: new, site) == "sk-file-\(site.canary)")
            #expect(try await Self.opened("LITELLM_API_KEY", by: new, site) == "")
            #expect(try await Self.opened("LITELLM_API_KEY", by: old, site) == key)
            try await site.expectNothingToDo()

            #expect(try await site.bursar("rotate", site.id, "--yes").status == 0)
            let next = try await Self.opened("LITELLM_API_KEY", by: new, site)
            #expect(next != key)
            for each in [key, next] { #expect(try await site.proxy.chat(each) == 200) }
            let settled = try await site.bursar("plan", "--detailed-exitcode")
            #expect(settled.status == 0)
            #expect(!settled.all.contains("no keyring"), "\(settled.all)")
            try site.expectSilence()
        }
    }
}
