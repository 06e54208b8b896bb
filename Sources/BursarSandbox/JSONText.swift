internal import BursarCore
internal import FoundationEssentials

/// JSON in and out of the stand-in; members in the order of their names, numbers as they are written.
enum JSONText {
    /// `nil` where `bytes` is no JSON.
    static func value(_ bytes: [UInt8]) -> JSONValue? {
        try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    }

    static func bytes(_ value: JSONValue) -> [UInt8] {
        var out: [UInt8] = []
        write(value, to: &out)
        return out
    }

    private static func write(_ value: JSONValue, to out: inout [UInt8]) {
        switch value {
        case .null: out += Array("null".utf8)
        case .bool(let flag): out += Array((flag ? "true" : "false").utf8)
        case .number(let text): out += Array(text.utf8)
        case .string(let text): write(text, to: &out)
        case .array(let elements):
            out.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                write(element, to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (index, name) in members.keys.sorted().enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                write(name, to: &out)
                out.append(UInt8(ascii: ":"))
                write(members[name] ?? .null, to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
            case 10: out += Array("\\n".utf8)
            case 0..<32: out += Array(("\\u00" + Hex.string([byte])).utf8)
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}

extension JSONValue {
    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    static func optional(_ number: Int?) -> JSONValue { number.map { .number($0) } ?? .null }
    static func optional(_ flag: Bool?) -> JSONValue { flag.map { .bool($0) } ?? .null }
    static func optional(_ money: Money?) -> JSONValue { money.map { .money($0) } ?? .null }
    static func money(_ money: Money) -> JSONValue { .number(PythonText.float(money)) }
    static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
    static func nulls(_ names: String) -> [String: JSONValue] { constant(.null, names) }

    /// The same value under every one of the names, which are separated by spaces.
    static func constant(_ value: JSONValue, _ names: String) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        for name in names.split(separator: " ") { members[String(name)] = value }
        return members
    }

    var isNull: Bool { self == .null }
    var numberText: String? {
        if case .number(let text) = self { text } else { nil }
    }
}

/// Values as Python prints them, for the texts of errors.
enum PythonText {
    /// `1.0`, `0.0048`: at least one decimal.
    static func float(_ money: Money) -> String {
        let text = money.description
        return text.hasSuffix("0") && !text.hasSuffix(".0") ? String(text.dropLast()) : text
    }

    static func list(_ texts: [String]) -> String {
        "[" + texts.map { "'\($0)'" }.joined(separator: ", ") + "]"
    }

    /// `{'error': '…'}`, in double quotes where the text holds a single one.
    static func error(_ text: String, name: String = "error") -> String {
        let escaped = text.replacing("\n", with: "\\n")
        return text.contains("'") ? "{'\(name)': \"\(escaped)\"}" : "{'\(name)': '\(escaped)'}"
    }
}
