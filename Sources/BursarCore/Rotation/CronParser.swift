/// Reads the fields of a cron schedule. Places count in scalars of the text as it is written.
struct CronParser {
    static let words: [String: String] = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *",
        "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *",
        "@hourly": "0 * * * *",
    ]

    private let scalars: [Unicode.Scalar]
    private let word: String?

    init(_ text: String) {
        word = text.hasPrefix("@") ? text : nil
        scalars = Array((word.flatMap { Self.words[$0] } ?? text).unicodeScalars)
    }

    /// The places of the five fields.
    func fields() throws(CronFault) -> [Range<Int>] {
        if let word, Self.words[word] == nil {
            let whole = 0..<scalars.count
            if word == "@reboot" { throw CronFault(.reboot, whole) }
            throw CronFault(.unknownWord(Self.shortened(word)), whole)
        }
        let found = scalars.indices.split { scalars[$0] == " " }.map { $0.startIndex..<$0.endIndex }
        guard found.count <= 5 else {
            throw CronFault(
                .fieldCount(found.count), found[5].lowerBound..<found[found.count - 1].upperBound)
        }
        guard found.count == 5 else {
            throw CronFault(.fieldCount(found.count), 0..<scalars.count)
        }
        return found
    }

    func startsWithStar(_ place: Range<Int>) -> Bool { scalars[place.lowerBound] == "*" }

    /// The values of a field as bits.
    func set(_ place: Range<Int>, _ field: CronField) throws(CronFault) -> UInt64 {
        if let bad = place.first(where: { !Self.isKnown(scalars[$0]) }) {
            throw CronFault(.character(String(scalars[bad]), field), bad..<bad + 1)
        }
        var bits: UInt64 = 0
        var start = place.lowerBound
        while true {
            let end = scalars[start..<place.upperBound].firstIndex(of: ",") ?? place.upperBound
            bits |= try element(start..<end, field)
            guard end < place.upperBound else { return bits }
            start = end + 1
        }
    }

    private static func isKnown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "a"..."z", "A"..."Z", "*", ",", "-", "/": true
        default: false
        }
    }

    /// `*`, `5`, `1-5`, each of the ranges with `/2`.
    private func element(_ place: Range<Int>, _ field: CronField) throws(CronFault) -> UInt64 {
        let slash = scalars[place].firstIndex(of: "/")
        let body = place.lowerBound..<(slash ?? place.upperBound)
        let dash = scalars[body].firstIndex(of: "-")
        let values: ClosedRange<Int>
        if body.count == 1, scalars[body.lowerBound] == "*" {
            values = field.range
        } else if let dash {
            values = try range(body, dash: dash, field)
        } else {
            let value = try value(body, field)
            guard slash == nil else { throw CronFault(.stepWithoutRange(field), place) }
            return 1 << value
        }
        let step = try slash.map { slash throws(CronFault) in
            try self.step(slash + 1..<place.upperBound, field)
        }
        return stride(from: values.lowerBound, through: values.upperBound, by: step ?? 1)
            .reduce(0) { $0 | 1 << $1 }
    }

    private func range(
        _ body: Range<Int>, dash: Int, _ field: CronField
    ) throws(CronFault) -> ClosedRange<Int> {
        let low = try value(body.lowerBound..<dash, field)
        var high = try value(dash + 1..<body.upperBound, field)
        // `fri-sun`: as the end of a range Sunday is 7.
        if field == .weekday, high == 0, low > 0 { high = 7 }
        guard low <= high else { throw CronFault(.backwards(text(body), field), body) }
        return low...high
    }

    private func step(_ place: Range<Int>, _ field: CronField) throws(CronFault) -> Int {
        guard let step = Int(text(place)), (1...field.longestStep).contains(step) else {
            throw CronFault(.step(field), place)
        }
        return step
    }

    private func value(_ place: Range<Int>, _ field: CronField) throws(CronFault) -> Int {
        let text = text(place)
        guard !text.isEmpty else { throw CronFault(.missing(field), place) }
        if text.utf8.allSatisfy({ (48...57).contains($0) }) {
            guard let number = Int(text), field.range.contains(number) else {
                throw CronFault(.outOfRange(field), place)
            }
            return number
        }
        guard let index = field.names.firstIndex(of: text.lowercased()) else {
            throw CronFault(.unknownName(Self.shortened(text), field), place)
        }
        return field.range.lowerBound + index
    }

    /// A message is no place for whatever somebody pasted.
    private static func shortened(_ text: String) -> String {
        text.count > 12 ? text.prefix(11) + "…" : text
    }

    private func text(_ place: Range<Int>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[place])
        return String(view)
    }
}
