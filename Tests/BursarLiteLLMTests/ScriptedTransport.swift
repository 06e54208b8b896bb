import BursarCore
import BursarEngine
import BursarLiteLLM
import FoundationEssentials
import Synchronization

/// Answers each request by a function of it and its number, from 0, and keeps what was sent.
final class ScriptedTransport: Transport {
    struct Sent: Sendable {
        let line: String
        let body: JSONValue?
    }

    private let script: @Sendable (Sent, Int) throws(TransportError) -> HTTPResponse
    private let log = Mutex<[Sent]>([])

    init(_ script: @escaping @Sendable (Sent, Int) throws(TransportError) -> HTTPResponse) {
        self.script = script
    }

    var sent: [Sent] { log.withLock { $0 } }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let path = request.url.replacing("http://proxy", with: "")
        let body = request.body.flatMap {
            try? JSONDecoder().decode(JSONValue.self, from: Data($0))
        }
        let sent = Sent(line: "\(request.method.rawValue) \(path)", body: body)
        let number = log.withLock { log in
            log.append(sent)
            return log.count - 1
        }
        return try script(sent, number)
    }
}

/// Time stands still: a wait takes none.
struct StillTime: Timekeeper {
    func now() -> Instant { Instant(milliseconds: 1_800_000_000_000) }
    func sleep(milliseconds: Int64) async throws(CancellationError) {}
    func random() -> UInt64 { 0 }
}

func answer(_ status: Int, _ body: String, headers: [String: String] = [:]) -> HTTPResponse {
    HTTPResponse(status: status, headers: headers, body: Array(body.utf8))
}

let masterKey = SecretValue("sk-master-in-tests-only")

func issuer(over transport: any Transport) -> LiteLLMIssuer {
    LiteLLMIssuer(
        transport: transport, url: "http://proxy/", masterKey: masterKey, time: StillTime())
}
