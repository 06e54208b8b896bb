internal import Foundation
internal import FoundationNetworking

/// Debian's glewlwyd on loopback, with clients of its own.
package final class OpenIDProvider: Sendable {
    package enum Realm: String, Sendable, CaseIterable {
        case rs256, es256
    }

    package static let audience = "control-plane"
    private static let program = "/usr/bin/glewlwyd"

    package static var isThere: Bool { FileManager.default.isExecutableFile(atPath: program) }

    private let base: String
    private let directory: TemporaryDirectory
    private let process: Process
    /// The provider ends when this is closed, however the test ends.
    private let input = Pipe()

    /// - Parameter clients: what stands in `workspaces` of each one's tokens.
    package init(clients: [String: String]) throws {
        directory = try TemporaryDirectory()
        let output = Pipe()
        process = Process()
        process.executableURL = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "openid-provider")
        process.arguments = [directory.path]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let lines = clients.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }
        try input.fileHandleForWriting.write(contentsOf: Data((lines.joined() + "\n").utf8))
        var line = ""
        while !line.hasSuffix("\n") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Failure(told: line) }
            line += String(decoding: data, as: UTF8.self)
        }
        base = "http://127.0.0.1:\(line.dropLast())"
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// It did not start, or gives no token; its standard error says why.
    package struct Failure: Error {
        package let told: String
    }

    package func issuer(_ realm: Realm) -> String { "\(base)/\(realm.rawValue)" }
    package func jwksURL(_ realm: Realm) -> String { "\(base)/api/\(realm.rawValue)/jwks" }
    package func tokenURL(_ realm: Realm) -> String { "\(base)/api/\(realm.rawValue)/token" }

    /// By client credentials.
    package func token(_ client: String, _ realm: Realm = .rs256) async throws -> String {
        struct Answer: Decodable { let access_token: String }
        guard let url = URL(string: tokenURL(realm)) else { throw Failure(told: base) }
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        let credentials = Data("\(client):password-of-\(client)".utf8).base64EncodedString()
        request.setValue("Basic \(credentials)", forHTTPHeaderField: "Authorization")
        request.setValue(
            "application/x-www-form-urlencoded", forHTTPHeaderField: "Content-Type")
        request.httpBody = Data("grant_type=client_credentials&scope=control-plane".utf8)
        let (data, _) = try await URLSession.shared.data(for: request)
        guard let answer = try? JSONDecoder().decode(Answer.self, from: data) else {
            throw Failure(told: String(decoding: data, as: UTF8.self))
        }
        return answer.access_token
    }
}
