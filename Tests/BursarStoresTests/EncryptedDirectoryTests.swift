import BursarCore
import BursarEngine
import BursarStores
import Foundation
import TestSupport
import Testing

/// The directory store with age recipients.
@Suite(.timeLimit(.minutes(5))) struct EncryptedDirectoryTests {
    private let place: TemporaryDirectory
    private let first: Identity
    private let second: Identity

    private struct Identity {
        let file: String
        let recipient: String

        init(_ name: String, in place: TemporaryDirectory) throws {
            file = "\(place.path)/\(name)"
            _ = try age("age-keygen", ["-o", file])
            recipient = try age("age-keygen", ["-y", file]).trimmingCharacters(in: .newlines)
        }
    }

    init() throws {
        place = try TemporaryDirectory()
        first = try Identity("first", in: place)
        second = try Identity("second", in: place)
    }

    private func store(
        _ recipients: [String], stopAt step: DirectorySecretStore.Step? = nil
    ) -> DirectorySecretStore {
        DirectorySecretStore(
            path: place.path + "/secrets",
            recipients: recipients.isEmpty
                ? nil : AgeRecipients(recipients, time: SystemTimekeeper())
        ) { (reached) throws(SecretStoreError) in
            if reached == step { throw .cancelled }
        }
    }

    /// `nil`: it does not open it.
    private func opened(by identity: Identity) -> String? {
        try? age("age", ["-d", "-i", identity.file, "\(place.path)/secrets/team-a/KEY"])
    }

    private func rewrite(_ store: DirectorySecretStore) async throws -> String? {
        let id = try #require(WorkspaceID("team-a"))
        let secret = try #require(try await store.secrets(of: id).first)
        #expect(secret.description != nil)
        return secret.rewrite
    }

    @Test(arguments: StoreConformance.laws.map(\.name))
    func `it keeps the laws of every store`(_ law: String) async throws {
        let (a, b) = (try #require(WorkspaceID("a")), try #require(WorkspaceID("b.c_d")))
        let conformance = StoreConformance(store([first.recipient]), first: a, second: b)
        let found = try #require(StoreConformance.laws.first { $0.name == law })
        #expect(await conformance.check(found) == nil)
    }

    @Test func `every recipient opens the value and nobody else, and the marker is readable`()
        async throws
    {
        let both = store([first.recipient, second.recipient])
        try await both.put(try Sample.secret("KEY", "canary-\n\"1", "text [marker]"))
        #expect(opened(by: first) == "canary-\n\"1")
        #expect(opened(by: second) == "canary-\n\"1")
        let json = try #require(place.text("secrets/team-a/KEY.json"))
        #expect(json.contains("text [marker]"))
        let all = json + (place.text("secrets/team-a/KEY") ?? "canary")
        for secret in ["canary", first.recipient, second.recipient] {
            #expect(!all.contains(secret))
        }
        #expect(place.mode("secrets/team-a/KEY") == 0o600)
        try await store([second.recipient]).put(try Sample.secret("KEY", "canary-2", "x"))
        #expect(opened(by: first) == nil)
        #expect(opened(by: second) == "canary-2")
    }

    @Test func `it knows without an identity what is encrypted to others`() async throws {
        let (one, two) = (first.recipient, second.recipient)
        try await store([]).put(try Sample.secret("KEY", "plain", "x"))
        #expect(try await rewrite(store([])) == nil)
        #expect(try await rewrite(store([one]))?.contains("is not encrypted") == true)
        try await store([one]).put(try Sample.secret("KEY", "plain", "x"))
        #expect(try await rewrite(store([one])) == nil)
        #expect(try await rewrite(store([two]))?.contains("to other recipients") == true)
        #expect(try await rewrite(store([one, two]))?.contains("to other recipients") == true)
        #expect(try await rewrite(store([]))?.contains("names no recipients") == true)
        try await store([one, two]).put(try Sample.secret("KEY", "plain", "x"))
        #expect(try await rewrite(store([two, one, two])) == nil, "the order is nothing")
        try await store([]).put(try Sample.secret("KEY", "plain", "x"))
        #expect(place.text("secrets/team-a/KEY") == "plain")
        #expect(try await rewrite(store([])) == nil)
    }

    @Test(arguments: DirectorySecretStore.Step.allCases)
    func `a crash at any step leaves a whole old or a whole new secret, and tells its recipients`(
        step: DirectorySecretStore.Step
    ) async throws {
        try await store([first.recipient]).put(try Sample.secret("KEY", "value", "x"))
        let crashing = store([second.recipient], stopAt: step)
        await #expect(throws: SecretStoreError.self) {
            try await crashing.put(try Sample.secret("KEY", "value", "x"))
        }
        let isNew = step != .announced
        #expect(opened(by: isNew ? second : first) == "value")
        #expect(opened(by: isNew ? first : second) == nil)
        #expect(try await rewrite(store([first.recipient])) != nil || !isNew)
        #expect(try await rewrite(store([second.recipient])) == nil || !isNew)
        #expect(try await Sample.listing(store([])) == ["KEY: x"])
        try await store([second.recipient]).put(try Sample.secret("KEY", "value", "y"))
        #expect(opened(by: second) == "value")
        #expect(try await rewrite(store([second.recipient])) == nil)
    }

    @Test func `a value that age does not encrypt is not written`() async throws {
        let broken = store([first.recipient, "age1broken"])
        let secret = try Sample.secret("KEY", "canary-3", "x")
        let error = await #expect(throws: SecretStoreError.self) { try await broken.put(secret) }
        #expect(error?.label == "refused")
        #expect("\(error as Any)".contains("age ended with 1"))
        #expect(!"\(error as Any)".contains("canary"))
        #expect(place.text("secrets/team-a/KEY") == nil)
    }
}

/// - Returns: its standard output, where it ends well.
private func age(_ name: String, _ arguments: [String]) throws -> String {
    struct Failure: Error {}
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [name] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure() }
    return text
}
