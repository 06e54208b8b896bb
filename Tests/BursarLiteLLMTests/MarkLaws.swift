import BursarCore
import FoundationEssentials
import TestSupport
import Testing

@testable import BursarLiteLLM

/// Laws over marks drawn from a seed.
struct MarkLaws {
    @Test(arguments: 0..<200 as Range<UInt64>)
    func `a team's mark reads back equal, through JSON text too`(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        let mark = try Self.teamMark(&random)
        #expect(TeamMark(json: mark.json) == mark)
        let text = try JSONEncoder().encode(mark.json)
        #expect(TeamMark(json: try JSONDecoder().decode(JSONValue.self, from: text)) == mark)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `a key's mark reads back equal, through JSON text too`(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        let mark = try Self.keyMark(&random)
        #expect(KeyMark(json: mark.json) == mark)
        let text = try JSONEncoder().encode(mark.json)
        #expect(KeyMark(json: try JSONDecoder().decode(JSONValue.self, from: text)) == mark)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `merging the patch of a mark into any earlier one ends equal`(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        let before = try Self.teamMark(&random)
        var after = try Self.teamMark(&random)
        after.generations.merge(before.generations) { max($0, $1) }
        let merged = Self.merge(OperationRequests.mergePatch(after), into: before.json)
        #expect(TeamMark(json: merged) == after)
    }

    @Test(arguments: [JSONValue.null, .string("x"), .object([:]), .array([]), .number(1)])
    func `what is no mark of ours is none`(json: JSONValue) {
        #expect(TeamMark(json: json) == nil)
        #expect(KeyMark(json: json) == nil)
    }

    /// RFC 7386, section 2.
    private static func merge(_ patch: JSONValue, into target: JSONValue?) -> JSONValue {
        guard let members = patch.object else { return patch }
        var merged = target?.object ?? [:]
        for (name, value) in members {
            merged[name] = value == .null ? nil : merge(value, into: merged[name])
        }
        return .object(merged)
    }

    private static func teamMark(_ random: inout Seeded) throws -> TeamMark {
        var generations: [SecretName: Generation] = [:]
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            generations[try secret(&random)] = Generation(Int.random(in: 1...99, using: &random))
        }
        return TeamMark(
            owner: text(&random), source: maybe(text(&random), &random), generations: generations,
            pruneNever: .random(using: &random), pruneSince: maybe(instant(&random), &random),
            applied: applied(&random))
    }

    private static func keyMark(_ random: inout Seeded) throws -> KeyMark {
        let number = Int.random(in: 1...9999, using: &random)
        let overlap = Span(seconds: .random(in: 0...9_999_999, using: &random))
        return KeyMark(
            owner: text(&random), secret: try secret(&random),
            generation: try #require(Generation(number)), mintedAt: instant(&random),
            keyring: maybe(text(&random), &random), adopted: .random(using: &random),
            retiredAt: maybe(instant(&random), &random), overlap: maybe(overlap, &random),
            overlapBy: OverlapSource.allCases.randomElement(using: &random),
            via: maybe(text(&random), &random), request: maybe(text(&random), &random),
            controlPlane: ControlPlaneFinding.allCases.randomElement(using: &random),
            applied: applied(&random))
    }

    private static func applied(_ random: inout Seeded) -> [String: String] {
        var applied: [String: String] = [:]
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            applied["budget." + text(&random)] = String(
                UInt32.random(in: .min ... .max, using: &random))
        }
        return applied
    }

    private static func secret(_ random: inout Seeded) throws -> SecretName {
        try #require(SecretName("S\(UInt8.random(in: 0...20, using: &random))_KEY"))
    }

    private static func text(_ random: inout Seeded) -> String {
        let alphabet = Array("abc=\"\\/é\u{1F511} \n")
        let count = Int.random(in: 0...8, using: &random)
        return String(
            (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] })
    }

    private static func instant(_ random: inout Seeded) -> Instant {
        Instant(milliseconds: .random(in: 0...4_000_000_000_000, using: &random))
    }

    private static func maybe<Value>(_ value: Value, _ random: inout Seeded) -> Value? {
        Bool.random(using: &random) ? value : nil
    }
}
