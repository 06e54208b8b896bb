import BursarCore
import BursarEngine
import BursarSandbox
import Foundation
import FoundationNetworking
import TestSupport
import Testing

/// A proxy and an empty source beside it: what holds for the stand-in must hold for the real one.
struct ProxySite: Sendable {
    enum Place: String, Sendable, CaseIterable {
        case sandbox, real

        static var available: [Place] { RealLiteLLM.isThere ? allCases : [.sandbox] }
    }

    let scratch: TemporaryDirectory
    let url: String
    let key: String
    /// In every name of this test, since a real proxy is shared.
    let tag = newTag()

    /// A letter first: YAML takes eight digits for a number, and `1e234567` too.
    static func newTag() -> String { "t" + UUID().uuidString.prefix(7).lowercased() }

    static func open(
        _ place: Place, _ body: @escaping @Sendable (ProxySite) async throws -> Void
    ) async throws {
        switch place {
        case .sandbox:
            try await SandboxSite.open { site in
                try await body(
                    ProxySite(
                        scratch: try TemporaryDirectory(), url: site.url,
                        key: SandboxSite.masterKey))
            }
        case .real:
            try await body(
                ProxySite(
                    scratch: try TemporaryDirectory(), url: try #require(RealLiteLLM.url),
                    key: try #require(RealLiteLLM.key)))
        }
    }

    func id(_ name: String) -> String { "\(name)-\(tag)" }

    func configure(_ directory: String, owner: String) throws {
        try FileManager.default.createDirectory(
            at: scratch.url.appending(path: directory), withIntermediateDirectories: true)
        try scratch.write(
            """
            apiVersion: bursar/v1
            kind: Configuration
            metadata: {name: \(owner)-\(tag)}
            spec:
              secrets: {directory: {path: ./secrets}}

            """, to: "\(directory)/bursar.yaml")
    }

    func bursar(_ directory: String, _ arguments: String...) async throws -> BuiltBinary.Result {
        let result = try await BuiltBinary.run(
            arguments + [scratch.url.appending(path: directory).path],
            environment: ["LITELLM_URL": url, "LITELLM_MASTER_KEY": key])
        #expect(!result.all.contains(key))
        #expect(!result.all.contains("sk-value-"))
        return result
    }

    @discardableResult
    func call(
        _ method: String, _ path: String, _ body: [String: Any]? = nil, bearer: String? = nil
    ) async throws -> [String: Any] {
        var request = URLRequest(url: try #require(URL(string: url + path)))
        request.httpMethod = method
        request.setValue("Bearer \(bearer ?? key)", forHTTPHeaderField: "Authorization")
        if let body {
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            request.httpBody = try JSONSerialization.data(withJSONObject: body)
        }
        let (data, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        let parsed = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        return (parsed ?? [:]).merging(["status": status]) { a, _ in a }
    }

    func makeTeam(_ name: String, _ fields: [String: Any]) async throws {
        let answer = try await call(
            "POST", "/team/new", fields.merging(["team_id": id(name)]) { a, _ in a })
        try #require(answer["team_id"] as? String == id(name), "\(answer)")
    }

    /// - Returns: its value, which no output may hold.
    func makeKey(_ alias: String?, in team: String?, _ fields: [String: Any] = [:]) async throws
        -> String
    {
        let value = "sk-value-\(UUID().uuidString)"
        var body = fields
        body["key"] = value
        body["key_alias"] = alias.map { id($0) }
        body["team_id"] = team.map { id($0) }
        let answer = try await call("POST", "/key/generate", body)
        try #require(answer["key"] as? String == value, "\(answer)")
        return value
    }

    func team(_ name: String) async throws -> [String: Any] {
        let answer = try await call("GET", "/team/info?team_id=\(id(name))")
        return try #require(answer["team_info"] as? [String: Any])
    }

    func row(of value: String) async throws -> [String: Any] {
        let hash = KeyHash(of: SecretValue(value)).hex
        let answer = try await call(
            "GET", "/key/list?return_full_object=true&key_hash=\(hash)")
        return try #require((answer["keys"] as? [[String: Any]])?.first)
    }

    func chat(_ bearer: String, model: String = "gf-chat-default") async throws -> Int {
        let answer = try await call(
            "POST", "/v1/chat/completions",
            ["model": model, "messages": [["role": "user", "content": "hi"]]], bearer: bearer)
        return answer["status"] as? Int ?? 200
    }
}

/// As text, without what any write or call moves.
func settled(_ row: [String: Any], without names: Set<String> = []) throws -> String {
    let moving: Set<String> = [
        "updated_at", "settings_updated_at", "last_active", "spend", "total_spend", "model_spend",
        "updated_by", "last_refreshed_at",
    ]
    let kept = row.filter { !moving.union(names).contains($0.key) }
    let data = try JSONSerialization.data(
        withJSONObject: kept, options: [.sortedKeys, .prettyPrinted])
    return String(decoding: data, as: UTF8.self)
}
