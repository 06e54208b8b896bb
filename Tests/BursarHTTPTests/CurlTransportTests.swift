import BursarCore
import BursarEngine
import BursarHTTP
import Testing

struct CurlTransportTests {
    static let hello =
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Seen: a\r\nX-Seen:  b \r\n\r\nhello"
    let transport = CurlTransport()

    @Test func `an answer comes back with status, headers and body`() async throws {
        let server = try LoopbackServer([.read, .write(Self.hello)])
        let response = try await transport.send(
            HTTPRequest(
                .post, server.url + "/x?y=1", headers: [.bearer(SecretValue("sk-1"))],
                body: Array(#"{"a":1}"#.utf8)))
        #expect(response.status == 200)
        #expect(response.headers["x-seen"] == "b")
        #expect(String(decoding: response.body, as: UTF8.self) == "hello")

        let sent = try #require(await server.received.first { _ in true }).text
        #expect(sent.hasPrefix("POST /x?y=1 HTTP/1.1\r\n"))
        #expect(sent.hasSuffix("\r\n\r\n" + #"{"a":1}"#))
        #expect(sent.contains("\r\nAuthorization: Bearer sk-1\r\n"))
        #expect(sent.contains("\r\nContent-Type: application/json\r\n"))
        #expect(sent.contains("\r\nUser-Agent: bursar\r\n"))
        #expect(sent.contains("gzip"))
        #expect(!sent.contains("Expect:"))
    }

    @Test(arguments: [
        (HTTPRequest.Method.get, nil), (.delete, nil), (.post, nil), (.post, ""), (.put, "{}"),
        (.patch, "{}"), (.delete, "{}"), (.get, "{}"),
    ])
    func `every method goes out under its name and with its body`(
        method: HTTPRequest.Method, body: String?
    ) async throws {
        let server = try LoopbackServer([.read, .write(Self.hello)])
        let bytes = body.map { Array($0.utf8) }
        _ = try await transport.send(HTTPRequest(method, server.url, body: bytes))
        let sent = try #require(await server.received.first { _ in true }).text
        #expect(sent.hasPrefix("\(method.rawValue) / HTTP/1.1\r\n"))
        #expect(sent.hasSuffix("\r\n\r\n" + (body ?? "")))
        #expect(sent.contains("Content-Type") == (body != nil))
    }

    @Test func `requests one after another share a connection`() async throws {
        let once: [LoopbackServer.Step] = [.read, .write(Self.hello)]
        let server = try LoopbackServer(once + once + once)
        for _ in 0..<3 {
            #expect(try await transport.send(HTTPRequest(.get, server.url)).status == 200)
        }
        let connections = await server.received.prefix(3).reduce(into: []) {
            $0.append($1.connection)
        }
        #expect(connections == [0, 0, 0])
    }

    @Test func `a redirect is an answer and is not followed`() async throws {
        let server = try LoopbackServer([
            .read, .write("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"),
        ])
        let response = try await transport.send(HTTPRequest(.get, server.url))
        #expect(response.status == 302)
        #expect(response.headers["location"] == "/other")
    }

    @Test func `the interim answer 100 leaves no headers behind`() async throws {
        let interim = "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"
        let server = try LoopbackServer([.read, .write(interim + Self.hello)])
        let response = try await transport.send(HTTPRequest(.get, server.url))
        #expect(response.status == 200)
        #expect(response.headers["x-early"] == nil)
    }

    @Test(.timeLimit(.minutes(1)))
    func `two hundred requests at once all come back`() async throws {
        let many = Array(repeating: [LoopbackServer.Step.read, .write(Self.hello)], count: 200)
        let server = try LoopbackServer(many.flatMap { $0 })
        let statuses = await withTaskGroup(of: Int?.self) { group in
            for number in 0..<200 {
                group.addTask {
                    try? await transport.send(HTTPRequest(.get, "\(server.url)/\(number)")).status
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 200, count: 200))
    }

    @Test(.timeLimit(.minutes(1)))
    func `a request cancelled before it starts is not sent`() async throws {
        let server = try LoopbackServer([.read, .hold])
        let error = await withTaskGroup(of: TransportError?.self) { group in
            group.addTask {
                withUnsafeCurrentTask { $0?.cancel() }
                return await failure(of: HTTPRequest(.get, server.url), over: transport)
            }
            return await group.next() ?? nil
        }
        #expect(error == .cancelled)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a request cancelled under way ends at once`() async throws {
        let server = try LoopbackServer([.read, .hold])
        let errors = await withTaskGroup(of: TransportError?.self) { group in
            for _ in 0..<20 {
                group.addTask { await failure(of: HTTPRequest(.get, server.url), over: transport) }
            }
            var seen = 0
            for await _ in server.received {
                seen += 1
                if seen == 20 { break }
            }
            group.cancelAll()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors == Array(repeating: .cancelled, count: 20))
    }

    @Test(.timeLimit(.minutes(1)))
    func `shutting down ends what is under way and what comes later`() async throws {
        let server = try LoopbackServer([.read, .hold])
        let own = CurlTransport()
        async let first = failure(of: HTTPRequest(.get, server.url), over: own)
        _ = await server.received.first { _ in true }
        own.shutdown()
        #expect(await first == .cancelled)
        #expect(await failure(of: HTTPRequest(.get, server.url), over: own) == .cancelled)
    }
}

/// `nil` where an answer came.
func failure(of request: HTTPRequest, over transport: CurlTransport) async -> TransportError? {
    do {
        _ = try await transport.send(request)
        return nil
    } catch {
        return error
    }
}
