/// Everything that is served, as data.
enum Endpoint: CaseIterable, Sendable {
    case health, ready

    var method: String {
        switch self {
        case .health, .ready: "GET"
        }
    }

    var path: String {
        switch self {
        case .health: "/healthz"
        case .ready: "/readyz"
        }
    }

    /// In bytes; 0 where no body is read.
    var bodyLimit: Int {
        switch self {
        case .health, .ready: 0
        }
    }
}

/// A request's endpoint. The query says nothing to any of them yet.
struct Route: Sendable {
    let endpoint: Endpoint

    init(method: String, target: String) throws(Problem) {
        let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let raw = halves[0].split(separator: "/", omittingEmptySubsequences: false)
        let segments = raw.compactMap { PercentText.decoded($0) }
        guard segments.count == raw.count else { throw Problem.notFound("no such path") }
        var allowed: [String] = []
        for endpoint in Endpoint.allCases {
            guard Self.segments(endpoint.path) == segments else { continue }
            guard endpoint.method == method else {
                allowed.append(endpoint.method)
                continue
            }
            self.endpoint = endpoint
            return
        }
        throw allowed.isEmpty ? .notFound("no such path") : .methodNotAllowed(allowed)
    }

    private static func segments(_ path: String) -> [String] {
        path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    }
}

enum PercentText {
    /// `nil` for a stray `%` and for what is no UTF-8 or holds a control character.
    static func decoded(_ text: some StringProtocol) -> String? {
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "%") else {
                out.append(bytes[index])
                index += 1
                continue
            }
            guard index + 2 < bytes.count, let high = digit(bytes[index + 1]),
                let low = digit(bytes[index + 2])
            else { return nil }
            out.append(high << 4 | low)
            index += 3
        }
        guard !out.contains(where: { $0 < 32 || $0 == 127 }) else { return nil }
        return String(validating: out, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}
