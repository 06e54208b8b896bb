import BursarEngine
import Testing

@testable import BursarLiteLLM

struct LiteLLMVersionTests {
    @Test(arguments: ["0.14.1", "1.9.12", "1.67.0.post1", "1.75.5rc1", "1.95.1"])
    func `an older release is refused by its name`(found: String) async throws {
        let proxy = Self.proxy(version: found)
        let oldest = LiteLLMVersion.oldest.description
        await #expect(throws: IssuerError.tooOld(found: found, oldest: oldest)) {
            try await issuer(over: proxy).observe(.everything)
        }
        #expect(proxy.sent.count == 1)
    }

    @Test(arguments: [
        LiteLLMVersion.oldest.description, "\(LiteLLMVersion.oldest).post1", "1.1000.0", "2.0.0",
        "", "1.2", "main-latest", "1.x.3", "1.2.dev",
    ])
    func `a newer release and one that cannot be told are let pass`(found: String) throws {
        try LiteLLMVersion.check(found)
    }

    @Test func `a proxy that tells no version is let pass`() throws {
        try LiteLLMVersion.check(nil)
    }

    @Test(
        arguments: [
            ("1.96.0", false), ("1.100.9", false), ("1.101.0", true), ("2.0.0", true), (nil, true),
        ] as [(String?, Bool)])
    func `aliases are listed from 1.101.0 on`(found: String?, lists: Bool) {
        #expect(LiteLLMVersion.listsAliases(found) == lists)
    }

    private static func proxy(version: String) -> ScriptedTransport {
        ScriptedTransport { _, _ throws(TransportError) in
            answer(200, "{\"litellm_version\":\"\(version)\"}")
        }
    }
}
