internal import GRDB

extension GatewayDatabase {
    /// Each once, in this order. One that was released is never edited.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("gateway") { db in
            try db.execute(
                sql: """
                    CREATE TABLE gateway (
                        one INTEGER PRIMARY KEY CHECK (one = 1),
                        name TEXT NOT NULL
                    ) STRICT
                    """)
        }
        migrator.registerMigration("secrets") { db in
            // The one sealing key of this database, by its fingerprint.
            try db.execute(
                sql: """
                    CREATE TABLE sealing (
                        one INTEGER PRIMARY KEY CHECK (one = 1),
                        fingerprint TEXT NOT NULL
                    ) STRICT
                    """)
            try db.execute(
                sql: """
                    CREATE TABLE secret (
                        workspace TEXT NOT NULL,
                        name TEXT NOT NULL,
                        data_key BLOB NOT NULL,
                        value BLOB NOT NULL,
                        description BLOB NOT NULL,
                        created_at INTEGER NOT NULL,
                        updated_at INTEGER NOT NULL,
                        PRIMARY KEY (workspace, name)
                    ) STRICT, WITHOUT ROWID
                    """)
        }
        migrator.registerMigration("mints") { db in
            try db.execute(
                sql: """
                    CREATE TABLE mint (
                        hash TEXT PRIMARY KEY,
                        workspace TEXT NOT NULL,
                        request TEXT,
                        generation INTEGER NOT NULL,
                        data_key BLOB,
                        value BLOB,
                        begun_at INTEGER NOT NULL,
                        answered INTEGER NOT NULL,
                        UNIQUE (workspace, request)
                    ) STRICT, WITHOUT ROWID
                    """)
        }
        migrator.registerMigration("completions") { db in
            try db.execute(
                sql: """
                    CREATE TABLE completion (
                        id INTEGER PRIMARY KEY,
                        call TEXT NOT NULL UNIQUE,
                        at INTEGER NOT NULL,
                        workspace TEXT,
                        model TEXT NOT NULL,
                        input INTEGER NOT NULL,
                        output INTEGER NOT NULL,
                        total INTEGER NOT NULL,
                        cost_micros INTEGER NOT NULL,
                        cost_rest INTEGER NOT NULL,
                        units_micros INTEGER NOT NULL,
                        units_rest INTEGER NOT NULL,
                        received_at INTEGER NOT NULL
                    ) STRICT
                    """)
            try db.execute(
                sql: "CREATE INDEX completion_by_workspace ON completion (workspace, at, id)")
        }
        return migrator
    }
}
