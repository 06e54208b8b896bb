import BursarCore
import BursarEngine
import Foundation
import TestSupport
import Testing

@testable import BursarGateway

struct OpenAPITests {
    @Test func `It describes every endpoint, and nothing else`() async throws {
        let site = try GatewaySite()
        let answer = try await site.call("GET", "/openapi.json")
        #expect(answer.status == 200)
        let document = try #require(answer.json)
        #expect(document["openapi"]?.string == "3.1.0")
        var described: Set<String> = []
        for (path, operations) in try #require(document["paths"]?.object) {
            for method in try #require(operations.object).keys {
                described.insert("\(method.uppercased()) \(path)")
            }
        }
        #expect(described == Set(Endpoint.allCases.map { "\($0.method) \($0.path)" }))
        let schemas = try #require(document["components"]?["schemas"]?.object)
        let text = String(decoding: OpenAPIDocument.bytes, as: UTF8.self)
        let named = text.matches(of: /#\/components\/schemas\/([A-Za-z]+)/).map { String($0.1) }
        #expect(Set(named) == Set(schemas.keys))
    }

    /// Thousands of requests, right ones and wrong ones, made of the description; what is answered must be
    /// as it says.
    @Test(.enabled(if: Schemathesis.isThere)) func `What is answered is as it is described`()
        async throws
    {
        let site = try MintTests.site()
        let gateway = site.gateway
        let token = try site.bearer(#"{"*": ["read", "administer"]}"#)
        let (ports, seen) = AsyncStream.makeStream(of: Int.self)
        let result = try await withThrowingTaskGroup(of: Schemathesis.Result?.self) { group in
            group.addTask {
                try await GatewayServer.run(gateway, trapsSignals: false) { port in
                    seen.yield(port)
                    seen.finish()
                }
                return nil
            }
            let port = try #require(await ports.first { _ in true })
            let result = try await Schemathesis.run(
                url: "http://127.0.0.1:\(port)", authorization: token.withExposed { $0 },
                webhookToken: GatewaySite.webhookToken)
            group.cancelAll()
            return result
        }
        #expect(result.status == 0, "\(result.output)")
    }
}

/// From PyPI, as `.ci/tools schemathesis` installs it.
enum Schemathesis {
    struct Result: Sendable {
        let status: Int32
        let output: String
    }

    private static let folder = ProcessInfo.processInfo.environment["BURSAR_TEST_SCHEMATHESIS"]
    static let isThere = folder != nil

    static func run(
        url: String, authorization: String, webhookToken: String
    ) async throws -> Result {
        let directory = try TemporaryDirectory()
        try directory.write(
            """
            continue-on-failure = true
            headers = { Authorization = "\(authorization)" }
            [parameters]
            "path.token" = "\(webhookToken)"
            "path.workspace" = "search"
            "path.account" = "acme"

            """, to: "schemathesis.toml")
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Swift.Result {
                        let process = Process()
                        process.executableURL = URL(filePath: "\(folder ?? "")/schemathesis")
                        process.currentDirectoryURL = directory.url
                        process.arguments = [
                            "--no-color", "run", "\(url)/openapi.json", "--max-examples", "40",
                            "--seed", "4711", "--phases", "examples,coverage,fuzzing",
                            "--exclude-checks", "positive_data_acceptance",
                        ]
                        let pipe = Pipe()
                        process.standardOutput = pipe
                        process.standardError = pipe
                        process.standardInput = FileHandle.nullDevice
                        try process.run()
                        let output = pipe.fileHandleForReading.readDataToEndOfFile()
                        process.waitUntilExit()
                        return Result(
                            status: process.terminationStatus,
                            output: String(decoding: output, as: UTF8.self))
                    })
            }
        }
    }
}
