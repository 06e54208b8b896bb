import BursarCore
import BursarEngine
import BursarHTTP
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TransportFailureTests {
    static let secret = "s3cr3t"
    static let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"

    /// The failure of a request that holds the secret wherever a request can, checked to tell none.
    private func fail(
        _ base: String, headers: [HTTPRequest.Header] = [],
        _ configuration: CurlTransport.Configuration = .init()
    ) async throws -> TransportError {
        let request = HTTPRequest(
            .post, "\(base)/\(Self.secret)?key=\(Self.secret)",
            headers: [.bearer(SecretValue(Self.secret))] + headers,
            body: Array(Self.secret.utf8))
        let error = try #require(await failure(of: request, over: CurlTransport(configuration)))
        for text in ["\(error)", String(reflecting: error)] {
            #expect(!text.contains(Self.secret))
        }
        return error
    }

    @Test func `a port where nobody listens cannot be connected to`() async throws {
        let port = try LoopbackServer([]).port
        let error = try await fail("http://127.0.0.1:\(port)")
        guard case .cannotConnect = error else {
            Issue.record("\(error)")
            return
        }
        #expect(error.disposition == .retry(after: nil))
    }

    @Test func `a name that does not resolve cannot be connected to`() async throws {
        let error = try await fail("http://nowhere.invalid")
        guard case .cannotConnect = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test(arguments: [
        [LoopbackServer.Step.read, .hold],
        [.read, .write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"), .drip],
        [.hold],
    ])
    func `the total timeout holds against a silent and a dripping server`(
        script: [LoopbackServer.Step]
    ) async throws {
        let server = try LoopbackServer(script)
        var configuration = CurlTransport.Configuration()
        configuration.timeoutMilliseconds = 150
        #expect(try await fail(server.url, configuration) == .timedOut(milliseconds: 150))
    }

    @Test func `a request's own timeout goes before the transport's`() async throws {
        let server = try LoopbackServer([.read, .hold])
        let request = HTTPRequest(.get, server.url, timeoutMilliseconds: 100)
        let error = await failure(of: request, over: CurlTransport())
        #expect(error == .timedOut(milliseconds: 100))
    }

    @Test(arguments: [
        [LoopbackServer.Step.read, .reset],
        [.read],
        [.read, .write(head + "short")],
        [.read, .write(head + "short"), .reset],
    ])
    func `a connection that breaks is an interruption`(
        script: [LoopbackServer.Step]
    ) async throws {
        let server = try LoopbackServer(script)
        let error = try await fail(server.url)
        guard case .interrupted = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test func `what is not HTTP is an interruption`() async throws {
        let server = try LoopbackServer([.read, .write("SSH-2.0-\(Self.secret)\r\n")])
        let error = try await fail(server.url)
        guard case .interrupted = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test(arguments: [
        head,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "64\r\n\(String(repeating: "x", count: 100))\r\n",
    ])
    func `a body over the limit is refused, announced or not`(reply: String) async throws {
        let server = try LoopbackServer([.read, .write(reply), .hold])
        var configuration = CurlTransport.Configuration()
        configuration.maxBodyBytes = 99
        #expect(try await fail(server.url, configuration) == .bodyTooLarge(limit: 99))
    }

    @Test(arguments: [
        "", "ftp://localhost", "localhost:80", "file://", "http://a b", "http://h:99999",
    ])
    func `a URL that cannot be used is refused`(url: String) async throws {
        let error = try await fail(url)
        guard case .invalidRequest = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test func `a header cannot smuggle in another one`() async throws {
        for header in [
            HTTPRequest.Header("X-A", "\(Self.secret)\r\nX-B: 1"), .init("X-A: \(Self.secret)", ""),
        ] {
            let error = try await fail("http://127.0.0.1:1", headers: [header])
            guard case .invalidRequest = error else {
                Issue.record("\(error)")
                return
            }
        }
    }
}
