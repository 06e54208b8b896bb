internal import BursarCore
internal import GRDB
internal import Glibc

/// The store did not do it. The text is for people and holds no value.
package struct StoreFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
}

/// The gateway's SQLite file. What a call wrote is on the disk when it returns.
package struct GatewayDatabase: Sendable {
    let pool: DatabasePool

    /// Makes the file where there is none, for its owner alone, and brings its tables up to date.
    ///
    /// - Parameter name: the gateway's: a database is that of one gateway.
    package init(path: String, of name: String) throws(StoreFault) {
        // SQLite gives its other files the mode of this one.
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw StoreFault(
                description: "the database \(path) cannot be opened: "
                    + String(cString: strerror(errno)))
        }
        close(file)
        do {
            var configuration = GRDB.Configuration()
            // `gateway reconcile-usage` may be writing.
            configuration.busyMode = .timeout(5)
            configuration.foreignKeysEnabled = true
            let pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { db in
                // With NORMAL, GRDB's own choice, a power cut may take what was acknowledged.
                try db.execute(sql: "PRAGMA synchronous = FULL")
                // What was deleted is overwritten.
                try db.execute(sql: "PRAGMA secure_delete = ON")
            }
            let migrator = Self.migrator
            if try pool.read({ try migrator.hasBeenSuperseded($0) }) {
                throw StoreFault(
                    description: "the database \(path) was written by a later version of bursar")
            }
            try migrator.migrate(pool)
            let owner = try pool.write { db in
                try db.execute(
                    sql: "INSERT OR IGNORE INTO gateway (one, name) VALUES (1, ?)",
                    arguments: [name])
                return try String.fetchOne(db, sql: "SELECT name FROM gateway")
            }
            guard owner == name else {
                throw StoreFault(
                    description: "the database \(path) is that of the gateway \(owner ?? "")")
            }
            self.pool = pool
        } catch let fault as StoreFault {
            throw fault
        } catch {
            throw Self.fault(error)
        }
    }

    /// Asks the file for something.
    func check() async throws(StoreFault) {
        _ = try await read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreFault) -> Value {
        do { return try await pool.read(body) } catch { throw Self.fault(error) }
    }

    /// One transaction; on the disk when it returns.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreFault) -> Value {
        do { return try await pool.write(body) } catch { throw Self.fault(error) }
    }

    /// From now on this database is for one sealing key; another one is taken as long as nothing is
    /// sealed.
    ///
    /// - Parameter place: where the key came from, for the message.
    package func bind(to key: SealingKey, from place: String) throws(StoreFault) {
        let bound: String?
        do {
            bound = try pool.write { db in
                let isEmpty =
                    try Int.fetchOne(
                        db,
                        sql: """
                            SELECT 1 FROM secret UNION ALL
                            SELECT 1 FROM mint WHERE value IS NOT NULL LIMIT 1
                            """) == nil
                let bound = try String.fetchOne(db, sql: "SELECT fingerprint FROM sealing")
                guard isEmpty, bound != key.fingerprint else { return bound }
                try db.execute(
                    sql: "INSERT OR REPLACE INTO sealing (one, fingerprint) VALUES (1, ?)",
                    arguments: [key.fingerprint])
                return key.fingerprint
            }
        } catch { throw Self.fault(error) }
        guard bound == key.fingerprint else {
            throw StoreFault(
                description: "\(place) is another sealing key (\(key.fingerprint)) than the one"
                    + " the secrets in \(pool.path) are sealed with (\(bound ?? "none"))"
                    + "\n  = help: give it that key again, or start with an empty database")
        }
    }

    /// SQLite's words, never the statement or what was bound to it.
    private static func fault(_ error: any Error) -> StoreFault {
        guard let error = error as? DatabaseError else {
            return StoreFault(description: "the database did not answer")
        }
        let message = error.message ?? "no reason given"
        return StoreFault(description: "SQLite: \(message) (\(error.resultCode.rawValue))")
    }
}
