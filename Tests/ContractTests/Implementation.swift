import BursarCore
import BursarEngine
import BursarHTTP
import BursarSandbox
import BursarSandboxServer
import FoundationEssentials
import Synchronization

@testable import BursarLiteLLM

/// What every fact of the suite is held against.
enum Implementation: String, Sendable {
    case modelInProcess, sandboxOverSocket, realLiteLLM

    /// The real one where `BURSAR_TEST_LITELLM_URL` and `BURSAR_TEST_LITELLM_MASTER_KEY` are set.
    static var available: [Implementation] {
        realAddress == nil
            ? [.modelInProcess, .sandboxOverSocket]
            : [.modelInProcess, .sandboxOverSocket, .realLiteLLM]
    }

    static var realAddress: (url: String, masterKey: String)? {
        let environment = ProcessInfo.processInfo.environment
        guard let url = environment["BURSAR_TEST_LITELLM_URL"],
            let key = environment["BURSAR_TEST_LITELLM_MASTER_KEY"]
        else { return nil }
        return (url, key)
    }

    /// Hands a proxy to `body` and removes afterwards what was made through it.
    func use(_ body: (Proxy) async throws -> Void) async throws {
        switch self {
        case .modelInProcess:
            let transport = ModelTransport(Sandbox(), timekeeper: SystemTimekeeper())
            try await body(Proxy(transport, "http://sandbox", "sk-master-1234"))
        case .sandboxOverSocket:
            try await Self.serving(Sandbox()) { url in
                try await body(Proxy(CurlTransport(), url, "sk-master-1234"))
            }
        case .realLiteLLM:
            guard let (url, key) = Self.realAddress else { return }
            let proxy = Proxy(CurlTransport(), url, key, release)
            do {
                try await body(proxy)
            } catch {
                try await proxy.clean()
                throw error
            }
            try await proxy.clean()
        }
    }

    /// Serves on a free port while `body` runs.
    static func serving(
        _ sandbox: Sandbox, _ body: (String) async throws -> Void
    ) async throws {
        let (ports, ready) = AsyncStream<Int>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { ready.finish() }
                try await SandboxServer.run(
                    sandbox, timekeeper: SystemTimekeeper(), ready: { ready.yield($0) })
            }
            var iterator = ports.makeAsyncIterator()
            if let port = await iterator.next() {
                try await body("http://127.0.0.1:\(port)")
            }
            group.cancelAll()
            while let _ = try? await group.next() {}
        }
    }
}

/// One proxy under test, spoken to in plain JSON.
final class Proxy: Sendable {
    private let transport: any Transport
    private let base: String
    let masterKey: String
    /// `nil` for the stand-in.
    let release: LiteLLMVersion?
    private let made = Mutex<(teams: [String], keys: [String], models: [String])>(([], [], []))

    init(
        _ transport: any Transport, _ base: String, _ masterKey: String,
        _ release: LiteLLMVersion? = nil
    ) {
        self.release = release
        self.transport = transport
        self.base = base
        self.masterKey = masterKey
    }

    /// Fresh in every run, so that the suite runs again and again against one LiteLLM.
    static func fresh(_ stem: String) -> String {
        stem + "-" + String(UInt64.random(in: .min ... .max), radix: 36)
    }

    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil,
        as bearer: String? = nil
    ) async throws -> Answer {
        try await send(method, path, body, bearer: bearer ?? masterKey)
    }

    func askWithoutKey(_ method: HTTPRequest.Method, _ path: String) async throws -> Answer {
        try await send(method, path, nil, bearer: nil)
    }

    private func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: String?, bearer: String?
    ) async throws -> Answer {
        let headers = bearer.map { [HTTPRequest.Header.bearer(SecretValue($0))] } ?? []
        let response = try await transport.send(
            HTTPRequest(method, base + path, headers: headers, body: body.map { Array($0.utf8) }))
        let json = try? JSONDecoder().decode(JSONValue.self, from: Data(response.body))
        return Answer(status: response.status, headers: response.headers, json: json ?? .null)
    }

    /// A team of a fresh id. - Parameter fields: JSON members after `team_id`.
    func team(_ fields: String = #""models":["gf-chat-default"]"#) async throws -> String {
        let id = Self.fresh("ct")
        let answer = try await ask(.post, "/team/new", #"{"team_id":"\#(id)",\#(fields)}"#)
        made.withLock { $0.teams.append(id) }
        guard answer.status == 200 else { throw Unexpected(answer: answer) }
        return id
    }

    /// A key of a fresh value.
    func key(_ fields: String = #""models":["gf-chat-default"]"#) async throws -> String {
        let value = Self.fresh("sk-contract")
        let answer = try await ask(.post, "/key/generate", #"{"key":"\#(value)",\#(fields)}"#)
        made.withLock { $0.keys.append(value) }
        guard answer.status == 200 else { throw Unexpected(answer: answer) }
        return value
    }

    /// A row of the models' table that answers with a fixed text.
    ///
    /// - Parameters:
    ///   - params: JSON members of `litellm_params`.
    ///   - info: JSON members of `model_info` after the id.
    func model(_ name: String, params: String = "", info: String = "") async throws -> String {
        let id = Self.fresh("row")
        let answer = try await ask(
            .post, "/model/new",
            #"""
            {"model_name":"\#(name)","litellm_params":{"model":"openai/own","api_key":"sk-own-key-of-a-tenant",\#
            "mock_response":"mock answer from \#(name)"\#(params)},"model_info":{"id":"\#(id)"\#(info)}}
            """#)
        made.withLock { $0.models.append(id) }
        guard answer.status == 200 else { throw Unexpected(answer: answer) }
        return id
    }

    func info(_ key: String) async throws -> JSONValue {
        try await ask(.get, "/key/info?key=\(key)").json["info"] ?? .null
    }

    func update(_ key: String, _ fields: String) async throws -> Answer {
        try await ask(.post, "/key/update", #"{"key":"\#(key)",\#(fields)}"#)
    }

    func chat(_ model: String, as key: String) async throws -> Answer {
        let body =
            #"{"model":"\#(model)","max_tokens":20,"messages":[{"role":"user","content":"hi"}]}"#
        return try await ask(.post, "/v1/chat/completions", body, as: key)
    }

    func clean() async throws {
        let (teams, keys, models) = made.withLock { $0 }
        for id in models { _ = try await ask(.post, "/model/delete", #"{"id":"\#(id)"}"#) }
        for team in teams {
            _ = try await ask(.post, "/team/delete", #"{"team_ids":["\#(team)"]}"#)
        }
        for key in keys { _ = try await ask(.post, "/key/delete", #"{"keys":["\#(key)"]}"#) }
    }
}

struct Answer: Sendable, CustomStringConvertible {
    let status: Int
    let headers: [String: String]
    let json: JSONValue

    subscript(name: String) -> JSONValue? { json[name] }

    /// The error's text, whichever of the four shapes it has.
    var message: String {
        json["error"]?["message"]?.string ?? json["detail"]?["error"]?.string
            ?? json["detail"]?.string ?? json["detail"]?.array?.first?["msg"]?.string ?? ""
    }
    var type: String? { json["error"]?["type"]?.string }
    var param: String? { json["error"]?["param"]?.string }
    var modelNames: [String] { (json["data"]?.array ?? []).compactMap { $0["id"]?.string } }

    var description: String { "\(status) \(json)" }
}

struct Unexpected: Error {
    let answer: Answer
}

extension JSONValue {
    /// Equal as amounts: LiteLLM books in binary floating point.
    func isAmount(_ text: String) -> Bool {
        guard case .number(let own) = self, let a = Money(decimal: own),
            let b = Money(decimal: text)
        else { return false }
        let difference = a - b
        return max(difference, Money.zero - difference) < Money(picos: 1_000)
    }

    var instant: Instant? { string.flatMap { Instant($0) } }
}
