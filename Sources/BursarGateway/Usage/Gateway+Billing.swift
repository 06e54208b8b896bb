internal import BursarCore
internal import BursarEngine

extension Gateway {
    /// Of the current month, UTC, unless `from` and `to` say otherwise.
    func showBilling(
        of account: String, _ workspaces: [WorkspaceID], _ route: Route
    ) async throws(Problem) -> GatewayResponse {
        let now = time.now()
        let asked = try route.time("to")
        let to = asked ?? now
        let from = try route.time("from") ?? Self.monthBegin(to)
        guard from <= to else { throw .invalidQuery("`from` is after `to`") }
        // The proxy's clock may be ahead.
        let window = UsageWindow(from: from, to: asked ?? now + Self.clockSkew)
        var total = UsageSum()
        var rows: [JSONText] = []
        for workspace in workspaces {
            let models = try await stored { () throws(StoreFault) in
                try await database.billing(of: workspace, in: window)
            }
            let sum = models.reduce(UsageSum()) { $0 + $1.sum }
            total = total + sum
            rows.append(
                .object(
                    [("id", .string(workspace.text))] + Self.members(sum) + [
                        (
                            "models",
                            .array(
                                models.map { row in
                                    .object([("model", .string(row.model))] + Self.members(row.sum))
                                })
                        )
                    ]))
        }
        return .json(
            .object([
                ("account", .string(account)), ("from", .time(from)), ("to", .time(to)),
                ("totals", .object(Self.members(total))), ("workspaces", .array(rows)),
            ]))
    }

    static func monthBegin(_ instant: Instant) -> Instant {
        Instant(instant.description.prefix(7) + "-01T00:00:00Z") ?? instant
    }
}
