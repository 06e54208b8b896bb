package import BursarCore

/// Why the issuer did not do what it was asked. No text in it holds a secret.
package enum IssuerError: Error, Hashable, Sendable {
    case unreachable(TransportError)
    /// Our own credential was refused, or may not do this.
    case unauthorized(String)
    /// Something else answers at that address.
    case notLiteLLM(String)
    case noDatabase(String)
    case tooOld(found: String, oldest: String)
    /// The feature needs a LiteLLM licence.
    case licence(String)
    case rejected(status: Int, message: String)
    case rateLimited(retryAfter: Span?)
    case overloaded(status: Int, retryAfter: Span?)
    /// The answer cannot be read.
    case malformed(String)
    /// The name is taken by something that is not ours.
    case conflict(String)
    /// What was to be changed is not there.
    case missing(String)
    /// The key that was verified is not accepted.
    case refused(String)
    /// It is asked through a Control Plane, and that did not do it.
    case controlPlane(ControlPlaneError)
    case cancelled

    package var disposition: Disposition {
        switch self {
        case .unreachable(let error): error.disposition
        case .rateLimited(let after), .overloaded(_, let after): .retry(after: after)
        case .noDatabase: .retry(after: nil)
        case .controlPlane(let error): error.disposition
        case .unauthorized, .notLiteLLM, .tooOld, .licence, .rejected, .malformed, .conflict,
            .missing, .refused, .cancelled:
            .stall
        }
    }

    /// One of a fixed set of words, for metrics.
    package var label: String {
        switch self {
        case .unreachable: "unreachable"
        case .unauthorized: "unauthorized"
        case .notLiteLLM: "not-litellm"
        case .noDatabase: "no-database"
        case .tooOld: "too-old"
        case .licence: "licence"
        case .rejected: "rejected"
        case .rateLimited: "rate-limited"
        case .overloaded: "overloaded"
        case .malformed: "malformed"
        case .conflict: "conflict"
        case .missing: "missing"
        case .refused: "refused"
        case .controlPlane: "control-plane"
        case .cancelled: "cancelled"
        }
    }
}

extension IssuerError: CustomStringConvertible {
    /// What happened and what to do, in sentences.
    package var description: String {
        switch self {
        case .unreachable(let error): Self.describe(error)
        case .unauthorized(let text):
            "LiteLLM refused the key: \(text). Check LITELLM_MASTER_KEY (what only reads takes"
                + " LITELLM_PLAN_KEY, where that is set), and that it belongs to this proxy."
        case .notLiteLLM(let text):
            "What answers there is not LiteLLM: \(text). Check the URL, and whether a gateway or a"
                + " login page stands before the proxy."
        case .noDatabase(let text):
            "LiteLLM has no database: \(text). Teams and keys need one; set DATABASE_URL on the"
                + " proxy, or wait until its database is back."
        case .tooOld(let found, let oldest):
            "LiteLLM \(found) is too old. Upgrade it to \(oldest) or later."
        case .licence(let text):
            "This needs a LiteLLM licence: \(text). Remove the setting, or set LITELLM_LICENSE on"
                + " the proxy."
        case .rejected(let status, let message):
            "LiteLLM rejected the request with status \(status): \(message)."
        case .rateLimited:
            "LiteLLM limits the rate of requests and still does after several tries. Try again"
                + " later, or lower --concurrency."
        case .overloaded(let status, _):
            "LiteLLM answered with status \(status) and still does after several tries. Look at its"
                + " log and try again."
        case .malformed(let text):
            "LiteLLM's answer cannot be read: \(text). This version of it may be unknown to bursar;"
                + " `bursar doctor` tells."
        case .conflict(let text): "\(text)."
        case .missing(let text): "\(text). Run again: the next plan starts from what is there."
        case .refused(let text):
            "LiteLLM does not accept the new key: \(text). It was not published; the old key goes"
                + " on working."
        case .controlPlane(let error): error.description
        case .cancelled: "It was cancelled."
        }
    }

    private static func describe(_ error: TransportError) -> String {
        switch error {
        case .cannotConnect(let text):
            "LiteLLM cannot be reached: \(text). Check the URL and that the proxy runs."
        case .untrusted(let text):
            "LiteLLM's certificate is signed by no authority that is trusted here: \(text). Name the"
                + " authority's PEM file with --ca-file or SSL_CERT_FILE, or with"
                + " spec.litellm.caFile beside spec.litellm.url."
        case .authorities(let text):
            "The file of certificate authorities cannot be used: \(text). Check --ca-file,"
                + " SSL_CERT_FILE or spec.litellm.caFile: it must be a PEM file that can be read."
        case .tls(let text):
            "The connection to LiteLLM cannot be secured: \(text). Check the proxy's certificate,"
                + " and whether its URL begins with http:// or https://."
        case .timedOut(let milliseconds):
            "LiteLLM gave no answer within \(milliseconds) ms. Look at its load, and try again."
        case .interrupted(let text):
            "The connection to LiteLLM broke: \(text). Try again."
        case .bodyTooLarge(let limit):
            "LiteLLM's answer is larger than \(limit) bytes, so it was not read. Check the URL."
        case .invalidRequest(let text): "The request cannot be sent: \(text). Check the URL."
        case .cancelled: "It was cancelled."
        }
    }
}
