import BursarCore
import BursarEngine
import BursarStores
import Foundation
import TestSupport
import Testing

/// Reading the values of provider secrets from everywhere they may be.
@Suite(.timeLimit(.minutes(2))) struct ProviderSourcesTests {
    private let place: TemporaryDirectory
    private let id: WorkspaceID

    init() throws {
        place = try TemporaryDirectory()
        id = try #require(WorkspaceID("search"))
    }

    private func sources(
        _ patterns: [ValueSource], environment: [String: String] = [:],
        identity: ProviderSources.Identity? = nil, patience: Int64 = 30_000
    ) -> ProviderSources {
        ProviderSources(
            SourceAllowance(patterns), directory: place.path, environment: environment,
            identity: identity, time: SystemTimekeeper(), patience: patience)
    }

    /// What it gives, or why it gives nothing; what is allowed is what is asked for.
    private func read(
        _ source: ValueSource, environment: [String: String] = [:],
        identity: ProviderSources.Identity? = nil, patience: Int64 = 30_000
    ) async -> String {
        let sources = sources(
            [source], environment: environment, identity: identity, patience: patience)
        do throws(ValueSourceError) {
            return try await sources.value(of: source, for: id).withExposed { "value \($0)" }
        } catch {
            return "\(error)"
        }
    }

    /// An executable; `exec` wants its whole path.
    private func script(_ text: String) throws -> ValueSource {
        try place.write("#!/bin/sh\n\(text)\n", to: "script")
        #expect(chmod("\(place.path)/script", 0o755) == 0)
        return .exec(["\(place.path)/script"])
    }

    @Test func `what is not allowed is not read`() async throws {
        try place.write("secret", to: "key")
        let sources = sources([.env("A")], environment: ["A": "a", "B": "b"])
        await #expect(throws: ValueSourceError.self) {
            try await sources.value(of: .env("B"), for: id)
        }
        await #expect(throws: ValueSourceError.self) {
            try await sources.value(of: .file("key"), for: id)
        }
        _ = try await sources.value(of: .env("A"), for: id)
    }

    @Test func `a variable is read as it is`() async {
        #expect(await read(.env("A"), environment: ["A": "one two"]) == "value one two")
        #expect(await read(.env("A")) == "the environment has no A")
        #expect(await read(.env("A"), environment: ["A": ""]) == "env A is empty")
    }

    @Test func `a file is read without the line break at its end`() async throws {
        for (text, value) in [("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), (" a", " a")] {
            try place.write(text, to: "key")
            #expect(await read(.file("key")) == "value \(value)")
            #expect(await read(.file("\(place.path)/key")) == "value \(value)")
        }
    }

    @Test func `what can be no secret is refused`() async throws {
        for text in ["", "\n", " \n"] {
            try place.write(text, to: "key")
            #expect(await read(.file("key")) == "file key is empty")
        }
        try Data([0xFF, 0xFE]).write(to: place.url.appending(path: "key"))
        #expect(await read(.file("key")) == "what file key holds is no text")
        try place.write("a\0b", to: "key")
        #expect(await read(.file("key")) == "what file key holds is no text")
        try place.write(String(repeating: "a", count: 70_000), to: "key")
        #expect(await read(.file("key")) == "key is larger than a secret can be")
        #expect(await read(.file("none")).hasPrefix("none: "))
        #expect(await read(.file(".")).hasPrefix("file . is not allowed"))
    }

    @Test func `a link beside the manifests leads nowhere, one of the machine's does`() async throws
    {
        try place.write("of another", to: "key")
        try FileManager.default.createDirectory(
            atPath: "\(place.path)/sub", withIntermediateDirectories: false)
        #expect(symlink("\(place.path)/key", "\(place.path)/link") == 0)
        #expect(symlink("\(place.path)/sub", "\(place.path)/way") == 0)
        try place.write("deep", to: "sub/key")
        #expect(await read(.file("link")).contains("a link"))
        #expect(await read(.file("way/key")).contains("a link"))
        #expect(await read(.file("sub/key")) == "value deep")
        #expect(await read(.file("\(place.path)/link")) == "value of another")
    }

    @Test func `a program gives a value and sees nothing of ours`() async throws {
        #expect(await read(try script("echo value-of-it")) == "value value-of-it")
        setenv("LITELLM_MASTER_KEY", "canary-1", 1)
        defer { unsetenv("LITELLM_MASTER_KEY") }
        let seen = await read(try script("env; pwd"))
        #expect(seen.contains("PATH="))
        #expect(!seen.contains("canary-1"))
        #expect(seen.contains(place.path))
        // No shell reads what stands in an argument.
        let words = try script("printf '%s|' \"$@\"")
        guard case .exec(let command) = words else { return }
        #expect(await read(.exec(command + ["a b", "$(id)", "*"])) == "value a b|$(id)|*|")
    }

    @Test func `a program that fails is said without what it said`() async throws {
        let failed = await read(try script("echo canary-2 >&2; echo canary-3; exit 3"))
        #expect(failed.contains("ended with 3"))
        #expect(!failed.contains("canary"))
        #expect(await read(try script("kill -9 $$")).contains("by a signal"))
        #expect(await read(.exec(["/no/such/program"])).contains("cannot be run"))
        #expect(await read(try script("exit 0")).contains("is empty"))
    }

    @Test func `a program that writes too much or never ends is ended, with what it began`()
        async throws
    {
        #expect(
            await read(try script("head -c 100000 /dev/zero | tr '\\0' a")).contains("more than"))
        let endless = try script("sleep 300 & echo $! > \(place.path)/pid; wait")
        let begin = Date()
        #expect(await read(endless, patience: 1500).contains("took too long"))
        #expect(Date().timeIntervalSince(begin) < 60)
        let pid = pid_t(place.text("pid")?.split(separator: "\n").first ?? "") ?? 0
        #expect(pid > 0)
        // The signal is sent, and nobody may have taken note of the end yet.
        func state() -> String {
            (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? "Z"
        }
        let sent = Date()
        while !state().contains("Z"), Date().timeIntervalSince(sent) < 60 { await Task.yield() }
        #expect(state().contains("Z"), "what the program began runs on: \(state())")
    }

    @Test func `age opens what is encrypted to bursar's identity`() async throws {
        let encrypt = try script(
            """
            cd \(place.path) && age-keygen -o identity 2>/dev/null
            echo canary-4 | age -r "$(age-keygen -y identity)" -o key.age && echo done
            """)
        try #require(await read(encrypt) == "value done", "age is there")
        let source = ValueSource.age("key.age")
        #expect(
            await read(source, identity: .file("\(place.path)/identity")) == "value canary-4")
        let text = SecretValue(try #require(place.text("identity")))
        #expect(await read(source, identity: .text(text)) == "value canary-4")
        #expect(await read(source).contains("set BURSAR_AGE_IDENTITY_FILE"))
        try place.write("AGE-SECRET-KEY-1QQQ\n", to: "other")
        #expect(
            await read(source, identity: .file("\(place.path)/other")).contains("age of key.age"))
        try place.write("no age", to: "key.age")
        #expect(
            await read(source, identity: .text(text)).contains("age of key.age ended with 1"))
    }
}
