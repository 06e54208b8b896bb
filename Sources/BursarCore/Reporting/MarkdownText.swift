/// Text of others made safe in Markdown as GitHub and GitLab render it: it stays text, whatever it
/// says. It makes no link, no image, no HTML, no list or heading, and it mentions nobody.
///
/// Scalar by scalar: a bar with an accent on it is one character to Swift, and a bar to Markdown.
package enum MarkdownText {
    /// For the middle of a line, a table's cell included.
    ///
    /// What is special to Markdown gets a backslash. What a forge links without markup (`@name`,
    /// `#12`, `GH-12`, `www.`, `a@b.c`, a commit's hash; GitLab's `!12`, `$12`, `%12`, `&12`, `~12`) is
    /// broken by a zero-width space: it is looked for in what is rendered, where a backslash is gone.
    package static func escape(_ text: String) -> String {
        let all = Array(VisibleText.escape(text).unicodeScalars)
        var out = String.UnicodeScalarView()
        var run = 0
        for (index, scalar) in all.enumerated() {
            // Seven hexadecimal digits in a row may be a commit.
            run = scalar.properties.isASCIIHexDigit ? run + 1 : 0
            if run == 7 {
                out.append(gap)
                run = 1
            }
            let before = index > 0 ? all[index - 1] : " "
            let after = index + 1 < all.count ? all[index + 1] : " "
            if markup.contains(scalar) { out.append("\\") }
            if scalar == "|" {
                out.append(contentsOf: #"\\u\{7C\}"#.unicodeScalars)
            } else {
                out.append(scalar)
            }
            if links(scalar, before, after) { out.append(gap) }
        }
        return String(out)
    }

    private static let markup = Set(#"\`*_{}[]<>+#!-.&~$"#.unicodeScalars)

    /// Zero width space.
    private static let gap: Unicode.Scalar = "\u{200B}"

    private static func links(
        _ scalar: Unicode.Scalar, _ before: Unicode.Scalar, _ after: Unicode.Scalar
    ) -> Bool {
        guard after != " " else { return false }
        switch scalar {
        case "@", "#", "!", "$", "%", "&", "~": return true
        // Of a scheme, or of an emoji's name.
        case ":": return after == "/" || after.properties.isAlphabetic
        case ".":
            return before.properties.isAlphabetic && after.properties.isAlphabetic
                || before == "w" || before == "W"
        case "-": return (48...57).contains(after.value) && (before == "H" || before == "h")
        default: return false
        }
    }

    /// A name or a value: a code span, in which nothing is markup. It has no backtick to end it and
    /// no bar to end a cell.
    package static func code(_ text: String) -> String {
        let safe = replacing(text) { scalar in
            switch scalar {
            case "`": #"\u{60}"#
            case "|": #"\u{7C}"#
            default: nil
            }
        }
        guard safe.unicodeScalars.contains(where: { $0 != " " }) else { return "` `" }
        return "`" + safe + "`"
    }

    /// For a block of HTML, inside `<code>`, in which no forge looks for mentions.
    package static func html(_ text: String) -> String {
        replacing(text) { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case "'": "&#39;"
            default: nil
            }
        }
    }

    private static func replacing(
        _ text: String, _ other: (Unicode.Scalar) -> String?
    ) -> String {
        var out = String.UnicodeScalarView()
        for scalar in VisibleText.escape(text).unicodeScalars {
            if let replacement = other(scalar) {
                out.append(contentsOf: replacement.unicodeScalars)
            } else {
                out.append(scalar)
            }
        }
        return String(out)
    }

    /// Lines as they are, in a fence longer than any that they hold.
    package static func fence(_ lines: [String], language: String) -> String {
        let longest = lines.map(longestRun).max() ?? 0
        let fence = String(repeating: "`", count: max(3, longest + 1))
        return ([fence + language] + lines + [fence]).joined(separator: "\n")
    }

    private static func longestRun(_ line: String) -> Int {
        var (run, longest) = (0, 0)
        for scalar in line.unicodeScalars {
            run = scalar == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }

    /// How long GitHub takes it for: it counts code points; UTF-16 units are never fewer.
    package static func length(_ text: String) -> Int { text.utf16.count }

    /// At most that many code points, the middle left out.
    package static func shortened(_ text: String, to length: Int) -> String {
        let scalars = text.unicodeScalars
        guard scalars.count > length else { return text }
        let half = (length - 1) / 2
        return String(scalars.prefix(length - 1 - half)) + "…" + String(scalars.suffix(half))
    }
}
