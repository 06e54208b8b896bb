import BursarCore
import FoundationEssentials
import Testing

@testable import BursarLiteLLM

struct NormalisingTests {
    private func sample(_ name: String) throws -> [UInt8] {
        var folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        folder = "/\(folder)/LiteLLM/samples/\(name).json"
        return Array(try Data(contentsOf: URL(filePath: folder)))
    }

    @Test func `the recorded team reads as it was set`() throws {
        let wire = try WireTeamInfo(bytes: sample("team-info"))
        let team = try #require(wire.team_info.observed)
        #expect(team.id == WorkspaceID("ws2"))
        #expect(team.cap == Money(decimal: "250"))
        #expect(team.period == "30d")
        #expect(team.models == .only(["gf-chat-default", "gf-embed-default"]))
        #expect(team.mark?.owner == "o1")
        #expect(!team.blocked)
        #expect(team.budgetResetAt == Instant("2026-12-01T00:00:00Z"))
    }

    @Test func `the recorded key reads as it was minted`() throws {
        let page = try WireKeyPage(bytes: sample("key-list"))
        let key = try #require(page.keys.first?.observed)
        #expect(key.alias == "search/LITELLM_API_KEY@g1")
        #expect(key.mark?.generation == .first)
        #expect(key.models == .team)
        #expect(key.cap == nil)
        #expect(!key.blocked)
        #expect(key.routes == ["llm_api_routes"])
        #expect(key.spendLogs == ["workspace": "search", "generation": "1"])
        #expect(key.settingsUpdatedAt == nil)
    }

    @Test(arguments: [
        ([], ModelAccess.all), (["*"], .all), (["all-proxy-models", "a"], .all),
        (["no-default-models"], .only([])), (["no-default-models", "a"], .only(["a"])),
        (["b", "a", "b"], .only(["a", "b"])),
    ])
    func `an empty list of a team's models opens all, a word of its own none`(
        names: [String], access: ModelAccess
    ) {
        #expect(ModelAccess(wire: names) == access)
    }

    @Test(arguments: [
        ([], KeyModels.unrestricted), (["*"], .unrestricted), (["all-team-models"], .team),
        (["all-team-models", "all-proxy-models"], .unrestricted), (["a"], .only(["a"])),
        (["no-default-models"], .only([])),
    ])
    func `a word that opens everything beats the others on a key`(
        names: [String], models: KeyModels
    ) {
        #expect(KeyModels(wire: names) == models)
    }

    @Test(arguments: ["0.0048000000000000004", "1e-06", "250", "0.1", "123456789.000001"])
    func `an amount never passes through a Double`(text: String) throws {
        let money = try JSONReader.read(Array(text.utf8)) { (json) throws(JSONReader.Fault) in
            try json.money()
        }
        #expect(money != nil && money == Money(decimal: text))
    }

    @Test(arguments: [
        "2026-11-24T07:38:28.767000Z", "2026-11-24T07:38:28.767000+00:00",
        "2026-11-24T07:38:28.767000",
    ])
    func `one instant in its three spellings is one instant`(text: String) throws {
        let json = Array("\"\(text)\"".utf8)
        let instant = try JSONReader.read(json) { (json) throws(JSONReader.Fault) in
            try json.instant()
        }
        #expect(instant == Instant("2026-11-24T07:38:28.767Z"))
    }
}
