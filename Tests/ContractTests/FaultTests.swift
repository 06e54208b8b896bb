import BursarCore
import BursarEngine
import BursarHTTP
import BursarSandbox
import Synchronization
import Testing

/// The faults, in process and over a socket: the caller must see the same.
struct FaultTests {
    enum Way: CaseIterable, Sendable { case inProcess, socket }

    private static let mint = HTTPRequest(
        .post, "/key/generate", headers: [.bearer(SecretValue("sk-master-1234"))],
        body: Array(#"{"key_alias":"faulty"}"#.utf8))

    /// Sends the mint, and then counts the keys there are.
    private func send(
        _ fault: FaultPlan.Fault, _ way: Way,
        _ check: (Result<HTTPResponse, TransportError>, Int) -> Void
    ) async throws {
        let plan = FaultPlan([.init(.matching(method: "POST", pathPrefix: "/key/"), fault)])
        let sandbox = Sandbox(faults: plan)
        switch way {
        case .inProcess:
            let transport = ModelTransport(sandbox, timekeeper: SystemTimekeeper())
            check(await Self.result(transport, "http://sandbox"), Self.keys(sandbox))
        case .socket:
            try await Implementation.serving(sandbox) { url in
                check(await Self.result(CurlTransport(), url), Self.keys(sandbox))
            }
        }
    }

    private static func result(
        _ transport: any Transport, _ base: String
    ) async -> Result<HTTPResponse, TransportError> {
        var request = mint
        request.url = base + request.url
        request.timeoutMilliseconds = 20_000
        do throws(TransportError) {
            return .success(try await transport.send(request))
        } catch {
            return .failure(error)
        }
    }

    private static func keys(_ sandbox: Sandbox) -> Int {
        let request = SandboxRequest(
            method: "GET", path: "/key/list", bearer: SecretValue("sk-master-1234"))
        let answer = sandbox.ask(request, now: SystemTimekeeper().now())
        return String(decoding: answer.body, as: UTF8.self).contains(#""total_count":1"#) ? 1 : 0
    }

    private func isInterrupted(_ result: Result<HTTPResponse, TransportError>) -> Bool {
        if case .failure(.interrupted) = result { true } else { false }
    }

    @Test(arguments: Way.allCases)
    func `a reset leaves nothing done`(_ way: Way) async throws {
        try await send(.reset, way) { result, keys in
            #expect(isInterrupted(result), "\(result)")
            #expect(keys == 0)
        }
    }

    @Test(arguments: Way.allCases)
    func `a lost answer leaves everything done`(_ way: Way) async throws {
        try await send(.lostAnswer, way) { result, keys in
            #expect(isInterrupted(result), "\(result)")
            #expect(keys == 1)
        }
    }

    @Test(arguments: Way.allCases)
    func `a truncated answer leaves everything done`(_ way: Way) async throws {
        try await send(.truncated, way) { result, keys in
            #expect(isInterrupted(result), "\(result)")
            #expect(keys == 1)
        }
    }

    @Test(arguments: Way.allCases)
    func `a refusal says when to come again`(_ way: Way) async throws {
        try await send(.status(429, retryAfter: 3), way) { result, keys in
            let response = try? result.get()
            #expect(response?.status == 429)
            #expect(response?.headers["retry-after"] == "3")
            #expect(keys == 0)
        }
    }

    @Test(arguments: Way.allCases)
    func `a page may come in place of JSON`(_ way: Way) async throws {
        try await send(.html, way) { result, keys in
            let response = try? result.get()
            #expect(response?.status == 200)
            #expect(response?.headers["content-type"] == "text/html")
            #expect(keys == 0)
        }
    }

    @Test(arguments: Way.allCases)
    func `JSON of another shape comes after the deed`(_ way: Way) async throws {
        try await send(.wrongJSON, way) { result, keys in
            let response = try? result.get()
            #expect(
                response.map { String(decoding: $0.body, as: UTF8.self) } == #"{"unexpected":[1]}"#)
            #expect(keys == 1)
        }
    }

    @Test func `latency beyond the timeout is a timeout and the deed is done`() async throws {
        try await send(.latency(milliseconds: 20_001), .inProcess) { result, keys in
            if case .failure(.timedOut(let milliseconds)) = result {
                #expect(milliseconds == 20_000)
            } else {
                Issue.record("\(result)")
            }
            #expect(keys == 1)
        }
    }

    @Test func `rules apply by number, by path and only so often`() async throws {
        let log = Mutex<[Int?]>([])
        let plan = FaultPlan([
            .init(.index(1), .status(502, retryAfter: nil)),
            .init(
                .matching(method: nil, pathPrefix: "/key/"), .status(503, retryAfter: nil), times: 1
            ),
        ])
        let sandbox = Sandbox(faults: plan) { access in
            log.withLock { $0.append(access.status) }
        }
        let transport = ModelTransport(sandbox, timekeeper: SystemTimekeeper())
        for path in ["/health/liveliness", "/health/liveliness", "/key/list", "/key/list"] {
            _ = try await transport.send(HTTPRequest(.get, "http://sandbox" + path))
        }
        #expect(log.withLock { $0 } == [200, 502, 503, 401])
    }
}
