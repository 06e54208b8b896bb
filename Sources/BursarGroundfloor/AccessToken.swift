package import BursarCore
internal import BursarEngine
internal import FoundationEssentials

/// With what bursar asks the realm for tokens.
package struct ClientCredentials: Sendable {
    package let tokenURL: String
    package let clientID: String
    package let secret: SecretValue
    /// Asked for with each token; `nil`: the client's own.
    package let scope: String?

    package init(tokenURL: String, clientID: String, secret: SecretValue, scope: String? = nil) {
        self.tokenURL = tokenURL
        self.clientID = clientID
        self.secret = secret
        self.scope = scope
    }
}

/// The token by client credentials (RFC 6749, 4.4): one for all calls, asked for again before it ends.
actor AccessToken {
    struct Token: Sendable {
        let value: SecretValue
        /// Which of those that were asked for, from 1.
        let number: Int
        let renewAt: Instant
        let endsAt: Instant
    }

    /// Before its end a token is asked for again, or a fifth of its life before where that is less.
    private static let ahead: Int64 = 30
    /// Of a token of which the provider does not say how long it lives.
    private static let unstatedLife: Int64 = 60
    private static let timeoutMilliseconds = 15_000

    private let credentials: ClientCredentials
    private let transport: any Transport
    private let attempts: Attempts
    private let time: any Timekeeper
    private var token: Token?
    private var count = 0
    private var isAsking = false
    private var waiting: [CheckedContinuation<Result<Token, ControlPlaneError>, Never>] = []

    init(_ credentials: ClientCredentials, transport: any Transport, time: any Timekeeper) {
        self.credentials = credentials
        self.transport = transport
        self.time = time
        attempts = Attempts(time: time)
    }

    /// One question to the provider, however many calls wait for it.
    func current() async throws(ControlPlaneError) -> Token {
        while true {
            if let token, time.now() < token.renewAt { return token }
            if isAsking {
                let result = await withCheckedContinuation { waiting.append($0) }
                // Whoever asked was cancelled, which is not everybody's affair.
                if case .failure(.cancelled) = result, !Task.isCancelled { continue }
                return try result.get()
            }
            isAsking = true
            let result = await renewed()
            isAsking = false
            for waiter in waiting { waiter.resume(returning: result) }
            waiting = []
            return try result.get()
        }
    }

    /// It was refused, so it is not used again.
    func drop(_ refused: Token) {
        if token?.number == refused.number { token = nil }
    }

    /// The old one as long as it lives, where the provider gives no new one.
    private func renewed() async -> Result<Token, ControlPlaneError> {
        do throws(ControlPlaneError) {
            let next = try await ask()
            token = next
            return .success(next)
        } catch {
            if let token, time.now() < token.endsAt, error != .cancelled { return .success(token) }
            return .failure(error)
        }
    }

    private func ask() async throws(ControlPlaneError) -> Token {
        let request = request
        let asked = time.now()
        let answer = try await attempts.make { () throws(ControlPlaneError) in
            let response: HTTPResponse
            do throws(TransportError) { response = try await transport.send(request) } catch {
                throw error == .cancelled ? .cancelled : .unreachable(error, .provider)
            }
            return try self.read(response)
        }
        count += 1
        let life = max(0, answer.life ?? Self.unstatedLife)
        return Token(
            value: answer.value, number: count,
            renewAt: asked + Span(seconds: life - min(Self.ahead, life / 5)),
            endsAt: asked + Span(seconds: life))
    }

    private var request: HTTPRequest {
        let name = Self.formEncoded(credentials.clientID)
        let basic = credentials.secret.withExposed {
            Data("\(name):\(Self.formEncoded($0))".utf8).base64EncodedString()
        }
        let scope = credentials.scope.map { "&scope=\(Self.formEncoded($0))" } ?? ""
        return HTTPRequest(
            .post, credentials.tokenURL,
            headers: [
                .init("Authorization", "Basic \(basic)"), .init("Accept", "application/json"),
                .init("Content-Type", "application/x-www-form-urlencoded"),
            ], body: Array("grant_type=client_credentials\(scope)".utf8),
            timeoutMilliseconds: Self.timeoutMilliseconds)
    }

    private nonisolated func read(
        _ response: HTTPResponse
    ) throws(ControlPlaneError) -> (value: SecretValue, life: Int64?) {
        guard response.status == 200 else {
            throw ControlPlaneFailure(
                response, to: "the token", scrubber: Scrubber([credentials.secret])
            ).ofProvider
        }
        guard let json = JSONValue(parsing: response.body),
            let text = json["access_token"]?.string, !text.isEmpty,
            // It goes into a header.
            text.utf8.allSatisfy({ (33...126).contains($0) })
        else { throw .malformed("the OpenID provider's answer has no access_token") }
        return (SecretValue(text), json["expires_in"]?.int.map { Int64(clamping: $0) })
    }

    /// As RFC 6749 asks of what goes into Basic authentication, too.
    private static func formEncoded(_ text: String) -> String {
        var out: [UInt8] = []
        let hex = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95: out.append(byte)
            default: out += [37, hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
