internal import BursarCore

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
