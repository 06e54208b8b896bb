import BursarEngine
import BursarHTTP
import Foundation
import TestSupport
import Testing

struct GatewayTests {
    private static let file = """
        apiVersion: bursar/v1
        kind: Gateway
        metadata: {name: local}
        spec:
          listen: 127.0.0.1:0
          litellm: {url: "http://127.0.0.1:4000"}
          tokens: {issuer: "http://127.0.0.1", audience: control-plane, jwksURL: "http://127.0.0.1/certs"}

        """

    private static let environment = [
        "BURSAR_SEALING_KEY": Data(count: 32).base64EncodedString(),
        "LITELLM_MASTER_KEY": "sk-canary-path",
    ]

    @Test func `The built binary serves its health, and ends whole at SIGTERM`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(Self.file, to: "gateway.yaml")
        let transport = CurlTransport()
        let (urls, seen) = AsyncStream.makeStream(of: (String, Int32).self)
        async let ended = BuiltBinary.run(
            ["gateway", "-f", "\(directory.path)/gateway.yaml", "--ready-file", "ready"],
            environment: Self.environment, in: directory.url
        ) { process in
            var url: String?
            while url == nil, process.isRunning { url = directory.text("ready") }
            seen.yield((url ?? "", process.processIdentifier))
            seen.finish()
        }
        let (line, pid) = try #require(await urls.first { _ in true })
        let url = try #require(line.split(separator: "\n").first.map(String.init))
        func status(
            _ method: HTTPRequest.Method, _ path: String, headers: [HTTPRequest.Header] = [],
            body: [UInt8]? = nil
        ) async throws -> Int {
            try await transport.send(
                HTTPRequest(method, url + path, headers: headers, body: body)
            ).status
        }
        #expect(try await status(.get, "/healthz") == 200)
        #expect(try await status(.get, "/readyz") == 200)
        #expect(try await status(.delete, "/readyz") == 405)
        #expect(try await status(.get, "/canary-path") == 404)
        #expect(try await status(.get, "/v1/workspaces/search/secrets") == 401)
        let token = HTTPRequest.Header("Authorization", "Bearer e30.e30.canary-path")
        #expect(
            try await status(.get, "/v1/workspaces/search/secrets", headers: [token, token]) == 401)
        #expect(try await status(.get, "/healthz", body: Array("x".utf8)) == 413)
        let long = HTTPRequest.Header("X-Long", String(repeating: "a", count: 40 * 1024))
        let refused = try? await status(.get, "/healthz", headers: [long])
        #expect(refused == nil || refused == 400 || refused == 431)
        #expect(try await status(.get, "/healthz") == 200)
        kill(pid, SIGTERM)
        let result = try await ended
        #expect(result.status == 0, "\(result.all)")
        #expect(result.errors.contains("GET /healthz 200"))
        #expect(!result.all.contains("canary-path"))
        #expect(directory.mode("gateway.sqlite") == 0o600)
    }

    @Test func `A file that is wrong is told by line, and a port that is taken by its address`()
        async throws
    {
        let directory = try TemporaryDirectory()
        try directory.write(
            Self.file.replacing("127.0.0.1:0", with: "127.0.0.1"), to: "gateway.yaml")
        let wrong = try await BuiltBinary.run(["gateway"], in: directory.url)
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("gateway.yaml:5:11"), "\(wrong.errors)")
        let missing = try await BuiltBinary.run(["gateway", "-f", "none.yaml"], in: directory.url)
        #expect(missing.status == 1)
        #expect(missing.errors.contains("none.yaml cannot be read"))
        try directory.write(Self.file, to: "gateway.yaml")
        for (key, told) in [
            ("", "no sealing key"), ("c2hvcnQ=", "BURSAR_SEALING_KEY is not 32 bytes in base64"),
        ] {
            let result = try await BuiltBinary.run(
                ["gateway"], environment: ["BURSAR_SEALING_KEY": key], in: directory.url)
            #expect(result.status == 1)
            #expect(result.errors.contains(told), "\(result.errors)")
            #expect(result.errors.contains("= help: make one with"))
        }
        try await SandboxSite.open { site in
            let taken = "127.0.0.1:\(site.port)"
            try directory.write(
                Self.file.replacing("127.0.0.1:0", with: taken), to: "gateway.yaml")
            let result = try await BuiltBinary.run(
                ["gateway"], environment: Self.environment, in: directory.url)
            #expect(result.status == 1)
            #expect(result.errors.contains("cannot listen on \(taken)"), "\(result.errors)")
        }
    }
}
