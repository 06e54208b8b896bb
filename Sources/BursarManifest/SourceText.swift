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

    /// The bytes of a line without its end; empty beyond the last.
    func range(ofLine number: Int, of starts: [Int]) -> Range<Int> {
        guard number >= 1, number <= starts.count else { return text.count..<text.count }
        var end = starts[number - 1]
        while end < text.count, breakWidth(end) == 0 { end += 1 }
        return starts[number - 1]..<end
    }

    /// Of ranges in ascending order.
    /// Of ranges in ascending order.
    func extents(ofBytes ranges: some Sequence<Range<Int>>) -> [Extent] {
        var iterator = ranges.makeIterator()
        guard let first = iterator.next() else { return [] }
        let ranges = [first] + IteratorSequence(iterator)
        let starts = lineStarts()
        // Where the one before stood: a long line is counted once.
        var known = (offset: 0, line: -1, column: 1)
        return ranges.map { range in
            let offset = min(max(0, range.lowerBound), text.count)
            let line = Self.last(of: starts, upTo: offset)
            let from = known.line == line ? known.offset : starts[line]
            let column = (known.line == line ? known.column : 1) + characters(from..<offset)
            known = (offset, line, column)
            let start = Mark(line: Int32(clamping: line + 1), column: Int32(clamping: column))
            let end = Mark(line: start.line, column: start.column + Int32(clamping: range.count))
            return Extent(file: number, start: start, end: end)
        }
    }

    /// Bytes that do not go on with a character.
    private func characters(_ range: Range<Int>) -> Int {
        text.withUnsafeBufferPointer { bytes in
            var count = 0
            for at in range where bytes[at] & 0xC0 != 0x80 { count += 1 }
            return count
        }
    }

    /// One character at a byte; the last place where the byte is beyond the end.
    func extent(atByte offset: Int) -> Extent {
        guard let extent = extents(ofBytes: [offset..<offset + 1]).first else {
            preconditionFailure("one range has one extent")
        }
        return extent
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
        let range = range(ofLine: Int(mark.line), of: lineStarts())
        let scalars = String(decoding: text[range], as: UTF8.self).unicodeScalars
        return scalars.dropFirst(Int(mark.column) - 1).first == "\t"
    }
}
