package import BursarCore

/// One request as the gateway sees it, whichever way it came.
package struct GatewayRequest: Sendable {
    package enum BodyFault: Error, Hashable, Sendable {
        case tooLarge, tooSlow, broken
    }

    package let method: String
    /// Path and query as they stand in the request line.
    package let target: String
    /// By names in lower case; may hold secrets, so it stands in no log.
    private let headers: [String: SecretValue]
    private let read: @Sendable (Int) async -> Result<[UInt8], BodyFault>

    /// - Parameters:
    ///   - headers: names in lower case.
    ///   - body: reads it whole, but for one that is longer than the given number of bytes.
    package init(
        method: String, target: String, headers: [String: SecretValue],
        body: @escaping @Sendable (Int) async -> Result<[UInt8], BodyFault>
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        read = body
    }

    /// - Parameter name: in lower case.
    func header(_ name: String) -> SecretValue? { headers[name] }

    func body(upTo limit: Int) async throws(Problem) -> [UInt8] {
        switch await read(limit) {
        case .success(let bytes): return bytes
        case .failure(.tooLarge): throw .bodyTooLarge(limit: limit)
        case .failure(.tooSlow): throw .requestTimeout
        case .failure(.broken): throw .invalidBody("the body broke off")
        }
    }

    /// Who asks may name the request, so that logs on both sides are found by one word.
    func id(otherwise drawn: UInt64) -> String {
        if let namedID { return namedID }
        let digits = String(drawn, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// What who asks calls it; `nil` where that is nothing, or no name.
    var namedID: String? {
        let asked = headers["x-request-id"]?.withExposed { $0 } ?? ""
        let isName =
            (1...64).contains(asked.utf8.count)
            && asked.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122, 45, 46, 95: true
                default: false
                }
            }
        return isName ? asked : nil
    }
}

/// What the gateway answers.
package struct GatewayResponse: Sendable {
    package var status: Int
    /// Names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]
    /// For the operator's log.
    var note: String?

    static func json(_ value: JSONText, status: Int = 200) -> GatewayResponse {
        GatewayResponse(
            status: status,
            headers: ["content-type": "application/json", "cache-control": "no-store"],
            body: value.bytes)
    }
}
