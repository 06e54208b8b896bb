import Foundation
import TestSupport
import Testing

@testable import BursarCore

struct JSONReaderTests {
    private static let texts = [
        "", "a", "search-1", "a\"b\\c/d", "line\nbreak\t\u{8}\u{c}\r", "é", "😀", "\u{1}", "null",
    ]
    private static let numbers = ["0", "-1", "12", "0.5", "-0.0048", "1e-06", "2.5E+3", "10e2"]

    private static func value(_ random: inout Seeded, depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 3 ? 4 : 6), using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .number(numbers.randomElement(using: &random) ?? "0")
        case 3: return .string(texts.randomElement(using: &random) ?? "")
        case 4:
            let count = Int.random(in: 0...3, using: &random)
            return .array((0..<count).map { _ in value(&random, depth: depth + 1) })
        default:
            var members: [String: JSONValue] = [:]
            for name in texts.shuffled(using: &random).prefix(2) {
                members[name] = value(&random, depth: depth + 1)
            }
            return .object(members)
        }
    }

    /// What Foundation reads there, numbers brought into one spelling; `nil` where it reads nothing.
    private static func foundation(_ bytes: [UInt8]) -> JSONValue? {
        try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    }

    private static func normal(_ value: JSONValue) -> JSONValue {
        switch value {
        case .number(let text): .number(Decimal(string: text)?.description ?? text)
        case .array(let elements): .array(elements.map(normal))
        case .object(let members): .object(members.mapValues(normal))
        case .null, .bool, .string: value
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func `It reads what Foundation's decoder reads`(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        for pretty in [true, false] {
            let encoder = JSONEncoder()
            encoder.outputFormatting = pretty ? [.prettyPrinted] : [.withoutEscapingSlashes]
            let bytes = Array(
                try encoder.encode(JSONValue.array([Self.value(&random, depth: 0)])))
            let read = try #require(JSONValue(parsing: bytes))
            #expect(Self.normal(read) == Self.foundation(bytes))
            // What is skipped is checked like what is read.
            try JSONReader.read(bytes) { (_) throws(JSONReader.Fault) in }
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func `What is written is read back, by Foundation too`(seed: UInt64) {
        var random = Seeded(seed: seed)
        for _ in 0..<20 {
            let value = JSONValue.array([Self.value(&random, depth: 0)])
            let bytes = value.bytes
            #expect(JSONValue(parsing: bytes) == value)
            #expect(Self.foundation(bytes) == Self.normal(value))
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func `Mutated bytes never trap, and reading and skipping agree on them`(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        for _ in 0..<50 {
            var bytes = Array(try JSONEncoder().encode(Self.value(&random, depth: 0)))
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let at = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes.removeSubrange(at...)
                case 1:
                    bytes.insert(
                        Array("{}[],:\"\\u0dtn-.e ".utf8).randomElement(using: &random) ?? 0, at: at
                    )
                default:
                    if at < bytes.count { bytes[at] = UInt8.random(in: 0...255, using: &random) }
                }
            }
            let read = JSONValue(parsing: bytes)
            let skipped = (try? JSONReader.read(bytes) { (_) throws(JSONReader.Fault) in }) != nil
            // Skipping looks into no text: an escape or a byte in it may be wrong.
            #expect(read == nil || skipped)
            if let read, let theirs = Self.foundation(bytes) {
                #expect(Self.normal(read) == theirs)
            }
        }
    }

    @Test(arguments: [
        "", " ", "nul", "tru", "01", "-", "1.", ".5", "1e", "+1", "[1,]", "[1 2]", "{\"a\"}",
        "{\"a\":}", "{\"a\":1,}", "{a:1}", "[1]x", "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"",
        "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "'a'", "NaN",
    ])
    func `What is no JSON is refused`(text: String) {
        #expect(JSONValue(parsing: Array(text.utf8)) == nil)
    }

    @Test func `A text that is no UTF-8 is refused, and so is what is nested too deep`() {
        #expect(JSONValue(parsing: [0x22, 0xFF, 0x22]) == nil)
        let deep = { [UInt8](repeating: 0x5B, count: $0) + [UInt8](repeating: 0x5D, count: $0) }
        #expect(JSONValue(parsing: deep(200)) != nil)
        #expect(JSONValue(parsing: deep(100_000)) == nil)
    }

    @Test func `A fault says where it is, and not what stands there`() {
        let bytes = Array(#"{"rows":[{"n":1},{"n":"sk-secret"}]}"#.utf8)
        let expected = JSONReader.Fault(path: ["rows", "1", "n"])
        #expect(throws: expected) {
            try JSONReader.read(bytes) { (json) throws(JSONReader.Fault) in
                try json.members { (_, json) throws(JSONReader.Fault) in
                    _ = try json.elements { (row) throws(JSONReader.Fault) in
                        try row.members { (_, json) throws(JSONReader.Fault) in _ = try json.int() }
                    }
                }
            }
        }
    }

    @Test
    func `A pair of escapes is one character, and a whole number may be written with a point`()
        throws
    {
        #expect(JSONValue(parsing: Array(#""\ud83d\ude00\u00e9\/""#.utf8)) == .string("😀é/"))
        let read = { (text: String) throws in
            try JSONReader.read(Array(text.utf8)) { (json) throws(JSONReader.Fault) in
                try json.int()
            }
        }
        #expect(try read("5.0") == 5)
        #expect(try read(" null ") == nil)
        #expect(throws: JSONReader.Fault.self) { try read("5.5") }
        #expect(throws: JSONReader.Fault.self) { try read("1e400") }
    }
}
