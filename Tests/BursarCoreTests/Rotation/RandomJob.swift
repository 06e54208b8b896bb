/// A cron schedule that can fire, as text and as the values of its fields, which it makes first.
struct RandomJob {
    let text: String
    /// By the value's own number; weekdays have 8, Sunday twice.
    let fields: [[Bool]]
    let starred: [Bool]

    private static let ranges = [0...59, 0...23, 1...31, 1...12, 0...7]
    private static let names = [
        3: [
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
        4: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    ]

    /// - Parameter near: runs at least every few days, and often in the hours in which clocks change.
    init(near: Bool, using random: inout some RandomNumberGenerator) {
        while true {
            let made = (0..<5).map { Self.field($0, near: near, using: &random) }
            let fields = made.map(\.values)
            let starred = made.map { $0.text.hasPrefix("*") }
            let lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            let hasDay = (1...12).contains { month in
                fields[3][month] && (1...lengths[month - 1]).contains { fields[2][$0] }
            }
            guard hasDay || !(starred[2] || starred[4]) else { continue }
            text = made.map(\.text).joined(separator: " ")
            self.fields = fields
            self.starred = starred
            return
        }
    }

    private static func field(
        _ index: Int, near: Bool, using random: inout some RandomNumberGenerator
    ) -> (text: String, values: [Bool]) {
        let range = ranges[index]
        var values = [Bool](repeating: false, count: range.upperBound + 1)
        var elements: [String] = []
        let daily = near && index >= 2 && Int.random(in: 0..<4, using: &random) > 0
        for _ in 0..<(Int.random(in: 0..<4, using: &random) == 0 ? 3 : 1) {
            let (text, some) =
                daily
                ? ("*", Array(range))
                : element(
                    range, names: names[index] ?? [], near: near && index == 1, using: &random)
            elements.append(text)
            for value in some { values[value] = true }
        }
        // Sunday has two numbers.
        if index == 4, values[0] || values[7] { (values[0], values[7]) = (true, true) }
        return (elements.joined(separator: ","), values)
    }

    private static func element(
        _ range: ClosedRange<Int>, names: [String], near: Bool,
        using random: inout some RandomNumberGenerator
    ) -> (String, [Int]) {
        func name(_ value: Int) -> String {
            let index = value - range.lowerBound
            guard index < names.count, Bool.random(using: &random) else { return "\(value)" }
            return Bool.random(using: &random) ? names[index] : names[index].uppercased()
        }
        // Clocks change at 0 to 4 o'clock.
        let shown = near ? range.lowerBound...4 : range
        let low = Int.random(in: shown.lowerBound..<shown.upperBound, using: &random)
        // Never from a value to itself, which croniter takes for the whole field.
        let high = Int.random(in: low + 1...shown.upperBound, using: &random)
        let step = Int.random(in: 1...max(1, (range.count - 1) / 2), using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return ("*", Array(range))
        case 1:
            return (
                "*/\(step)",
                Array(stride(from: range.lowerBound, through: range.upperBound, by: step))
            )
        case 2: return ("\(name(low))-\(name(high))", Array(low...high))
        case 3: return ("\(low)-\(high)/\(step)", Array(stride(from: low, through: high, by: step)))
        default: return (name(low), [low])
        }
    }
}
