internal import BursarCore

/// Texts as YAML that every reader takes for the same text.
enum YAMLText {
    /// In block and in flow style.
    static func plainOrQuoted(_ text: String) -> String {
        let isSimple =
            ScalarForm(plain: text) == .text && !text.isEmpty
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                    || [45, 46, 47, 95].contains($0)
            } && text.utf8.first != 45
        return isSimple ? text : quoted(text)
    }

    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            default:
                let escaped = VisibleText.escape(String(scalar))
                let isHidden = escaped.unicodeScalars.count > 1 || isForbidden(scalar)
                out += isHidden ? Self.escape(scalar) : escaped
            }
        }
        return out + "\""
    }

    /// One line of a comment, with nothing in it that could be a secret.
    static func comment(_ text: String) -> String {
        let shown = VisibleText.escape(LiteralSecrets.masked(text)).unicodeScalars
        return String(String.UnicodeScalarView(shown.filter { !isForbidden($0) }))
    }

    /// No YAML file may hold it.
    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value == 0xFFFE || scalar.value == 0xFFFF
    }

    /// `\UXXXXXXXX`, which every YAML reader knows.
    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
