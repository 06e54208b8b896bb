import BursarCore
import BursarEngine
import BursarGroundfloor
import Foundation
import Synchronization

/// A Control Plane and a provider of tokens in process, with faults.
final class FakePlane: Transport {
    enum Fault: Sendable {
        case status(Int, String = "", headers: [String: String] = [:])
        case error(TransportError)
        /// It is done, and the answer does not come.
        case lostAnswer
    }

    struct Options: Sendable {
        var listsSecrets = true
        /// `nil`: the provider does not say.
        var tokenLife: Int? = 300
    }

    private struct State {
        var log: [String] = []
        var tokenRequests: [HTTPRequest] = []
        var valid: Set<String> = []
        var secrets: [String: [String: String]] = [:]
        var faults: [String: [Fault]] = [:]
    }

    static let url = "http://plane"
    static let tokenURL = "http://realm/token"
    let options: Options
    private let state = Mutex(State())
    private let mint: @Sendable (_ workspace: String, HTTPRequest) -> HTTPResponse

    init(
        _ options: Options = Options(),
        mint: @escaping @Sendable (_ workspace: String, HTTPRequest) -> HTTPResponse = { _, _ in
            answer(404)
        }
    ) {
        self.options = options
        self.mint = mint
    }

    /// `METHOD path` of each request, and `token`.
    var log: [String] { state.withLock { $0.log } }
    var tokenRequests: [HTTPRequest] { state.withLock { $0.tokenRequests } }

    /// What the next requests of this line come to, one after the other.
    func fail(_ line: String, _ faults: Fault...) {
        state.withLock { $0.faults[line, default: []] += faults }
    }

    func forgetTokens() { state.withLock { $0.valid = [] } }

    func controlPlane(_ time: any Timekeeper, scope: String? = nil) -> ControlPlane {
        ControlPlane(
            transport: self, url: Self.url + "/",
            credentials: ClientCredentials(
                tokenURL: Self.tokenURL, clientID: "bursar:1",
                secret: SecretValue("canary/of a client"), scope: scope),
            time: time)
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        // Others get their turn, so that calls at once are at once.
        await Task.yield()
        let isToken = request.url == Self.tokenURL
        let line =
            isToken
            ? "token"
            : "\(request.method.rawValue) \(request.url.replacing(Self.url, with: ""))"
        let fault = state.withLock { state -> Fault? in
            state.log.append(line)
            if isToken { state.tokenRequests.append(request) }
            guard var faults = state.faults[line], !faults.isEmpty else { return nil }
            let first = faults.removeFirst()
            state.faults[line] = faults
            return first
        }
        switch fault {
        case .status(let status, let body, let headers)?:
            return answer(status, body, headers: headers)
        case .error(let error)?: throw error
        case .lostAnswer?:
            _ = isToken ? token() : served(request, line)
            throw .interrupted("cut")
        case nil: return isToken ? token() : served(request, line)
        }
    }

    private func token() -> HTTPResponse {
        let name = state.withLock { state in
            let name = "token-\(state.tokenRequests.count)"
            state.valid.insert(name)
            return name
        }
        let life = options.tokenLife.map { ", \"expires_in\": \($0)" } ?? ""
        return answer(200, "{\"access_token\": \"\(name)\"\(life)}")
    }

    private func served(_ request: HTTPRequest, _ line: String) -> HTTPResponse {
        let bearer = request.headers.last { $0.name == "Authorization" }?.value
            .withExposed { $0.replacing("Bearer ", with: "") }
        guard let bearer, state.withLock({ $0.valid.contains(bearer) }) else {
            return answer(401, #"{"detail": "the token \#(bearer ?? "") is not taken"}"#)
        }
        let words = line.split(separator: " ")[1].split(separator: "/").map(String.init)
        guard words.count >= 4, words[0] == "v1", words[1] == "workspaces" else {
            return answer(404)
        }
        if words[3...] == ["llm", "virtual-key"] { return mint(words[2], request) }
        guard words[3] == "secrets" else { return answer(404) }
        return words.count == 4
            ? listed(words[2]) : secret(words[4], of: words[2], request)
    }

    private func listed(_ workspace: String) -> HTTPResponse {
        guard options.listsSecrets else { return answer(405) }
        let rows = state.withLock { $0.secrets[workspace] ?? [:] }.map { name, description in
            JSONValue.object(["name": .string(name), "description": .string(description)])
        }
        return answer(.object(["secrets": .array(rows)]))
    }

    private func secret(
        _ name: String, of workspace: String, _ request: HTTPRequest
    ) -> HTTPResponse {
        state.withLock { state in
            switch request.method {
            case .put:
                let body = request.body.flatMap { JSONValue(parsing: $0) }
                guard body?["value"]?.string?.isEmpty == false else { return answer(422) }
                let description = body?["description"]?.string ?? ""
                state.secrets[workspace, default: [:]][name] = description
                return answer(204)
            case .delete:
                return answer(
                    state.secrets[workspace]?.removeValue(forKey: name) == nil ? 404 : 204)
            default:
                guard let description = state.secrets[workspace]?[name] else { return answer(404) }
                return answer(
                    .object(["name": .string(name), "description": .string(description)]))
            }
        }
    }
}

func answer(
    _ status: Int, _ body: String = "", headers: [String: String] = [:]
) -> HTTPResponse {
    HTTPResponse(status: status, headers: headers, body: Array(body.utf8))
}

func answer(_ json: JSONValue) -> HTTPResponse {
    HTTPResponse(
        status: 200, headers: [:], body: Array((try? JSONEncoder().encode(json)) ?? Data()))
}

/// Moves only when it is told to; a wait takes no time and is written down.
final class HandTime: Timekeeper {
    private let state = Mutex(
        (now: Instant(milliseconds: 1_795_514_400_000), waits: [Int64]()))

    func now() -> Instant { state.withLock { $0.now } }
    var waits: [Int64] { state.withLock { $0.waits } }
    func advance(_ span: Span) { state.withLock { $0.now = $0.now + span } }
    func sleep(milliseconds: Int64) async throws(CancellationError) {
        state.withLock { $0.waits.append(milliseconds) }
        if Task.isCancelled { throw CancellationError() }
    }
    func random() -> UInt64 { 0 }
}
