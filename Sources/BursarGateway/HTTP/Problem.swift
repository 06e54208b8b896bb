internal import BursarCore
internal import BursarEngine

/// Why a request was not done, as RFC 9457 tells it. No text in it holds a secret.
struct Problem: Error, Sendable {
    let status: Int
    /// One of a fixed set of words.
    let code: String
    let title: String
    let detail: String
    var headers: [String: String] = [:]
    /// For the operator's log, where it says more than the caller is told.
    var logged: String?

    func response(id: String) -> GatewayResponse {
        let members: [(String, JSONText)] = [
            ("type", .string("urn:bursar:problem:\(code)")), ("title", .string(title)),
            ("status", .number(status)), ("detail", .string(detail)),
            ("instance", .string("urn:bursar:request:\(id)")),
        ]
        var all = headers
        all["content-type"] = "application/problem+json"
        all["cache-control"] = "no-store"
        return GatewayResponse(status: status, headers: all, body: JSONText.object(members).bytes)
    }
}

extension Problem {
    static func notFound(_ detail: String) -> Problem {
        Problem(status: 404, code: "not-found", title: "There is no such thing", detail: detail)
    }

    /// - Parameter challenge: what RFC 6750 calls the error; `nil` where there was no token.
    static func unauthorized(
        _ detail: String, challenge: String? = "invalid_token"
    ) -> Problem {
        let error = challenge.map { ", error=\"\($0)\", error_description=\"\(detail)\"" } ?? ""
        return Problem(
            status: 401, code: "unauthorized", title: "The token is not taken", detail: detail,
            headers: ["www-authenticate": "Bearer realm=\"bursar\"\(error)"])
    }

    static func forbidden(_ permission: Permission, in place: String) -> Problem {
        Problem(
            status: 403, code: "forbidden", title: "A permission is missing",
            detail: "this needs the permission `\(permission.rawValue)` in \(place)")
    }

    static func providerUnavailable(_ detail: String) -> Problem {
        Problem(
            status: 503, code: "provider-unavailable",
            title: "The OpenID provider's keys cannot be read", detail: detail,
            headers: ["retry-after": "5"])
    }

    static func methodNotAllowed(_ allowed: [String]) -> Problem {
        let list = allowed.joined(separator: ", ")
        return Problem(
            status: 405, code: "method-not-allowed", title: "The method is not allowed here",
            detail: "allowed here: \(list)", headers: ["allow": list])
    }

    static let requestTimeout = Problem(
        status: 408, code: "request-timeout", title: "The request came too slowly",
        detail: "the body must be here within \(Gateway.bodyMilliseconds / 1000) seconds",
        headers: ["connection": "close"])

    static func bodyTooLarge(limit: Int) -> Problem {
        Problem(
            status: 413, code: "body-too-large", title: "The body is too large",
            detail: "at most \(limit) bytes", headers: ["connection": "close"])
    }

    static func invalidBody(_ detail: String) -> Problem {
        Problem(status: 422, code: "invalid-body", title: "The body is wrong", detail: detail)
    }

    static func conflict(_ detail: String) -> Problem {
        Problem(status: 409, code: "conflict", title: "It cannot be done as it is", detail: detail)
    }

    static func upstream(_ error: IssuerError) -> Problem {
        let detail =
            switch error {
            case .unreachable, .overloaded, .rateLimited, .noDatabase, .cancelled:
                "it cannot be reached, or is overloaded; try again"
            case .malformed, .notLiteLLM: "its answer cannot be read"
            case .unauthorized, .tooOld, .licence, .rejected, .conflict, .missing, .refused,
                .controlPlane:
                "it refused; the gateway's log says why"
            }
        return Problem(
            status: 502, code: "litellm-\(error.label)", title: "LiteLLM did not do it",
            detail: detail, logged: error.description)
    }

    static let busy = Problem(
        status: 503, code: "busy", title: "Too much at once",
        detail: "too many deliveries wait already; send it again",
        headers: ["retry-after": "1", "connection": "close"])

    static func invalidQuery(_ detail: String) -> Problem {
        Problem(status: 422, code: "invalid-query", title: "The query is wrong", detail: detail)
    }

    static func invalidName(_ detail: String) -> Problem {
        Problem(status: 422, code: "invalid-name", title: "The name is wrong", detail: detail)
    }

    static func unavailable(_ fault: StoreFault) -> Problem {
        Problem(
            status: 503, code: "store-unavailable", title: "The gateway's own store failed",
            detail: fault.description, headers: ["retry-after": "5"])
    }
}
