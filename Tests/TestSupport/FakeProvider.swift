internal import Foundation
internal import FoundationNetworking

/// A provider of models on loopback that remembers whose key each call bore, see `fake-provider`.
package final class FakeProvider: Sendable {
    package struct Call: Codable, Hashable, Sendable {
        package let authorization: String
        package let model: String
    }

    private let program: LoopbackProgram

    package init() throws { program = try LoopbackProgram("fake-provider", []) }

    package var url: String { "http://127.0.0.1:\(program.port)" }

    /// The oldest first.
    package func calls() async throws -> [Call] {
        guard let url = URL(string: url + "/calls") else { return [] }
        let data = try await URLSession.shared.data(from: url).0
        return try JSONDecoder().decode([Call].self, from: data)
    }
}
