internal import BursarCore

/// A file's bytes, and its lines as libyaml counts them.
struct SourceText: Sendable {
    let path: String
    /// Among the files of a source.
    let number: Int32
    /// Without a byte order mark.
    let text: [UInt8]
    private let written: [UInt8]

    init(_ file: ManifestFile, number: Int32) {
        self.number = number
        path = file.path
        written = file.bytes
        text =
            file.bytes.starts(with: [0xEF, 0xBB, 0xBF])
            ? Array(file.bytes.dropFirst(3)) : file.bytes
    }

    /// The name of an encoding that is not UTF-8, by its byte order mark.
    var foreignEncoding: String? {
        written.starts(with: [0xFF, 0xFE]) || written.starts(with: [0xFE, 0xFF]) ? "UTF-16" : nil
    }

    /// Where each line starts. Breaks are CR, LF, CRLF, NEL, LS and PS, as in YAML 1.1.
    func lineStarts() -> [Int] {
        var starts = [0]
        var at = 0
        while at < text.count {
            let width = breakWidth(at)
            at += max(1, width)
            if width > 0 { starts.append(at) }
        }
        return starts
    }

    private func breakWidth(_ at: Int) -> Int {
        switch text[at] {
        case 10: 1
        case 13: at + 1 < text.count && text[at + 1] == 10 ? 2 : 1
        case 0xC2: at + 1 < text.count && text[at + 1] == 0x85 ? 2 : 0
        case 0xE2:
            at + 2 < text.count && text[at + 1] == 0x80 && (0xA8...0xA9).contains(text[at + 2])
                ? 3 : 0
        default: 0
        }
    }

    /// The line without its end; empty beyond the last.
    func line(_ number: Int, of starts: [Int]) -> String {
        guard number >= 1, number <= starts.count else { return "" }
        var end = starts[number - 1]
        while end < text.count, breakWidth(end) == 0 { end += 1 }
        return String(decoding: text[starts[number - 1]..<end], as: UTF8.self)
    }

    /// Of ranges in ascending order.
    func extents(ofBytes ranges: [Range<Int>]) -> [Extent] {
        guard !ranges.isEmpty else { return [] }
        let starts = lineStarts()
        return ranges.map { extent(ofBytes: $0, starts) }
    }

    /// One character at a byte; the last place where the byte is beyond the end.
    func extent(atByte offset: Int) -> Extent {
        extent(ofBytes: offset..<offset + 1, lineStarts())
    }

    private func extent(ofBytes range: Range<Int>, _ starts: [Int]) -> Extent {
        let offset = min(max(0, range.lowerBound), text.count)
        let line = Self.last(of: starts, upTo: offset)
        let before = String(decoding: text[starts[line]..<offset], as: UTF8.self)
        let column = Int32(clamping: before.unicodeScalars.count + 1)
        let row = Int32(clamping: line + 1)
        return Extent(
            file: number,
            start: Mark(line: row, column: column),
            end: Mark(line: row, column: column + Int32(clamping: range.count)))
    }

    /// The index of the last start that is not beyond `offset`.
    private static func last(of starts: [Int], upTo offset: Int) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }

    func isTab(at mark: Mark) -> Bool {
        let scalars = line(Int(mark.line), of: lineStarts()).unicodeScalars
        return scalars.dropFirst(Int(mark.column) - 1).first == "\t"
    }
}
