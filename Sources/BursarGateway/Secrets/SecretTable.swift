internal import BursarCore
internal import FoundationEssentials
internal import GRDB

/// What is told of a secret: never its value.
struct SecretEntry: Hashable, Sendable {
    let name: SecretName
    let description: String
    let createdAt: Instant
    let updatedAt: Instant
}

extension GatewayDatabase {
    /// By name.
    func secrets(of workspace: WorkspaceID) async throws(StoreFault) -> [SecretEntry] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT name, description, created_at, updated_at FROM secret
                    WHERE workspace = ? ORDER BY name
                    """, arguments: [workspace.text]
            ).compactMap(Self.entry)
        }
    }

    /// `nil` where there is none.
    func secret(
        _ name: SecretName, of workspace: WorkspaceID
    ) async throws(StoreFault) -> SecretEntry? {
        try await read { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT name, description, created_at, updated_at FROM secret
                    WHERE workspace = ? AND name = ?
                    """, arguments: [workspace.text, name.text]
            ).flatMap(Self.entry)
        }
    }

    func sealed(_ name: SecretName, of workspace: WorkspaceID) async throws(StoreFault) -> Sealed? {
        try await read { db in
            try Row.fetchOne(
                db, sql: "SELECT data_key, value FROM secret WHERE workspace = ? AND name = ?",
                arguments: [workspace.text, name.text]
            ).flatMap { row in
                guard let key: Data = row["data_key"], let value: Data = row["value"] else {
                    return nil
                }
                return Sealed(dataKey: Array(key), value: Array(value))
            }
        }
    }

    /// Value and description together, or neither.
    func put(
        _ sealed: Sealed, _ description: String, as name: SecretName, of workspace: WorkspaceID,
        at now: Instant
    ) async throws(StoreFault) -> SecretEntry {
        try await write { db in
            // Bytes, not text: SQLite's text may end at a NUL.
            try db.execute(
                sql: """
                    INSERT INTO secret
                        (workspace, name, data_key, value, description, created_at, updated_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (workspace, name) DO UPDATE SET
                        data_key = excluded.data_key, value = excluded.value,
                        description = excluded.description, updated_at = excluded.updated_at
                    """,
                arguments: [
                    workspace.text, name.text, Data(sealed.dataKey), Data(sealed.value),
                    Data(description.utf8), now.milliseconds, now.milliseconds,
                ])
            let created = try Int64.fetchOne(
                db, sql: "SELECT created_at FROM secret WHERE workspace = ? AND name = ?",
                arguments: [workspace.text, name.text])
            return SecretEntry(
                name: name, description: description,
                createdAt: Instant(milliseconds: created ?? now.milliseconds), updatedAt: now)
        }
    }

    /// `false` where there was none.
    func removeSecret(
        _ name: SecretName, of workspace: WorkspaceID
    ) async throws(StoreFault) -> Bool {
        try await write { db in
            try db.execute(
                sql: "DELETE FROM secret WHERE workspace = ? AND name = ?",
                arguments: [workspace.text, name.text])
            return db.changesCount > 0
        }
    }

    private static func entry(_ row: Row) -> SecretEntry? {
        guard let text: String = row["name"], let name = SecretName(text),
            let description: Data = row["description"],
            let description = String(validating: description, as: UTF8.self),
            let created: Int64 = row["created_at"], let updated: Int64 = row["updated_at"]
        else { return nil }
        return SecretEntry(
            name: name, description: description, createdAt: Instant(milliseconds: created),
            updatedAt: Instant(milliseconds: updated))
    }
}
