internal import BursarCore
internal import BursarEngine

/// What an unsuccessful answer means: problem bodies (RFC 9457), and what Keycloak and others write.
struct ControlPlaneFailure {
    private let response: HTTPResponse
    private let call: String
    private let scrubber: Scrubber

    /// - Parameter call: what was asked, for messages.
    init(_ response: HTTPResponse, to call: String, scrubber: Scrubber) {
        self.response = response
        self.call = call
        self.scrubber = scrubber
    }

    var error: ControlPlaneError {
        switch response.status {
        case 300..<400: .malformed("\(call) is redirected (status \(response.status))")
        case 401: .unauthorized(text)
        case 403: .forbidden(text)
        case 404: .missing(text)
        case 409: .conflict(text)
        case 429: .rateLimited(retryAfter: retryAfter, .controlPlane)
        case 500, 502, 503, 504:
            .overloaded(
                status: response.status, message: text, retryAfter: retryAfter, .controlPlane)
        default: .rejected(status: response.status, message: text)
        }
    }

    /// Of the endpoint that gives tokens.
    var ofProvider: ControlPlaneError {
        switch response.status {
        case 400, 401, 403: .clientRefused(text)
        case 429: .rateLimited(retryAfter: retryAfter, .provider)
        case 500...:
            .overloaded(status: response.status, message: text, retryAfter: retryAfter, .provider)
        default:
            .malformed(
                "the token URL answers with status \(response.status): check KEYCLOAK_TOKEN_URL, or"
                    + " spec.controlPlane.keycloak.tokenURL")
        }
    }

    private var text: String {
        let json = JSONValue(parsing: response.body)
        let told =
            ["detail", "error_description", "message", "title", "error"]
            .compactMap { json?[$0]?.string }.first { !$0.isEmpty } ?? ""
        let clean = scrubber.scrub(told)
        guard !clean.isEmpty else { return "\(call) without a reason (status \(response.status))" }
        // The sentences around it bring their own full stop.
        return clean.hasSuffix(".") ? String(clean.dropLast()) : clean
    }

    /// Whole seconds, at most a day; a date is taken as none given.
    private var retryAfter: Span? {
        guard let text = response.headers["retry-after"], let seconds = Int64(text),
            (0...86_400).contains(seconds)
        else { return nil }
        return Span(seconds: seconds)
    }
}
