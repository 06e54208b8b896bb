import BursarCore
import BursarEngine
import BursarHTTP
import Foundation
import TestSupport
import Testing

struct GatewayCrashTests {
    private static let token = "crash-0123456789-abcdef"
    private static let file = """
        apiVersion: bursar/v1
        kind: Gateway
        metadata: {name: crash}
        spec:
          listen: 127.0.0.1:0
          litellm: {url: "http://127.0.0.1:1"}
          tokens: {issuer: "http://127.0.0.1", audience: none, jwksURL: "http://127.0.0.1:1/certs"}
          webhook: {tokenFile: ./webhook.token}

        """

    private static func batch(_ calls: [String]) -> [UInt8] {
        let payloads = calls.map {
            #"{"litellm_call_id": "\#($0)", "endTime": 1795508596.1, "model_group": "m", "#
                + #""response_cost": 0.0048, "metadata": {"user_api_key_team_id": "search"}}"#
        }
        return Array("[\(payloads.joined(separator: ","))]".utf8)
    }

    /// `nil` where it was not acknowledged.
    private static func deliver(
        _ calls: [String], to url: String, _ transport: CurlTransport
    ) async -> JSONValue? {
        let answer = try? await transport.send(
            HTTPRequest(.post, "\(url)/webhooks/litellm/\(token)", body: batch(calls)))
        guard let answer, answer.status == 200 else { return nil }
        return JSONValue(parsing: answer.body)
    }

    /// Runs the gateway while `body` does, and ends it with `signal` then.
    private static func serve(
        in directory: TemporaryDirectory, endedBy signal: Int32,
        _ body: (String, Int32) async throws -> Void
    ) async throws -> BuiltBinary.Result {
        try? directory.remove("ready")
        let environment = [
            "BURSAR_SEALING_KEY": Data(count: 32).base64EncodedString(),
            "LITELLM_MASTER_KEY": "sk-none",
        ]
        let (started, seen) = AsyncStream.makeStream(of: Int32.self)
        async let ended = BuiltBinary.run(
            ["gateway", "--ready-file", "ready"], environment: environment, in: directory.url
        ) { process in
            while directory.text("ready")?.hasSuffix("\n") != true, process.isRunning {}
            seen.yield(process.processIdentifier)
            seen.finish()
        }
        let pid = try #require(await started.first { _ in true })
        let url = directory.text("ready")?.split(separator: "\n").first.map(String.init)
        try await body(try #require(url), pid)
        kill(pid, signal)
        return try await ended
    }

    @Test func `kill -9 under load loses nothing that was acknowledged`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(Self.file, to: "gateway.yaml")
        try directory.write(Self.token, to: "webhook.token")
        let transport = CurlTransport()
        let acknowledged = Record<[String]>()
        _ = try await Self.serve(in: directory, endedBy: SIGKILL) { url, pid in
            await withTaskGroup(of: Void.self) { group in
                for sender in 0..<4 {
                    group.addTask {
                        for number in 0..<10_000 {
                            let calls = (0..<20).map { "\(sender)-\(number)-\($0)" }
                            guard await Self.deliver(calls, to: url, transport) != nil else {
                                return
                            }
                            acknowledged.add(calls)
                            // In the middle of what the others send.
                            if acknowledged.all.count >= 60 { kill(pid, SIGKILL) }
                        }
                    }
                }
            }
        }
        let calls = acknowledged.all.flatMap(\.self)
        #expect(calls.count >= 1200)
        let result = try await Self.serve(in: directory, endedBy: SIGTERM) { url, _ in
            let told = await Self.deliver(calls, to: url, transport)
            #expect(told?["recorded"]?.int == 0)
            #expect(told?["repeated"]?.int == calls.count)
        }
        #expect(result.status == 0, "\(result.all)")
        #expect(!result.all.contains(Self.token))
    }
}
