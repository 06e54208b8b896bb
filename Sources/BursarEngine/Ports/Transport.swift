package import BursarCore

/// Sends one HTTP request and gives the answer, whatever its status. Follows no redirect.
///
/// Conformers: libcurl (`BursarHTTP`), and the sandbox's model in process, so that tests run the
/// real adapters.
package protocol Transport: Sendable {
    /// - Throws: `TransportError` where there is no whole answer; `.cancelled` when the task was.
    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse
}

package struct HTTPRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET", post = "POST", patch = "PATCH", put = "PUT", delete = "DELETE"
    }

    package var method: Method
    /// Absolute, `http` or `https`, already percent-encoded.
    package var url: String
    package var headers: [Header]
    /// Sent as `application/json`; may hold secrets, so it stands in no error.
    package var body: [UInt8]?
    /// For the whole exchange, connecting included; `nil` takes the transport's own.
    package var timeoutMilliseconds: Int?

    package init(
        _ method: Method, _ url: String, headers: [Header] = [], body: [UInt8]? = nil,
        timeoutMilliseconds: Int? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    package struct Header: Sendable {
        package let name: String
        package let value: SecretValue

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = SecretValue(value)
        }

        package static func bearer(_ token: SecretValue) -> Header {
            token.withExposed { Header("Authorization", "Bearer " + $0) }
        }
    }
}

package struct HTTPResponse: Sendable {
    package let status: Int
    /// Names in lower case; of a repeated header the last.
    package let headers: [String: String]
    package let body: [UInt8]

    package init(status: Int, headers: [String: String], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// No whole answer came. Says nothing about whether the server acted.
package enum TransportError: Error, Hashable, Sendable {
    /// Refused, no route, name unknown: the request did not arrive.
    case cannotConnect(String)
    /// The certificate is signed by no authority we trust: another one has to be named.
    case untrusted(String)
    /// The file of authorities we were given cannot be used.
    case authorities(String)
    /// Another fault of the certificate (expired, another host's) or of the handshake.
    case tls(String)
    case timedOut(milliseconds: Int)
    /// The connection broke, or the body was shorter than promised.
    case interrupted(String)
    case bodyTooLarge(limit: Int)
    /// The URL cannot be used, or another fault of the request itself.
    case invalidRequest(String)
    case cancelled

    package var disposition: Disposition {
        switch self {
        case .cannotConnect, .timedOut, .interrupted: .retry(after: nil)
        case .untrusted, .authorities, .tls, .bodyTooLarge, .invalidRequest, .cancelled: .stall
        }
    }
}
