import Foundation
import FoundationNetworking
import TestSupport
import Testing

/// The proxy that `make test` started. Where there is none these suites do not run, and say so.
enum RealLiteLLM {
    static var url: String? { ProcessInfo.processInfo.environment["BURSAR_TEST_LITELLM_URL"] }
    static var key: String? {
        ProcessInfo.processInfo.environment["BURSAR_TEST_LITELLM_MASTER_KEY"]
    }
    static var log: String? { ProcessInfo.processInfo.environment["BURSAR_TEST_LITELLM_LOG"] }
    static var isThere: Bool { url != nil && key != nil }
    /// Models of workspaces' own need it.
    static var listsAliases: Bool {
        let version = ProcessInfo.processInfo.environment["BURSAR_TEST_LITELLM_VERSION"] ?? ""
        return isThere && version.compare("1.101.0", options: .numeric) != .orderedAscending
    }
}

/// The quickstart under names of its own, so that tests run side by side on one proxy.
struct Fleet: Sendable {
    let tag = ProxySite.newTag()
    let scratch: TemporaryDirectory
    let url: String
    let key: String
    /// A line of one; `nil`: values are drawn.
    let keyring: String?

    /// - Parameter keyring: a new one, given to every run.
    init(bareWithKeyring keyring: Bool) throws {
        scratch = try TemporaryDirectory()
        url = try #require(RealLiteLLM.url)
        key = try #require(RealLiteLLM.key)
        let bytes = Data((0..<32).map { _ in UInt8.random(in: .min ... .max) })
        self.keyring =
            keyring ? "test 2026-01-01T00:00:00Z \(bytes.base64EncodedString())" : nil
    }

    init() throws {
        try self.init(bareWithKeyring: false)
        let example = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("examples/quickstart")
        try FileManager.default.copyItem(at: example, to: directory)
        try? FileManager.default.removeItem(at: secrets)
        for file in try manifests() {
            var text = try String(contentsOf: file, encoding: .utf8)
            for name in ["quickstart", "assistant", "code-review", "search"] {
                text = text.replacingOccurrences(
                    of: "  name: \(name)\n", with: "  name: \(name)-\(tag)\n")
                text = text.replacingOccurrences(
                    of: "  name: \(name) ", with: "  name: \(name)-\(tag) ")
            }
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
    }

    var directory: URL {
        scratch.url.appendingPathComponent("fleet")
    }
    var secrets: URL { directory.appendingPathComponent("secrets") }

    func id(_ name: String) -> String { "\(name)-\(tag)" }

    func manifests() throws -> [URL] {
        let found = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: nil)
        return (found?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "yaml" }
    }

    func edit(_ old: String, _ new: String) throws {
        var hits = 0
        for file in try manifests() {
            let text = try String(contentsOf: file, encoding: .utf8)
            guard text.contains(old) else { continue }
            hits += 1
            try text.replacingOccurrences(of: old, with: new)
                .write(to: file, atomically: true, encoding: .utf8)
        }
        try #require(hits > 0)
    }

    func secret(_ workspace: String, _ name: String = "LITELLM_API_KEY") throws -> String {
        let file = secrets.appendingPathComponent(id(workspace)).appendingPathComponent(name)
        return try String(contentsOf: file, encoding: .utf8)
    }

    func bursar(
        _ arguments: String..., key: String? = nil, url: String? = nil,
        whileRunning: @escaping @Sendable (Process) -> Void = { _ in }
    ) async throws -> BuiltBinary.Result {
        var environment = ["LITELLM_URL": url ?? self.url, "LITELLM_MASTER_KEY": key ?? self.key]
        environment["BURSAR_KEYRING"] = keyring
        let result = try await BuiltBinary.run(
            arguments + [directory.path], environment: environment, whileRunning: whileRunning)
        // Whatever was asked, no secret stands in what was printed.
        for canary in try everySecret() + [keyring].compactMap(\.self) {
            #expect(!result.all.contains(canary))
        }
        #expect(!result.all.contains(key ?? self.key))
        return result
    }

    func everySecret() throws -> [String] {
        let found = FileManager.default.enumerator(at: secrets, includingPropertiesForKeys: nil)
        return (found?.allObjects as? [URL] ?? []).filter { $0.pathExtension.isEmpty }.compactMap {
            try? String(contentsOf: $0, encoding: .utf8)
        }.filter { $0.hasPrefix("sk-") }
    }

    /// As an administrator by hand, or as an app with its key.
    func call(
        _ method: String, _ path: String, _ body: [String: Any]? = nil, bearer: String? = nil
    ) async throws -> (status: Int, body: [String: Any]) {
        var request = URLRequest(url: try #require(URL(string: url + path)))
        request.httpMethod = method
        request.setValue("Bearer \(bearer ?? key)", forHTTPHeaderField: "Authorization")
        if let body {
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            request.httpBody = try JSONSerialization.data(withJSONObject: body)
        }
        let (data, response) = try await URLSession.shared.data(for: request)
        let status = try #require(response as? HTTPURLResponse).statusCode
        let parsed = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        return (status, parsed ?? [:])
    }

    func chat(_ bearer: String, model: String = "gf-chat-default") async throws -> Int {
        try await complete(bearer, model: model).status
    }

    func complete(
        _ bearer: String, model: String = "gf-chat-default"
    ) async throws -> (status: Int, body: [String: Any]) {
        try await call(
            "POST", "/v1/chat/completions",
            [
                "model": model, "max_tokens": 30,
                "messages": [["role": "user", "content": "hi"]],
            ], bearer: bearer)
    }

    func team(_ workspace: String) async throws -> [String: Any] {
        let answer = try await call("GET", "/team/info?team_id=\(id(workspace))")
        try #require(answer.status == 200)
        return try #require(answer.body["team_info"] as? [String: Any])
    }

    func keys(_ workspace: String) async throws -> [[String: Any]] {
        let answer = try await call(
            "GET", "/key/list?team_id=\(id(workspace))&return_full_object=true&size=100")
        return try #require(answer.body["keys"] as? [[String: Any]])
    }
}
