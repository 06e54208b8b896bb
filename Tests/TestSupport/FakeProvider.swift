internal import Foundation
internal import FoundationNetworking

/// A provider of models on loopback that remembers whose key each call bore, see `fake-provider`.
package final class FakeProvider: Sendable {
    package struct Call: Codable, Hashable, Sendable {
        /// With its query.
        package let path: String
        /// By their names in small letters.
        package let headers: [String: String]
        package let model: String

        package var authorization: String { headers["authorization"] ?? "" }
    }

    private let program: LoopbackProgram

    /// - Parameter port: 0: a free one.
    package init(port: Int = 0) throws {
        program = try LoopbackProgram("fake-provider", ["\(port)"])
    }

    package var url: String { "http://127.0.0.1:\(program.port)" }

    /// The oldest first.
    package func calls() async throws -> [Call] {
        guard let url = URL(string: url + "/calls") else { return [] }
        let data = try await URLSession.shared.data(from: url).0
        return try JSONDecoder().decode([Call].self, from: data)
    }
}
