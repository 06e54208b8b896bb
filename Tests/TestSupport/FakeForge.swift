internal import Foundation
internal import FoundationNetworking

/// GitHub's and GitLab's API on loopback, see `fake-forge`.
package final class FakeForge: Sendable {
    package struct Comment: Codable, Hashable, Sendable {
        package var id: Int
        package var user: String
        package var body: String

        package init(id: Int, user: String, body: String) {
            self.id = id
            self.user = user
            self.body = body
        }
    }

    package struct State: Codable, Sendable {
        /// By the number of the request.
        package var comments: [String: [Comment]]
        package var requests: [String]
    }

    /// Who the token belongs to.
    package static let bot = "github-actions[bot]"
    package static let token = "forge-token-canary-6620"
    private let program: LoopbackProgram

    package init() throws { program = try LoopbackProgram("fake-forge", [Self.token]) }

    package var url: String { "http://127.0.0.1:\(program.port)" }

    package func state() async throws -> State {
        try JSONDecoder().decode(State.self, from: try await set(Data("{}".utf8)))
    }

    package func put(_ comments: [Comment], on number: String) async throws {
        _ = try await set(JSONEncoder().encode(["comments": [number: comments]]))
    }

    /// - Parameter requests: what the forge says a commit was merged by, as JSON.
    package func merge(_ commit: String, by requests: String) async throws {
        _ = try await set(Data("{\"merged\": {\"\(commit)\": \(requests)}}".utf8))
    }

    /// - Parameter prefixes: `METHOD path`, which are answered with 500.
    package func fail(_ prefixes: [String]) async throws {
        _ = try await set(JSONEncoder().encode(["fail": prefixes]))
    }

    private func set(_ body: Data) async throws -> Data {
        guard let url = URL(string: url + "/state") else { return Data() }
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.httpBody = body
        return try await URLSession.shared.data(for: request).0
    }
}
