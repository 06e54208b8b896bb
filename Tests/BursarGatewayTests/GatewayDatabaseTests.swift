import GRDB
import TestSupport
import Testing

@testable import BursarGateway

struct GatewayDatabaseTests {
    @Test func `What is written is on the disk, and for the owner alone`() throws {
        let directory = try TemporaryDirectory()
        let database = try GatewayDatabase(path: directory.path + "/g.sqlite", of: "local")
        let pragmas = try database.pool.writeWithoutTransaction { db in
            try ["journal_mode", "synchronous", "foreign_keys", "secure_delete"].map {
                try String.fetchOne(db, sql: "PRAGMA \($0)")
            }
        }
        #expect(pragmas == ["wal", "2", "1", "1"])
        for name in ["g.sqlite", "g.sqlite-wal"] { #expect(directory.mode(name) == 0o600) }
    }

    @Test func `A database is opened again, and by its own gateway alone`() throws {
        let path = try TemporaryDirectory()
        let file = path.path + "/g.sqlite"
        for _ in 0..<2 { try GatewayDatabase(path: file, of: "local").pool.close() }
        let fault = #expect(throws: StoreFault.self) {
            try GatewayDatabase(path: file, of: "other")
        }
        #expect(fault?.description == "the database \(file) is that of the gateway local")
    }

    @Test func `A database of a later version is refused`() throws {
        let directory = try TemporaryDirectory()
        let file = directory.path + "/g.sqlite"
        let database = try GatewayDatabase(path: file, of: "local")
        try database.pool.write { db in
            try db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('later')")
        }
        try database.pool.close()
        let fault = #expect(throws: StoreFault.self) {
            try GatewayDatabase(path: file, of: "local")
        }
        #expect(fault?.description.contains("later version") == true)
    }

    @Test func `A file that is no database, and one that cannot be made, say so`() throws {
        let directory = try TemporaryDirectory()
        try directory.write(String(repeating: "no database ", count: 200), to: "text")
        for (name, told) in [("text", "not a database"), ("none/g.sqlite", "cannot be opened")] {
            let fault = #expect(throws: StoreFault.self) {
                try GatewayDatabase(path: "\(directory.path)/\(name)", of: "local")
            }
            #expect(fault?.description.contains(told) == true, "\(fault?.description ?? "")")
        }
    }
}
