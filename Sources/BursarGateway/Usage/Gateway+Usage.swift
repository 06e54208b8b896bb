internal import BursarCore
internal import BursarEngine

extension Gateway {
    static let longestWindow = 366 * 86_400
    static let longestList = 1000
    static let clockSkew = Span(seconds: 300)

    func showUsage(
        of workspace: WorkspaceID, _ route: Route
    ) async throws(Problem) -> GatewayResponse {
        let seconds = try route.number("since_seconds", in: 1...Self.longestWindow) ?? 86_400
        let limit = try route.number("limit", in: 1...Self.longestList) ?? 100
        let now = time.now()
        // The proxy's clock may be ahead.
        let window = UsageWindow(
            from: now - Span(seconds: Int64(seconds)), to: now + Self.clockSkew)
        let (newest, sum) = try await stored { () throws(StoreFault) in
            try await database.usage(of: workspace, in: window, limit: limit)
        }
        return .json(
            .object([
                ("workspace", .string(workspace.text)), ("from", .time(window.from)),
                ("to", .time(now)), ("totals", .object(Self.members(sum))),
                ("completions", .array(newest.map(Self.json))),
            ]))
    }

    private static func json(_ one: BilledCompletion) -> JSONText {
        .object(
            [
                ("id", .string(one.call)), ("at", .time(one.at)), ("model", .string(one.model)),
            ] + members(one.sum).filter { $0.0 != "completions" })
    }

    /// Amounts with every decimal that they have.
    static func members(_ sum: UsageSum) -> [(String, JSONText)] {
        [
            ("completions", .number(sum.completions)), ("input_tokens", .number(sum.inputTokens)),
            ("output_tokens", .number(sum.outputTokens)),
            ("total_tokens", .number(sum.totalTokens)),
            ("compute_units", .number(sum.units.description)),
            ("cost_usd", .number(sum.cost.description)),
        ]
    }

    /// Recorded on the disk before it is acknowledged.
    func receive(_ request: GatewayRequest, _ route: Route) async throws(Problem) -> GatewayResponse
    {
        guard let webhookToken else { throw .notFound("this gateway has no spec.webhook") }
        guard Self.equal(webhookToken, SecretValue(route["token"])) else {
            throw .unauthorized("the webhook's token is another one", challenge: nil)
        }
        guard await intake.enter() else { throw .busy }
        defer { intake.leave() }
        let body = try await request.body(upTo: route.endpoint.shape.bodyLimit)
        var (completions, delivery) = try Delivery.completions(in: body)
        let found = completions
        let counts = try await stored { () throws(StoreFault) in
            try await database.record(found, rates: settings.rates, at: time.now())
        }
        delivery.recorded = counts.recorded
        delivery.repeated = completions.count - counts.recorded
        delivery.unattributed = counts.unattributed
        var response = GatewayResponse.json(
            .object([
                ("recorded", .number(delivery.recorded)),
                ("repeated", .number(delivery.repeated)),
                ("failures", .number(delivery.failures)),
                ("unreadable", .number(delivery.unreadable)),
                ("unattributed", .number(delivery.unattributed)),
            ]))
        if delivery.unreadable + delivery.unattributed > 0 {
            response.note =
                "\(delivery.unreadable) payloads cannot be read, \(delivery.unattributed) belong to"
                + " no workspace"
        }
        return response
    }

    /// By digest, so that the time it takes tells nothing of the token.
    private static func equal(_ a: SecretValue, _ b: SecretValue) -> Bool {
        KeyHash(of: a) == KeyHash(of: b)
    }
}

extension Route {
    /// - Returns: `nil` where the query does not name it.
    func number(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = parameter(name) else { return nil }
        guard let number = Int(text), "\(number)" == text, range.contains(number) else {
            throw .invalidQuery(
                "`\(name)` is a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func time(_ name: String) throws(Problem) -> Instant? {
        guard let text = parameter(name) else { return nil }
        guard let instant = Instant(text) else {
            throw .invalidQuery("`\(name)` is a time of RFC 3339, like 2026-11-01T00:00:00Z")
        }
        return instant
    }
}
