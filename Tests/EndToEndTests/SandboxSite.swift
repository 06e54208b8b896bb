import BursarCore
import BursarEngine
import BursarSandbox
import BursarSandboxServer
import Foundation
import TestSupport

/// An example, and the stand-in over HTTP: for what needs no real LiteLLM.
struct SandboxSite: Sendable {
    static let masterKey = "sk-sandbox-canary-5318"

    let directory: TemporaryDirectory
    let sandbox: Sandbox
    let port: Int

    /// Serves while `body` runs.
    static func open<Result: Sendable>(
        _ name: String = "quickstart", faults: FaultPlan = .none,
        _ body: @escaping @Sendable (SandboxSite) async throws -> Result
    ) async throws -> Result {
        let directory = try TemporaryDirectory()
        let example = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "examples/\(name)")
        // Keys that somebody published there are none of the example.
        let entries = try FileManager.default.contentsOfDirectory(atPath: example.path)
        for name in entries where name != "secrets" {
            try FileManager.default.copyItem(
                at: example.appending(path: name), to: directory.url.appending(path: name))
        }
        let sandbox = Sandbox(
            LiteLLMModel(options: .init(masterKey: SecretValue(masterKey))), faults: faults)
        let (ports, ready) = AsyncStream.makeStream(of: Int.self)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await SandboxServer.run(sandbox, timekeeper: SystemTimekeeper()) {
                    ready.yield($0)
                }
                return nil
            }
            group.addTask {
                guard let port = await ports.first(where: { _ in true }) else { return nil }
                return try await body(
                    SandboxSite(directory: directory, sandbox: sandbox, port: port))
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Of a command that is to talk to the stand-in.
    var environment: [String: String] {
        ["LITELLM_URL": url, "LITELLM_MASTER_KEY": Self.masterKey]
    }

    func bursar(
        _ arguments: String..., environment: [String: String]
    ) async throws -> BuiltBinary.Result {
        try await BuiltBinary.run(arguments + [directory.path], environment: environment)
    }
}
