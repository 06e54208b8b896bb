internal import BursarCore
internal import BursarEngine

/// The provider's keys, read when they are needed and kept for a while.
actor SigningKeys {
    /// After which they are read again.
    static let lifetime = Span(seconds: 600)
    /// For which they are used at most, where the provider does not answer.
    static let longest = Span.hours(1)
    /// Between two readings: tokens with drawn key ids must not become requests to the provider.
    static let pause = Span(seconds: 5)
    private static let timeoutMilliseconds = 5_000

    private let url: String
    private let transport: any Transport
    private let time: any Timekeeper
    private var keys: [String: SigningKey] = [:]
    private var readAt: Instant?
    private var triedAt: Instant?
    private var fault = "not read yet"
    private var isReading = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(url: String, transport: any Transport, time: any Timekeeper) {
        self.url = url
        self.transport = transport
        self.time = time
    }

    /// Reads the keys again for an id that it does not know, once.
    ///
    /// - Throws: `.unknownKey` where the provider has no such key, `.provider` where it does not tell.
    func key(_ id: String) async throws(TokenFault) -> SigningKey {
        if !isWithin(Self.lifetime) { await refresh() }
        if isWithin(Self.longest), let key = keys[id] { return key }
        await refresh()
        guard isWithin(Self.longest) else { throw .provider(fault) }
        guard let key = keys[id] else { throw .unknownKey }
        return key
    }

    private func isWithin(_ span: Span) -> Bool {
        readAt.map { time.now() < $0 + span } ?? false
    }

    /// One reading at a time, whoever asks; none within the pause after the last one.
    private func refresh() async {
        if isReading {
            await withCheckedContinuation { waiting.append($0) }
            return
        }
        if let triedAt, time.now() < triedAt + Self.pause { return }
        isReading = true
        let result = await read()
        triedAt = time.now()
        switch result {
        case .success(let found):
            keys = found
            readAt = triedAt
        case .failure(let unread): fault = unread.text
        }
        isReading = false
        for waiter in waiting { waiter.resume() }
        waiting = []
    }

    private struct Unread: Error {
        let text: String
    }

    private func read() async -> Result<[String: SigningKey], Unread> {
        let request = HTTPRequest(
            .get, url, headers: [.init("Accept", "application/json")],
            timeoutMilliseconds: Self.timeoutMilliseconds)
        let response: HTTPResponse
        do throws(TransportError) { response = try await transport.send(request) } catch {
            return .failure(Unread(text: "\(url) gives no answer (\(error.word))"))
        }
        guard response.status == 200 else {
            return .failure(Unread(text: "\(url) answers \(response.status)"))
        }
        guard let rows = JSONValue(parsing: response.body)?["keys"]?.array else {
            return .failure(Unread(text: "\(url) answers with no key set"))
        }
        var found: [String: SigningKey] = [:]
        var twice: Set<String> = []
        for row in rows {
            guard let key = await SigningKey(jwk: row) else { continue }
            if found.updateValue(key, forKey: key.id) != nil { twice.insert(key.id) }
        }
        // Which of the two is meant nobody can tell.
        for id in twice { found[id] = nil }
        return .success(found)
    }
}

extension TransportError {
    fileprivate var word: String {
        switch self {
        case .cannotConnect: "cannot connect"
        case .untrusted, .authorities, .tls: "TLS"
        case .timedOut: "timed out"
        case .interrupted: "broken off"
        case .bodyTooLarge: "too large"
        case .invalidRequest: "not a URL"
        case .cancelled: "cancelled"
        }
    }
}
