package import BursarCore

/// Why a Control Plane did not do what it was asked. No text in it holds a secret.
package enum ControlPlaneError: Error, Hashable, Sendable {
    /// Who was asked.
    package enum Party: String, Hashable, Sendable {
        case controlPlane = "the Control Plane"
        /// The one that gives tokens.
        case provider = "the OpenID provider"
    }

    case unreachable(TransportError, Party)
    /// The provider gives this client no token.
    case clientRefused(String)
    /// The Control Plane takes no token of ours, a fresh one neither.
    case unauthorized(String)
    /// A permission is missing.
    case forbidden(String)
    case missing(String)
    case conflict(String)
    case rejected(status: Int, message: String)
    case rateLimited(retryAfter: Span?, Party)
    case overloaded(status: Int, message: String, retryAfter: Span?, Party)
    /// The answer cannot be read.
    case malformed(String)
    case cancelled

    package var disposition: Disposition {
        switch self {
        case .unreachable(let error, _): error.disposition
        case .rateLimited(let after, _), .overloaded(_, _, let after, _): .retry(after: after)
        case .clientRefused, .unauthorized, .forbidden, .missing, .conflict, .rejected,
            .malformed, .cancelled:
            .stall
        }
    }

    /// One of a fixed set of words, for metrics.
    package var label: String {
        switch self {
        case .unreachable: "unreachable"
        case .clientRefused: "client-refused"
        case .unauthorized: "unauthorized"
        case .forbidden: "forbidden"
        case .missing: "missing"
        case .conflict: "conflict"
        case .rejected: "rejected"
        case .rateLimited: "rate-limited"
        case .overloaded: "overloaded"
        case .malformed: "malformed"
        case .cancelled: "cancelled"
        }
    }
}

extension ControlPlaneError: CustomStringConvertible {
    /// What happened and what to do, in sentences.
    package var description: String {
        switch self {
        case .unreachable(let error, let party): Self.describe(error, party)
        case .clientRefused(let text):
            "The OpenID provider gives no token: \(text). Check KEYCLOAK_CLIENT_ID and"
                + " KEYCLOAK_CLIENT_SECRET, or spec.controlPlane.keycloak, and that the client may use"
                + " client credentials."
        case .unauthorized(let text):
            "The Control Plane takes no token of this provider: \(text). Check that it trusts the"
                + " realm of the token URL, and the clocks of both."
        case .forbidden(let text):
            "The Control Plane forbids it: \(text). Give the client the permissions `read` and"
                + " `administer` in the workspace."
        case .missing(let text): "The Control Plane has no such thing: \(text)."
        case .conflict(let text): "The Control Plane cannot do it as it is: \(text)."
        case .rejected(let status, let message):
            "The Control Plane rejected the request with status \(status): \(message)."
        case .rateLimited(_, let party):
            "\(party.capitalized) limits the rate of requests and still does after several tries. Try"
                + " again later, or with fewer workspaces at once."
        case .overloaded(let status, let message, _, let party):
            "\(party.capitalized) answered \(status) and still did after several tries: \(message)."
                + " Look at its log."
        case .malformed(let text): "An answer cannot be read: \(text)."
        case .cancelled: "It was cancelled."
        }
    }

    private static func describe(_ error: TransportError, _ party: Party) -> String {
        let name =
            switch party {
            case .controlPlane: "CONTROL_PLANE_URL or spec.controlPlane.url"
            case .provider: "KEYCLOAK_TOKEN_URL or spec.controlPlane.keycloak.tokenURL"
            }
        let who = party.capitalized
        return switch error {
        case .cannotConnect(let text): "\(who) cannot be reached: \(text). Check \(name)."
        case .untrusted(let text):
            "\(who)'s certificate is signed by no authority that is trusted here: \(text). Name the"
                + " authority's PEM file with --ca-file or SSL_CERT_FILE."
        case .authorities(let text):
            "The file of certificate authorities cannot be used: \(text). Check --ca-file and"
                + " SSL_CERT_FILE: it must be a PEM file that can be read."
        case .tls(let text):
            "The connection to \(party.rawValue) cannot be secured: \(text). Check its certificate,"
                + " and whether \(name) begins with http:// or https://."
        case .timedOut(let milliseconds):
            "\(who) gave no answer within \(milliseconds) ms. Look at its load, and try again."
        case .interrupted(let text):
            "The connection to \(party.rawValue) broke: \(text). Try again."
        case .bodyTooLarge(let limit):
            "\(who)'s answer is larger than \(limit) bytes, so it was not read. Check \(name)."
        case .invalidRequest(let text): "The request cannot be sent: \(text). Check \(name)."
        case .cancelled: "It was cancelled."
        }
    }
}

extension ControlPlaneError.Party {
    /// As a sentence begins.
    fileprivate var capitalized: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
}
