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
        return migrator
    }
}
