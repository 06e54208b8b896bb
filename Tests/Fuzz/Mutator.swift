import TestSupport

/// Changes texts by their bytes and by their structure.
struct Mutator {
    private var random: Seeded
    private let corpus: [[UInt8]]

    init(seed: UInt64, corpus: [[UInt8]]) {
        random = Seeded(seed: seed)
        self.corpus = corpus
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    /// One in `count`.
    mutating func chance(_ count: Int) -> Bool { number(1...count) == 1 }

    mutating func pick<Item>(_ items: [Item]) -> Item { items[number(0...items.count - 1)] }

    mutating func text() -> [UInt8] {
        var bytes = pick(corpus)
        for _ in 0..<number(0...5) {
            bytes = chance(2) ? changeBytes(bytes) : changeLines(bytes)
        }
        return chance(12) ? grow(bytes) : bytes
    }

    private static let interesting: [[UInt8]] =
        [
            "{", "}", "[", "]", ": ", "- ", ", ", "&a ", "*a", "!t ", "|\n ", ">", "'", "\"", "%",
            "@",
            "`", "#", "?", "? ", "\t", "\n", "\r\n", "\r", " ", "\0", "\u{7F}", "\u{FEFF}",
            "\u{85}",
            "\u{2028}", "~", "null", "no", "0o17", "1:30", "-1", "1e999", ".nan", "---\n", "...\n",
            "<<: ", "%YAML 1.2\n---\n", "sk-abcdefgh", "é", "\\", "\\x61", "kind: Defaults\n",
            "kind: Policy\n", "kind: Configuration\n", "spec:\n", "null\n",
        ].map { Array($0.utf8) } + [[0xFF], [0xC2], [0xE2, 0x80], [0xF4, 0x90, 0x80, 0x80]]

    private mutating func changeBytes(_ text: [UInt8]) -> [UInt8] {
        var bytes = text
        let at = number(0...bytes.count)
        let end = min(bytes.count, at + number(0...12))
        switch number(0...5) {
        case 0: bytes.replaceSubrange(at..<end, with: pick(Self.interesting))
        case 1: bytes.insert(contentsOf: pick(Self.interesting), at: at)
        case 2: bytes.removeSubrange(at..<end)
        case 3: bytes.insert(contentsOf: bytes[at..<end], at: at)
        case 4: bytes.removeSubrange(at...)
        default: bytes.insert(UInt8(number(0...255)), at: at)
        }
        return bytes
    }

    /// Lines doubled, dropped, moved, indented, taken from another text or given another value.
    private mutating func changeLines(_ text: [UInt8]) -> [UInt8] {
        var lines = text.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) }
        let at = number(0...lines.count - 1)
        switch number(0...7) {
        case 0: lines.insert(lines[at], at: number(0...lines.count))
        case 1: lines.remove(at: at)
        case 2: lines.swapAt(at, number(0...lines.count - 1))
        case 3: lines[at] = Array(repeating: 32, count: number(1...4)) + lines[at]
        case 4: lines[at] = Array(lines[at].drop { $0 == 32 })
        case 5:
            let other = pick(corpus).split(separator: 10).map { Array($0) }
            if !other.isEmpty { lines.insert(pick(other), at: at) }
        case 6: lines += [Array("---".utf8)] + pick(corpus).split(separator: 10).map { Array($0) }
        default:
            let name = lines[at].prefix { $0 != 58 }
            lines[at] = name + Array(": ".utf8) + pick(Self.interesting)
        }
        return Array(lines.joined(separator: [10]))
    }

    /// Far longer: a piece many times over, deep nesting, many small values.
    private mutating func grow(_ text: [UInt8]) -> [UInt8] {
        let size = pick([2_000, 20_000, 20_000, 200_000, 600_000])
        let head = chance(2) ? text : Array(text.prefix(number(0...text.count)))
        let piece: [UInt8] =
            switch number(0...3) {
            case 0: pick(Self.interesting)
            case 1: pick(Self.interesting) + pick(Self.interesting)
            case 2: Array(pick(Self.small).utf8)
            default: Array(pick(corpus))
            }
        if piece.isEmpty { return head }
        let isNumbered = chance(2)
        var grown = head
        var count = 0
        while grown.count < size {
            grown += piece
            if isNumbered { grown += Array("\(count)".utf8) }
            count += 1
        }
        return chance(2) ? grown : grown + text
    }

    private static let small = [
        "[", "{", "[[", "{a: ", "- ", "- - ", "a,", "[],", "{},", "[a],", "{a},", "{a: b},",
        "a: b\n",
        "? a\n", "\n- a", "\n  - a", "sk-abcd ", "a: [", "\"", "'", "x", "\n", " ", "#",
        "- {secret: A",
        "\n    - {name: A, valueFrom: {env: B}, models: [{name: m, upstream: o, credentials: {k: B}}]}",
        "--- a\n", "---\napiVersion: bursar/v1\nkind: Workspace\nmetadata: {name: a",
        "---\napiVersion: bursar/v1\nkind: Policy\nspec: {models: {allowed: [a]}}\n", "*a ",
        "!t x,",
        "&a ", "\n  field", "<<: a\n", "a: a\n", "|\n ", "%TAG ! a\n", "é", "\t",
    ]
}
