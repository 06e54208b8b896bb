/// What a plain scalar is by YAML's core schema: `no`, `on`, `017` written as YAML 1.1 has them and
/// `2026-01-02` stay what they look like.
enum ScalarForm: Hashable, Sendable {
    case null
    case truth(Bool)
    case wholeNumber
    case decimal
    case text

    init(plain text: String) {
        // Most are words or numbers: the words below begin otherwise.
        switch text.utf8.first ?? UInt8(ascii: "~") {
        case 48...57: self = Self.number(text)
        case 43, 45, 46, 70, 78, 84, 102, 110, 116, 126: self = Self.word(text)
        default: self = .text
        }
    }

    static func isNull(plain text: String) -> Bool {
        switch text {
        case "", "~", "null", "Null", "NULL": true
        default: false
        }
    }

    private static func word(_ text: String) -> ScalarForm {
        if isNull(plain: text) { return .null }
        return switch text {
        case "true", "True", "TRUE": .truth(true)
        case "false", "False", "FALSE": .truth(false)
        case ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "-.inf", "-.Inf", "-.INF":
            .decimal
        default: number(text)
        }
    }

    private static func number(_ text: String) -> ScalarForm {
        var rest = Substring(text).utf8
        if text.hasPrefix("0o") {
            return rest.dropFirst(2).allSatisfy { (48...55).contains($0) } && rest.count > 2
                ? .wholeNumber : .text
        }
        if text.hasPrefix("0x") {
            return rest.dropFirst(2).allSatisfy(isHex) && rest.count > 2 ? .wholeNumber : .text
        }
        if let sign = rest.first, sign == 43 || sign == 45 { rest = rest.dropFirst() }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        guard !rest.isEmpty else { return whole.isEmpty ? .text : .wholeNumber }
        var fraction = rest.prefix(0)
        if rest.first == 46 {
            rest = rest.dropFirst()
            fraction = rest.prefix(while: isDigit)
            rest = rest.dropFirst(fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return .text }
        guard let mark = rest.first else { return .decimal }
        guard mark == 101 || mark == 69 else { return .text }
        rest = rest.dropFirst()
        if let sign = rest.first, sign == 43 || sign == 45 { rest = rest.dropFirst() }
        return !rest.isEmpty && rest.allSatisfy(isDigit) ? .decimal : .text
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private static func isHex(_ byte: UInt8) -> Bool {
        isDigit(byte) || (97...102).contains(byte) || (65...70).contains(byte)
    }

    /// The number of a scalar whose form is `wholeNumber`; `nil` where it does not fit.
    static func int(_ text: String) -> Int? {
        if text.hasPrefix("0o") { return Int(text.dropFirst(2), radix: 8) }
        if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16) }
        return Int(text)
    }
}
