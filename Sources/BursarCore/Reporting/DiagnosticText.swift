/// Diagnostics for people, each with its line and a caret; empty where there are none.
package func render(_ diagnostics: [Diagnostic], color: Bool) -> String {
    diagnostics.map { DiagnosticText(color: color).text($0) }.joined(separator: "\n")
}

private struct DiagnosticText {
    let color: Bool

    func text(_ diagnostic: Diagnostic) -> String {
        let tone = diagnostic.severity == .error ? "31" : "33"
        let head = paint("\(diagnostic.severity)[\(diagnostic.code)]", "1;" + tone)
        var lines = ["\(head): \(VisibleText.escape(diagnostic.message))"]
        let number = diagnostic.location.map { String($0.line) } ?? ""
        let margin = String(repeating: " ", count: number.count + 1)
        if let location = diagnostic.location {
            let place = VisibleText.escape(location.description)
            lines.append(margin.dropLast() + paint("-->", "34") + " " + place)
            if let line = diagnostic.sourceLine {
                let (shown, carets) = excerpt(
                    line, location.column - diagnostic.sourceStart, diagnostic.length,
                    isCut: diagnostic.sourceStart > 0)
                lines.append(margin + paint("|", "34"))
                lines.append(paint(number + " |", "34") + " " + shown)
                lines.append(margin + paint("|", "34") + " " + paint(carets, tone))
            }
        }
        if let help = diagnostic.help {
            lines.append(margin + paint("=", "34") + " help: " + VisibleText.escape(help))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let width = 160

    /// The line, cut around the column where it is long, and the carets under what is marked.
    private func excerpt(
        _ line: String, _ column: Int, _ length: Int, isCut: Bool
    ) -> (String, String) {
        let scalars = Array(line.unicodeScalars)
        let at = min(max(0, column - 1), scalars.count)
        let from = at > Self.width * 2 / 3 ? at - Self.width / 3 : 0
        let to = min(scalars.count, from + Self.width)
        let end = max(at, min(to, at + length))
        func visible(_ range: Range<Int>) -> String {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars[range])
            return VisibleText.escape(String(view))
        }
        let before = (from > 0 || isCut ? "…" : "") + visible(from..<at)
        let marked = visible(at..<end)
        let after = visible(end..<to) + (to < scalars.count ? "…" : "")
        let carets = String(repeating: "^", count: max(1, marked.count))
        return (before + marked + after, String(repeating: " ", count: before.count) + carets)
    }

    private func paint(_ text: String, _ code: String) -> String {
        color ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
