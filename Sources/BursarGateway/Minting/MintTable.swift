internal import BursarCore
internal import FoundationEssentials
internal import GRDB

/// A key that was begun for somebody. It stands here before it stands in LiteLLM, so that no crash
/// leaves a key behind that nobody knows of.
struct MintRecord: Hashable, Sendable {
    let workspace: WorkspaceID
    var hash: KeyHash
    /// SHA-256 of the request's Idempotency-Key.
    let request: String?
    let generation: Generation
    /// The value, for whoever asks again with that key; `nil` once the time for that is over, and where
    /// nobody can.
    var sealed: Sealed?
    let begunAt: Instant
    /// The value was on its way to whoever asked.
    var isAnswered: Bool
}

extension GatewayDatabase {
    func mint(
        of workspace: WorkspaceID, request: String
    ) async throws(StoreFault) -> MintRecord? {
        try await read { db in
            try Row.fetchOne(
                db, sql: "SELECT * FROM mint WHERE workspace = ? AND request = ?",
                arguments: [workspace.text, request]
            ).flatMap(Self.record)
        }
    }

    /// 0 where there was none.
    func highestGeneration(of workspace: WorkspaceID) async throws(StoreFault) -> Int {
        try await read { db in
            try Int.fetchOne(
                db, sql: "SELECT max(generation) FROM mint WHERE workspace = ?",
                arguments: [workspace.text]) ?? 0
        }
    }

    func begin(_ record: MintRecord) async throws(StoreFault) {
        try await write { db in
            try db.execute(
                sql: """
                    INSERT INTO mint
                        (hash, workspace, request, generation, data_key, value, begun_at, answered)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    record.hash.hex, record.workspace.text, record.request,
                    record.generation.number, (record.sealed?.dataKey).map { Data($0) },
                    (record.sealed?.value).map { Data($0) }, record.begunAt.milliseconds,
                    record.isAnswered,
                ])
        }
    }

    /// LiteLLM drew another value than the one asked for.
    func replace(
        _ hash: KeyHash, with drawn: KeyHash, _ sealed: Sealed?
    ) async throws(StoreFault) {
        try await write { db in
            try db.execute(
                sql: "UPDATE mint SET hash = ?, data_key = ?, value = ? WHERE hash = ?",
                arguments: [
                    drawn.hex, (sealed?.dataKey).map { Data($0) },
                    (sealed?.value).map { Data($0) }, hash.hex,
                ])
        }
    }

    func markAnswered(_ hash: KeyHash) async throws(StoreFault) {
        try await write { db in
            try db.execute(
                sql: "UPDATE mint SET answered = 1 WHERE hash = ?", arguments: [hash.hex])
        }
    }

    func forget(_ hash: KeyHash) async throws(StoreFault) {
        try await write { db in
            try db.execute(sql: "DELETE FROM mint WHERE hash = ?", arguments: [hash.hex])
        }
    }

    /// Never answered: begun before `single` where nobody can ask again, before `repeatable` where
    /// somebody could.
    func abandonedMints(
        of workspace: WorkspaceID, single: Instant, repeatable: Instant
    ) async throws(StoreFault) -> [MintRecord] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM mint WHERE workspace = ? AND answered = 0
                    AND begun_at < CASE WHEN request IS NULL THEN ? ELSE ? END
                    """,
                arguments: [workspace.text, single.milliseconds, repeatable.milliseconds]
            ).compactMap(Self.record)
        }
    }

    /// Of what was answered before then.
    func wipeMintedValues(before instant: Instant) async throws(StoreFault) {
        try await write { db in
            try db.execute(
                sql: """
                    UPDATE mint SET data_key = NULL, value = NULL
                    WHERE answered = 1 AND value IS NOT NULL AND begun_at < ?
                    """, arguments: [instant.milliseconds])
        }
    }

    private static func record(_ row: Row) -> MintRecord? {
        guard let hash = (row["hash"] as String?).flatMap(KeyHash.init(hex:)),
            let workspace = (row["workspace"] as String?).flatMap(WorkspaceID.init),
            let generation = (row["generation"] as Int?).flatMap(Generation.init),
            let begunAt: Int64 = row["begun_at"], let isAnswered: Bool = row["answered"]
        else { return nil }
        var sealed: Sealed?
        if let key: Data = row["data_key"], let value: Data = row["value"] {
            sealed = Sealed(dataKey: Array(key), value: Array(value))
        }
        return MintRecord(
            workspace: workspace, hash: hash, request: row["request"], generation: generation,
            sealed: sealed, begunAt: Instant(milliseconds: begunAt), isAnswered: isAnswered)
    }
}
