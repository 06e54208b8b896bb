import Foundation
import TestSupport
import Testing

/// One workspace `app` with one key, on a proxy that serves keys from its cache for two seconds.
extension Fleet {
    init(rotation: String, budget: String = "unlimited", keyring: Bool = false) throws {
        try self.init(bareWithKeyring: keyring)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try scratch.write(
            """
            apiVersion: bursar/v1
            kind: Configuration
            metadata: {name: rotation-\(tag)}
            spec:
              source: {id: 0d3f6a52-8c1e-4b77-9e60-51a2c7d4f938}
              litellm: {keyCacheTTL: 2s}
              secrets: {directory: {path: ./secrets}}
            """, to: "fleet/bursar.yaml")
        try write(rotation: rotation, budget: budget)
    }

    func write(
        rotation: String, budget: String = "unlimited", suspended: Bool = false
    ) throws {
        try scratch.write(
            """
            apiVersion: bursar/v1
            kind: Workspace
            metadata: {name: \(id("app"))}
            spec:
              budget: \(budget)
              models: [gf-chat-default, gf-embed-default]
              suspended: \(suspended)
              keys:
                - secret: LITELLM_API_KEY
                  rotation: \(rotation)
            """, to: "fleet/app.yaml")
    }

    /// Makes every key due that is there now; a key minted from now on is not.
    func writeDueNow(_ rest: String = "overlap: 1h", suspended: Bool = false) throws {
        try write(
            rotation: "{after: \(Self.text(Date())), \(rest)}", suspended: suspended)
    }

    func published() throws -> String { try secret("app") }

    /// Without a cost, and not counted as use; 401 where the key or its team is stopped.
    func status(of key: String) async throws -> Int {
        try await call("GET", "/v1/models", bearer: key).status
    }

    func embed(_ key: String) async throws -> Int {
        try await call(
            "POST", "/v1/embeddings", ["model": "gf-embed-default", "input": "x"], bearer: key
        ).status
    }

    /// Writes into the mark of the published key that it was minted 40 days ago.
    func age() async throws {
        let key = try #require(
            try await keys("app").first { $0["key_alias"] as? String == plainAlias })
        var metadata = try #require(key["metadata"] as? [String: Any])
        var mark = try #require(metadata["bursar"] as? [String: Any])
        mark["mintedAt"] = Self.text(Date() - 40 * 86_400)
        metadata["bursar"] = mark
        let answer = try await call(
            "POST", "/key/update",
            ["key": try #require(key["token"]), "metadata": metadata])
        #expect(answer.status == 200)
    }

    var plainAlias: String { "\(id("app"))/LITELLM_API_KEY" }

    /// RFC 3339 to the millisecond, as a key's mark has it: to the second it would be before a mint
    /// of the same second.
    static func text(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// Of the keys that are ours, the ended ones too.
    func generations() async throws -> [Int] {
        try await keys("app").compactMap { key in
            let mark = (key["metadata"] as? [String: Any])?["bursar"] as? [String: Any]
            return mark?["generation"] as? Int
        }
    }

    /// One key is published and works for ever, every other one bears its generation and has an end.
    func expectConverged(_ comment: Comment? = nil) async throws {
        let plan = try await bursar("plan", "--detailed-exitcode")
        #expect(plan.status == 0, "\(comment.map { "\($0): " } ?? "")\(plan.all)")
        let published = try published()
        #expect(try await status(of: published) == 200, comment)
        let info = try await call("GET", "/key/info?key=\(published)")
        let alias = (info.body["info"] as? [String: Any])?["key_alias"] as? String
        #expect(alias == plainAlias, comment)
        for key in try await keys("app") {
            let alias = try #require(key["key_alias"] as? String)
            if alias == plainAlias {
                #expect(key["expires"] is NSNull, comment)
            } else {
                #expect(alias.hasPrefix("\(plainAlias)@g"), comment)
                #expect(key["expires"] is String, comment)
            }
        }
        let generations = try await generations()
        if keyring != nil { #expect(generations.count == Set(generations).count, comment) }
    }
}

/// Asks again and again until it is so, at most for the time given.
func becomes(
    within time: Duration = .seconds(5), _ isSo: () async throws -> Bool
) async throws -> Bool {
    let end = ContinuousClock.now + time
    repeat { if try await isSo() { return true } } while ContinuousClock.now < end
    return false
}

/// What apps were answered.
struct Traffic: Sendable {
    struct Answer: Sendable {
        let key: String
        let status: Int
    }

    let answers = Record<Answer>()
    private let isOver = Record<Bool>()

    /// Sends embeddings without pause, the key read every 20 requests or `age`, as an app would that
    /// holds it in memory.
    func send(
        by fleet: Fleet, age: Duration = .seconds(2), until isEnough: @Sendable () -> Bool
    ) async throws {
        var key = ""
        var read = ContinuousClock.now
        for count in 0... {
            if isEnough() || Task.isCancelled { return }
            if count % 20 == 0 || ContinuousClock.now - read > age {
                key = try fleet.published()
                read = .now
            }
            try await send(by: fleet, with: key)
        }
    }

    func send(by fleet: Fleet, with key: String) async throws {
        answers.add(Answer(key: key, status: try await fleet.embed(key)))
    }

    /// Four apps send as long as `body` lasts.
    func flow(by fleet: Fleet, during body: @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                // Not all of them at once.
                let age = Duration.seconds(2 + number)
                group.addTask { try await send(by: fleet, age: age) { !isOver.all.isEmpty } }
            }
            try await body()
            isOver.add(true)
            try await group.waitForAll()
        }
    }
}
