/// JSON whose members keep their order: it is read by people too.
indirect enum JSONTree: Sendable {
    case text(String)
    case number(Int)
    case truth(Bool)
    case list([JSONTree])
    case object([(name: String, value: JSONTree)])

    /// Two spaces a level; lists of plain values stand on one line.
    func printed(indent: String = "") -> String {
        let below = indent + "  "
        switch self {
        case .text(let text): return Self.quoted(text)
        case .number(let number): return String(number)
        case .truth(let flag): return String(flag)
        case .list(let items):
            if items.allSatisfy(\.isPlain) {
                return "[" + items.map { $0.printed() }.joined(separator: ", ") + "]"
            }
            let lines = items.map { below + $0.printed(indent: below) }
            return "[\n" + lines.joined(separator: ",\n") + "\n" + indent + "]"
        case .object(let members):
            guard !members.isEmpty else { return "{}" }
            let lines = members.map {
                below + Self.quoted($0.name) + ": " + $0.value.printed(indent: below)
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n" + indent + "}"
        }
    }

    private var isPlain: Bool {
        switch self {
        case .text, .number, .truth: true
        case .list, .object: false
        }
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            default:
                precondition(scalar.value >= 32, "the schema's texts have no control characters")
                out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
