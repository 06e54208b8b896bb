internal import BursarCore
package import BursarEngine

/// A Groundfloor Control Plane, asked with a token of its realm.
package struct ControlPlane: Sendable {
    let time: any Timekeeper
    let transport: any Transport
    let url: String
    private let clientSecret: SecretValue
    let tokens: AccessToken
    private let attempts: Attempts

    static let timeoutMilliseconds = 30_000

    /// - Parameter url: with or without a path and a slash at its end.
    package init(
        transport: any Transport, url: String, credentials: ClientCredentials,
        time: any Timekeeper
    ) {
        var base = url[...]
        while base.hasSuffix("/") { base = base.dropLast() }
        self.url = String(base)
        self.transport = transport
        self.time = time
        clientSecret = credentials.secret
        tokens = AccessToken(credentials, transport: transport, time: time)
        attempts = Attempts(time: time)
    }

    /// - Parameter mayRepeat: whether a call that failed so may be made again; the calls that come
    ///   without may be made any number of times.
    func send(
        _ call: ControlPlaneCall, repeating mayRepeat: (ControlPlaneError) -> Bool = { _ in true }
    ) async throws(ControlPlaneError) -> JSONValue {
        // Those of the provider were made again where they were asked.
        try await attempts.make(repeating: { !$0.isOfProvider && mayRepeat($0) }) {
            () throws(ControlPlaneError) in
            let token = try await tokens.current()
            do throws(ControlPlaneError) { return try await sendOnce(call, token) } catch {
                // It may have been taken back before its end, or the realm has new keys.
                guard case .unauthorized = error else { throw error }
                await tokens.drop(token)
                return try await sendOnce(call, try await tokens.current())
            }
        }
    }

    private func sendOnce(
        _ call: ControlPlaneCall, _ token: AccessToken.Token
    ) async throws(ControlPlaneError) -> JSONValue {
        let response: HTTPResponse
        do throws(TransportError) {
            response = try await transport.send(request(call, token))
        } catch {
            throw error == .cancelled ? .cancelled : .unreachable(error, .controlPlane)
        }
        guard (200..<300).contains(response.status) else {
            let ofCall = [call.secret?.value, call.idempotencyKey].compactMap(\.self)
            let secrets = [token.value, clientSecret] + ofCall
            throw ControlPlaneFailure(response, to: call.name, scrubber: Scrubber(secrets)).error
        }
        if response.body.isEmpty, call.method != .get { return .null }
        // Where in the answer is wrong would tell of its secrets.
        guard let json = JSONValue(parsing: response.body) else {
            throw .malformed("\(call.name) is no JSON; is that the URL of a Control Plane?")
        }
        return json
    }

    private func request(_ call: ControlPlaneCall, _ token: AccessToken.Token) -> HTTPRequest {
        var headers = [.init("Accept", "application/json"), .bearer(token.value)] + call.headers
        if let key = call.idempotencyKey {
            headers.append(key.withExposed { HTTPRequest.Header("Idempotency-Key", $0) })
        }
        guard var members = call.body else {
            return HTTPRequest(
                call.method, url + call.path, headers: headers,
                timeoutMilliseconds: Self.timeoutMilliseconds)
        }
        if let secret = call.secret {
            members[secret.name] = secret.value.withExposed { .string($0) }
        }
        return HTTPRequest(
            call.method, url + call.path, headers: headers, body: JSONValue.object(members).bytes,
            timeoutMilliseconds: Self.timeoutMilliseconds)
    }
}

extension ControlPlaneError {
    fileprivate var isOfProvider: Bool {
        switch self {
        case .unreachable(_, .provider), .rateLimited(_, .provider),
            .overloaded(_, _, _, .provider):
            true
        default: false
        }
    }
}
