internal import BursarCore
internal import GRDB

/// Sums over completions.
struct UsageSum: Hashable, Sendable {
    var completions = 0
    var inputTokens = 0
    var outputTokens = 0
    var totalTokens = 0
    var cost = Money.zero
    var units = ComputeUnits.zero

    static func + (a: UsageSum, b: UsageSum) -> UsageSum {
        UsageSum(
            completions: a.completions + b.completions, inputTokens: a.inputTokens + b.inputTokens,
            outputTokens: a.outputTokens + b.outputTokens,
            totalTokens: a.totalTokens + b.totalTokens, cost: a.cost + b.cost,
            units: a.units + b.units)
    }
}

/// A completion with what it was billed.
struct BilledCompletion: Hashable, Sendable {
    let call: String
    let at: Instant
    let model: String
    let sum: UsageSum
}

/// Times from `from` on and before `to`.
struct UsageWindow: Hashable, Sendable {
    let from: Instant
    let to: Instant
}

extension GatewayDatabase {
    /// Each call once, whoever tells of it and however often; on the disk when it returns.
    func record(
        _ completions: [Completion], rates: RateCard, at now: Instant
    ) async throws(StoreFault) -> (recorded: Int, unattributed: Int) {
        guard !completions.isEmpty else { return (0, 0) }
        return try await write { db in
            let insert = try db.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO completion
                        (call, at, workspace, model, input, output, total,
                         cost_micros, cost_rest, units_micros, units_rest, received_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """)
            var (recorded, unattributed) = (0, 0)
            for one in completions {
                let units = rates.units(
                    model: one.model, cost: one.cost, inputTokens: one.inputTokens,
                    outputTokens: one.outputTokens)
                let (cost, unit) = (Parts(one.cost.picos), Parts(units.picos))
                try insert.execute(arguments: [
                    one.call, one.at.milliseconds, one.workspace?.text, one.model,
                    one.inputTokens, one.outputTokens, one.totalTokens, cost.micros, cost.rest,
                    unit.micros, unit.rest, now.milliseconds,
                ])
                guard db.changesCount > 0 else { continue }
                recorded += 1
                if one.workspace == nil { unattributed += 1 }
            }
            return (recorded, unattributed)
        }
    }

    /// The newest first, and the sum over the whole window.
    func usage(
        of workspace: WorkspaceID, in window: UsageWindow, limit: Int
    ) async throws(StoreFault) -> (newest: [BilledCompletion], sum: UsageSum) {
        try await read { db in
            let place: StatementArguments = [
                workspace.text, window.from.milliseconds, window.to.milliseconds,
            ]
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT *, 1 AS completions FROM completion
                    WHERE workspace = ? AND at >= ? AND at < ? ORDER BY at DESC, id DESC LIMIT ?
                    """, arguments: place + [limit])
            let newest = rows.map { row in
                BilledCompletion(
                    call: row["call"], at: Instant(milliseconds: row["at"]), model: row["model"],
                    sum: Self.sum(row))
            }
            let total = try Row.fetchOne(
                db,
                sql:
                    "SELECT \(Self.sums) FROM completion WHERE workspace = ? AND at >= ? AND at < ?",
                arguments: place)
            return (newest, total.map(Self.sum) ?? UsageSum())
        }
    }

    /// By model, by name.
    func billing(
        of workspace: WorkspaceID, in window: UsageWindow
    ) async throws(StoreFault) -> [(model: String, sum: UsageSum)] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT model, \(Self.sums) FROM completion
                    WHERE workspace = ? AND at >= ? AND at < ? GROUP BY model ORDER BY model
                    """,
                arguments: [workspace.text, window.from.milliseconds, window.to.milliseconds]
            ).map { (model: $0["model"], sum: Self.sum($0)) }
        }
    }

    /// All workspaces that anything was recorded of, by id.
    func workspacesWithUsage() async throws(StoreFault) -> [WorkspaceID] {
        try await read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT workspace FROM completion
                    WHERE workspace IS NOT NULL ORDER BY workspace
                    """
            ).compactMap { WorkspaceID($0) }
        }
    }

    /// What belongs to no workspace that can be told.
    func unattributedUsage() async throws(StoreFault) -> UsageSum {
        try await read { db in
            try Row.fetchOne(
                db, sql: "SELECT \(Self.sums) FROM completion WHERE workspace IS NULL"
            ).map(Self.sum) ?? UsageSum()
        }
    }

    private static let sums = """
        count(*) AS completions, sum(input) AS input, sum(output) AS output, sum(total) AS total, \
        sum(cost_micros) AS cost_micros, sum(cost_rest) AS cost_rest, \
        sum(units_micros) AS units_micros, sum(units_rest) AS units_rest
        """

    private static func sum(_ row: Row) -> UsageSum {
        func parts(_ name: String) -> Int128 {
            Parts(micros: row["\(name)_micros"] ?? 0, rest: row["\(name)_rest"] ?? 0).picos
        }
        return UsageSum(
            completions: row["completions"] ?? 0, inputTokens: row["input"] ?? 0,
            outputTokens: row["output"] ?? 0, totalTokens: row["total"] ?? 0,
            cost: Money(picos: parts("cost")), units: ComputeUnits(picos: parts("units")))
    }
}

/// An exact amount in two columns, so that SQLite's 64-bit sums of either stay exact: millionths, and
/// the millionths of those.
private struct Parts {
    let micros: Int64
    let rest: Int64

    init(_ picos: Int128) {
        micros = Int64(clamping: picos / 1_000_000)
        rest = Int64(picos % 1_000_000)
    }

    init(micros: Int64, rest: Int64) {
        self.micros = micros
        self.rest = rest
    }

    var picos: Int128 { Int128(micros) * 1_000_000 + Int128(rest) }
}
