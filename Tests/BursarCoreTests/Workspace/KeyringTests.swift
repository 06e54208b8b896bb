import BursarCore
import Crypto
import Foundation
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

    /// RFC 5869 spelled out in Python over `hmac` and `hashlib`, which shares nothing with what is tested.
    private static let python = """
        import base64, hashlib, hmac, struct
        parts = [b"bursar/1", b"prod", b"search", b"LITELLM_API_KEY", b"5"]
        info = b"".join(struct.pack(">I", len(part)) + part for part in parts)
        salt = hashlib.sha256(b"search\\n1795514400123").digest()[:16]
        prk = hmac.new(salt, bytes(range(1, 33)), hashlib.sha256).digest()
        okm = hmac.new(prk, info + b"\\x01", hashlib.sha256).digest()
        print("sk-" + base64.urlsafe_b64encode(okm).decode().rstrip("="))
        """

    @Test func `a derived key is what another implementation computes`() throws {
        let keyring = try keyring("k1 2026-11-24T10:00:00Z \(Self.material)")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.python]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let computed = String(decoding: output, as: UTF8.self)
        #expect(try value(keyring) + "\n" == computed)
        // For those who want to compute it once more.
        #expect(try value(keyring) == "sk-_jocjqds_RcZ3DbdvFHQIyp75ZIx2XKAFOl2jNw5bdA")
    }

    /// RFC 5869, appendix A.1 to A.3: the library's HKDF is the one of the RFC.
    @Test(arguments: [
        (
            String(repeating: "0b", count: 22), "000102030405060708090a0b0c",
            "f0f1f2f3f4f5f6f7f8f9", 42,
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        ),
        (
            (0..<80).map { Self.hex(UInt8($0)) }.joined(),
            (0x60..<0xb0).map { Self.hex(UInt8($0)) }.joined(),
            (0xb0...0xff).map { Self.hex(UInt8($0)) }.joined(), 82,
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c6"
                + "5e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
        ),
        (
            String(repeating: "0b", count: 22), "", "", 42,
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
        ),
    ])
    func `HKDF gives the vectors of RFC 5869`(
        _ material: String, _ salt: String, _ info: String, _ count: Int, _ expected: String
    ) {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Self.bytes(material)), salt: Self.bytes(salt),
            info: Self.bytes(info), outputByteCount: count)
        #expect(key.withUnsafeBytes { $0.map(Self.hex).joined() } == expected)
    }

    private static func hex(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex)
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
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
