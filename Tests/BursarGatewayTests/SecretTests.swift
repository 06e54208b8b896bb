import BursarCore
import BursarEngine
import Foundation
import GRDB
import TestSupport
import Testing

@testable import BursarGateway

struct SecretTests {
    private static let path = "/v1/workspaces/search/secrets"
    private static let admin = #"{"search": ["administer", "read"]}"#

    private static func body(_ value: String, _ description: String? = nil) throws -> String {
        var members = ["value": value]
        members["description"] = description
        return String(decoding: try JSONEncoder().encode(members), as: UTF8.self)
    }

    @Test func `A secret is put, told of and removed, and its value never comes back`()
        async throws
    {
        let site = try GatewaySite()
        let text = "Key of \"search\" [bursar/1 owner=prod g=5 sha256=00]\u{0} é e\u{301} \n 🔑"
        func call(_ method: String, _ path: String, body: String = "") async throws
            -> (status: Int, json: JSONValue?)
        {
            let answer = try await site.call(
                method, path, permissions: Self.admin, body: body)
            #expect(!"\(answer)".contains("canary"))
            return (answer.status, answer.json)
        }
        let one = "\(Self.path)/OPENAI_API_KEY"
        #expect(try await call("GET", one).status == 404)
        let first = try await call("PUT", one, body: try Self.body("canary-1", text))
        #expect(first.status == 201)
        site.time.advance(Span(seconds: 60))
        let second = try await call("PUT", one, body: try Self.body("canary-2", text))
        #expect(second.status == 200)
        #expect(second.json?["created_at"] == first.json?["created_at"])
        #expect(second.json?["updated_at"] != first.json?["updated_at"])
        let told = try await call("GET", one).json
        #expect(told == second.json)
        #expect(told?["description"]?.string.map { Array($0.utf8) } == Array(text.utf8))
        #expect(
            Set(try #require(told?.object).keys) == [
                "name", "description", "created_at", "updated_at",
            ])
        _ = try await call("PUT", "\(Self.path)/A", body: try Self.body("canary-3"))
        let list = try await call("GET", Self.path).json?["secrets"]?.array
        #expect(list?.compactMap { $0["name"]?.string } == ["A", "OPENAI_API_KEY"])
        let id = try #require(WorkspaceID("search"))
        let name = try #require(SecretName("OPENAI_API_KEY"))
        let sealed = try #require(try await site.gateway.database.sealed(name, of: id))
        let opened = site.gateway.sealing.open(sealed, of: ["search", "OPENAI_API_KEY"])
        #expect(opened?.withExposed { $0 } == "canary-2")
        #expect(try await call("DELETE", one).status == 204)
        #expect(try await call("DELETE", one).status == 404)
        #expect(try await call("GET", one).status == 404)
    }

    @Test func `A sealed value opens with its key, in its place, unchanged, and else not`() throws {
        let key = try GatewaySite.sealingKey(1)
        let sealed = key.seal(SecretValue("canary"), of: ["search", "A"])
        #expect(key.open(sealed, of: ["search", "A"])?.withExposed { $0 } == "canary")
        #expect(key.open(sealed, of: ["ads", "A"]) == nil)
        #expect(key.open(sealed, of: ["searchA"]) == nil)
        #expect(try GatewaySite.sealingKey(2).open(sealed, of: ["search", "A"]) == nil)
        var broken = sealed.value
        broken[broken.count - 20] ^= 1
        let changed = Sealed(dataKey: sealed.dataKey, value: broken)
        #expect(key.open(changed, of: ["search", "A"]) == nil)
        #expect(key.seal(SecretValue("canary"), of: ["search", "A"]) != sealed)
        #expect(!"\(key)\(String(reflecting: key))".contains("AQEB"))
    }

    @Test(arguments: [
        "", "c2hvcnQ=", "not base64", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE= x",
    ])
    func `A sealing key is thirty-two bytes in base64`(text: String) {
        #expect(SealingKey(base64: SecretValue(text)) == nil)
    }

    @Test func `Neither the database nor its log nor a backup holds a value`() async throws {
        let site = try GatewaySite()
        let values = (0..<40).map { "canary-\($0)-" + String(repeating: "x", count: 500) }
        for (number, value) in values.enumerated() {
            let answer = try await site.call(
                "PUT", "\(Self.path)/NAME_\(number % 10)", permissions: Self.admin,
                body: try Self.body(value, "marker-\(number)"))
            #expect(answer.status < 300)
        }
        let backup = try DatabaseQueue(path: site.directory.path + "/backup.sqlite")
        try site.gateway.database.pool.backup(to: backup)
        try backup.close()
        var files = 0
        for file in try FileManager.default.contentsOfDirectory(atPath: site.directory.path) {
            let bytes = try Data(contentsOf: site.directory.url.appending(path: file))
            #expect(bytes.range(of: Data("canary".utf8)) == nil, "\(file)")
            if bytes.range(of: Data("marker-39".utf8)) != nil { files += 1 }
        }
        // The search finds what is not sealed: in the log and in the backup.
        #expect(files >= 2)
    }

    @Test func `A database is sealed with one key, and another one is named`() async throws {
        let site = try GatewaySite()
        let database = site.gateway.database
        let (first, second) = (try GatewaySite.sealingKey(1), try GatewaySite.sealingKey(2))
        try database.bind(to: second, from: "empty.key")
        try database.bind(to: first, from: "gateway.key")
        _ = try await site.call(
            "PUT", "\(Self.path)/A", permissions: Self.admin, body: try Self.body("canary"))
        try database.bind(to: first, from: "gateway.key")
        let fault = #expect(throws: StoreFault.self) {
            try database.bind(to: second, from: "other.key")
        }
        let text = try #require(fault?.description)
        #expect(text.hasPrefix("other.key is another sealing key (\(second.fingerprint))"))
        #expect(text.contains(first.fingerprint))
        #expect(text.contains("= help:"))
    }

    @Test(arguments: [
        ("{}", 422), ("", 422), ("[]", 422), (#"{"value": ""}"#, 422), (#"{"value": null}"#, 422),
        (#"{"value": 1}"#, 422), (#"{"value": "a", "description": 1}"#, 422),
        (#"{"value": "a", "vlaue": "b"}"#, 422), (#"{"value": "a", "description": null}"#, 201),
    ])
    func `A body that is wrong is refused`(body: String, status: Int) async throws {
        let site = try GatewaySite()
        let answer = try await site.call(
            "PUT", "\(Self.path)/A", permissions: Self.admin, body: body)
        #expect(answer.status == status, "\(body)")
    }

    @Test(arguments: [
        (SecretLimits.value, 0, 201), (SecretLimits.value + 1, 0, 422),
        (1, SecretLimits.description, 201), (1, SecretLimits.description + 1, 422),
        (500_000, 0, 413),
    ])
    func `A value has at most 64 KiB, and so does nothing beside it`(
        value: Int, description: Int, status: Int
    ) async throws {
        let site = try GatewaySite()
        let answer = try await site.call(
            "PUT", "\(Self.path)/A", permissions: Self.admin,
            body: try Self.body(
                String(repeating: "v", count: value),
                String(repeating: "d", count: description)))
        #expect(answer.status == status)
    }

    @Test(arguments: ["a", "1A", "A-B", "A%20B", "%C3%84", String(repeating: "A", count: 129)])
    func `A name that is none is refused`(name: String) async throws {
        let site = try GatewaySite()
        for method in ["PUT", "GET", "DELETE"] {
            let answer = try await site.call(
                method, "\(Self.path)/\(name)", permissions: Self.admin, body: "")
            #expect(answer.status == 422, "\(method) \(name)")
        }
    }

    @Test func `Who may only read writes nothing, and who may only write reads nothing`()
        async throws
    {
        let site = try GatewaySite()
        let one = "\(Self.path)/A"
        let put = try Self.body("canary")
        for (method, path, status) in [
            ("GET", Self.path, 200), ("GET", one, 404), ("PUT", one, 403), ("DELETE", one, 403),
        ] {
            let answer = try await site.call(
                method, path, permissions: #"{"search": ["read"]}"#,
                body: method == "PUT" ? put : "")
            #expect(answer.status == status, "\(method) \(path)")
            guard status == 403 else { continue }
            let detail = answer.json?["detail"]?.string
            #expect(
                detail == "this needs the permission `administer` in the workspace search")
        }
        for permissions in [#"{"search": ["administer"]}"#, #"{"ads": ["read"]}"#] {
            #expect(try await site.call("GET", one, permissions: permissions).status == 403)
        }
        let anonymous = try await site.call("GET", one)
        #expect(anonymous.status == 401)
        #expect(anonymous.headers["www-authenticate"] == #"Bearer realm="bursar""#)
        #expect(
            try await site.call(
                "GET", "/v1/workspaces/A--B/secrets", permissions: #"{"*": ["read"]}"#
            ).status == 404)
    }

    @Test func `A store that is gone is 503, and nothing is told`() async throws {
        let site = try GatewaySite()
        try site.gateway.database.pool.close()
        let answer = try await site.call(
            "PUT", "\(Self.path)/A", permissions: Self.admin, body: try Self.body("canary"))
        #expect(answer.status == 503)
        #expect(!"\(answer)".contains("canary"))
    }
}
