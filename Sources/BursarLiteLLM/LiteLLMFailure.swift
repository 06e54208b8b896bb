internal import BursarCore
internal import BursarEngine
internal import FoundationEssentials

/// What an unsuccessful answer means: LiteLLM says it by status and text together, since a licence
/// refusal may come as 403, 400 or 500, and `type` as anything (1.106.2).
struct LiteLLMFailure {
    private let status: Int
    private let body: [UInt8]
    private let callName: String
    private let isRead: Bool
    private let retryAfter: Span?
    private let wire: WireFailure
    private let scrubber: Scrubber

    init(_ response: HTTPResponse, to call: LiteLLMCall, scrubber: Scrubber) {
        status = response.status
        body = response.body
        callName = call.name
        isRead = call.method == .get
        retryAfter = response.headers["retry-after"].flatMap(Self.seconds)
        wire = WireFailure(response.body)
        self.scrubber = scrubber
    }

    var error: IssuerError {
        switch status {
        case 429: return .rateLimited(retryAfter: retryAfter)
        case 300..<400: return .notLiteLLM("\(callName) is redirected (status \(status))")
        default: break
        }
        let lower = wire.text.lowercased()
        if Self.noDatabase.contains(where: lower.contains) { return .noDatabase(text) }
        if status >= 500, status != 500, status != 501 {
            return .overloaded(status: status, retryAfter: retryAfter)
        }
        if Self.isHTML(body) {
            return .notLiteLLM("\(callName) answers with a web page (status \(status))")
        }
        if Self.licence.contains(where: lower.contains) { return .licence(text) }
        return byStatus(lower)
    }

    private func byStatus(_ lower: String) -> IssuerError {
        switch status {
        case 401: .unauthorized(text)
        case 403 where wire.isBareDetail || Self.forbidden.contains(where: lower.contains):
            .unauthorized(text)
        case 404 where wire.isBareDetail && lower == "not found", 405:
            .notLiteLLM("there is no \(callName), or LiteLLM is too old for it")
        // LiteLLM says what is missing.
        case 404 where wire.text.isEmpty: .notLiteLLM("there is no \(callName)")
        case 404: .missing(text)
        case 409: .conflict(text)
        case 500 where isRead: .overloaded(status: status, retryAfter: retryAfter)
        default: .rejected(status: status, message: text)
        }
    }

    private var text: String {
        let clean = scrubber.scrub(wire.text)
        guard !clean.isEmpty else { return "\(callName) without a reason (status \(status))" }
        // The sentences around it bring their own full stop.
        return clean.hasSuffix(".") ? String(clean.dropLast()) : clean
    }

    static func isHTML(_ body: [UInt8]) -> Bool {
        body.first { $0 != 32 && $0 != 10 && $0 != 13 && $0 != 9 } == UInt8(ascii: "<")
    }

    private static let noDatabase = [
        "no connected db", "no_db_connection", "db not connected", "can't reach database",
        "no db connected",
    ]
    private static let licence = [
        "enterprise feature", "litellm enterprise user", "litellm_license", "premium user",
        "premium feature",
    ]
    private static let forbidden = [
        "not authorized", "only proxy admin", "your role=", "not allowed to access",
        "not allowed to call", "proxy_admin",
    ]

    /// Whole seconds, rounded up; a date is taken as none given.
    private static func seconds(_ text: String) -> Span? {
        let halves = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = halves.first.flatMap({ Int64($0) }), (0...86_400).contains(whole) else {
            return nil
        }
        return Span(seconds: whole + (halves.count > 1 ? 1 : 0))
    }
}

/// The four shapes of an error body, as one text.
struct WireFailure {
    /// Not yet scrubbed; empty where there is none.
    let text: String
    /// `{"detail": "…"}`: not LiteLLM's own handler but FastAPI's, or a route check.
    let isBareDetail: Bool

    init(_ body: [UInt8]) {
        guard let json = JSONValue(parsing: body) else {
            text =
                LiteLLMFailure.isHTML(body)
                ? "" : String(decoding: body.prefix(2000), as: UTF8.self)
            isBareDetail = false
            return
        }
        isBareDetail = json["detail"]?.string != nil
        let type = json["error"]?["type"]?.string ?? ""
        let told = Self.message(json)
        text = type == "no_db_connection" ? "\(told) (\(type))" : told
    }

    private static func message(_ json: JSONValue) -> String {
        if let error = json["error"] {
            return unwrapped(error["message"]?.string ?? error.string ?? "")
        }
        guard let detail = json["detail"] else { return "" }
        if let text = detail.string { return text }
        if let text = detail["error"]?.string ?? detail["message"]?.string { return text }
        let entries = (detail.array ?? []).map { entry in
            let place = (entry["loc"]?.array ?? []).compactMap {
                $0.string ?? $0.int.map(String.init)
            }
            return "\(place.joined(separator: ".")): \(entry["msg"]?.string ?? "")"
        }
        return entries.joined(separator: "; ")
    }

    /// LiteLLM puts Python's spelling of a dictionary into its messages: `{'error': '…'}`.
    private static func unwrapped(_ text: String) -> String {
        for name in ["error", "message"] {
            for quote in ["'", "\""] {
                let start = "{'\(name)': \(quote)"
                if text.hasPrefix(start), text.hasSuffix("\(quote)}") {
                    return String(text.dropFirst(start.count).dropLast(2))
                }
            }
        }
        return text
    }
}
