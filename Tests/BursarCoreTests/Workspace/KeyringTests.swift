import BursarCore
import Testing

struct `Derived keys` {
    /// 32 bytes 0x01…0x20 in base64.
    private static let material = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="

    private func keyring(_ text: String) throws -> Keyring { try Keyring(SecretValue(text)) }

    private func value(_ keyring: Keyring, generation: Int = 5) throws -> String {
        let workspace = try #require(WorkspaceID("search"))
        let lineage = Lineage(
            workspace: workspace, secret: try #require(SecretName("LITELLM_API_KEY")))
        let salt = TeamSalt(workspace, createdAt: Instant(milliseconds: 1_795_514_400_123))
        let number = try #require(Generation(generation))
        let value = try #require(
            keyring.value(
                of: lineage, number, entry: keyring.current.name,
                salt: salt, owner: "prod"))
        return value.withExposed { $0 }
    }

    /// Computed apart, with Python's `hmac` and `hashlib`:
    /// ikm = bytes 1…32, salt = sha256("search\n1795514400123")[:16], info = each of `bursar/1`,
    /// `prod`, `search`, `LITELLM_API_KEY`, `5` with its length in four bytes before it.
    @Test func `a derived key is what another implementation computes`() throws {
        let keyring = try keyring("k1 2026-11-24T10:00:00Z \(Self.material)")
        #expect(try value(keyring) == "sk-_jocjqds_RcZ3DbdvFHQIyp75ZIx2XKAFOl2jNw5bdA")
    }

    @Test func `another generation is another key`() throws {
        let keyring = try keyring("k1 2026-11-24T10:00:00Z \(Self.material)")
        #expect(try value(keyring) != value(keyring, generation: 6))
    }

    @Test func `the newest entry is in use, wherever it stands`() throws {
        let keyring = try keyring(
            """
            # made by bursar keyring new

            new 2026-11-24T10:00:00Z \(Self.material)
            old 2026-01-01T00:00:00Z \(Self.material)
            """)
        #expect(keyring.current.name == "new")
        #expect(keyring.entries.map(\.name) == ["old", "new"])
        #expect(keyring.contains("old") && !keyring.contains("other"))
    }

    @Test(arguments: [
        ("", 1, "no entry"),
        ("# only a comment\n", 1, "no entry"),
        ("k1 2026-11-24T10:00:00Z", 1, "three words"),
        ("k/1 2026-11-24T10:00:00Z AAAA", 1, "a name is"),
        ("\nk1 yesterday AAAA", 2, "RFC 3339"),
        ("k1 2026-11-24T10:00:00Z AAAA", 1, "32 bytes"),
        ("k1 2026-11-24T10:00:00Z %%%", 1, "32 bytes"),
        (
            "k1 2026-11-24T10:00:00Z \(material)\nk1 2026-11-25T10:00:00Z \(material)", 2,
            "twice"
        ),
    ])
    func `a bad line is named without its secret`(
        _ text: String, _ line: Int, _ words: String
    ) throws {
        let problem = try #require(throws: Keyring.Problem.self) { try keyring(text) }
        #expect(problem.line == line)
        #expect(problem.message.contains(words))
        #expect(!"\(problem)".contains(Self.material))
    }

    @Test func `an entry prints without its secret`() throws {
        let keyring = try keyring("k1 2026-11-24T10:00:00Z \(Self.material)")
        var dumped = ""
        dump(keyring, to: &dumped)
        for text in ["\(keyring)", "\(keyring.current)", String(reflecting: keyring), dumped] {
            #expect(!text.contains(Self.material))
            #expect(!text.contains("AQID"))
        }
    }

    @Test func `a line that was written is read again`() throws {
        let bytes = (1...32).map { UInt8($0) }
        let line = Keyring.line(
            name: "k1", created: Instant(milliseconds: 1_795_514_400_000), bytes)
        let keyring = try Keyring(line)
        #expect(keyring.current.name == "k1")
        #expect(
            try value(keyring)
                == value(try self.keyring("k1 2026-11-24T10:00:00Z \(Self.material)")))
    }
}
