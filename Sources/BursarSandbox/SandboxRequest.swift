package import BursarCore

/// One request as the stand-in sees it, whichever way it came.
package struct SandboxRequest: Sendable {
    package let method: String
    /// Percent-decoded, without query.
    package let path: String
    /// Percent-decoded; of a repeated name the last.
    package let query: [String: String]
    package let bearer: SecretValue?
    package let body: [UInt8]

    package init(
        method: String, path: String, query: [String: String] = [:], bearer: SecretValue?,
        body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.bearer = bearer
        self.body = body
    }

    /// - Parameter target: path and query as they stand in a request line.
    package init(method: String, target: String, bearer: SecretValue?, body: [UInt8]) {
        let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var query: [String: String] = [:]
        if halves.count == 2 {
            for pair in halves[1].split(separator: "&") {
                let parts = pair.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let value = parts.count == 2 ? parts[1].replacing("+", with: " ") : ""
                query[PercentText.decoded(parts[0])] = PercentText.decoded(value)
            }
        }
        self.init(
            method: method, path: PercentText.decoded(halves[0]), query: query, bearer: bearer,
            body: body)
    }
}

/// What the stand-in answers.
package struct SandboxResponse: Sendable {
    package let status: Int
    /// Names in lower case.
    package var headers: [String: String]
    private let content: Content

    private enum Content {
        case bytes([UInt8])
        case json(@Sendable () -> JSONValue)
    }

    package init(
        status: Int, headers: [String: String] = ["content-type": "application/json"],
        body: [UInt8]
    ) {
        self.status = status
        self.headers = headers
        content = .bytes(body)
    }

    /// - Parameter value: made when the body is asked for.
    init(status: Int = 200, later value: @escaping @Sendable () -> JSONValue) {
        self.status = status
        headers = ["content-type": "application/json"]
        content = .json(value)
    }

    static func json(_ value: JSONValue, status: Int = 200) -> SandboxResponse {
        SandboxResponse(status: status) { value }
    }

    /// Written anew at each call, and so outside the lock that the model stands under: most of the
    /// time of a page of keys goes here, and two requests at once use two cores.
    package var body: [UInt8] {
        switch content {
        case .bytes(let bytes): bytes
        case .json(let value): value().bytes
        }
    }
}

enum PercentText {
    /// A stray `%` stays as it is.
    static func decoded(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let value = UInt8(
                    String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
            {
                out.append(value)
                index += 3
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
