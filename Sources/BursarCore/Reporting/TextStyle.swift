/// Lines for a terminal or a file: with ANSI colours or none, wrapped or as long as they are.
package struct TextStyle: Sendable {
    private let color: Bool
    /// Columns; `nil`: nothing is wrapped, so that every line of a file or a pipe is whole.
    private let width: Int?

    package init(color: Bool, width: Int? = nil) {
        self.color = color
        self.width = width.map { max($0, Self.narrowest) }
    }

    /// Below this, wrapping makes a column of single words.
    private static let narrowest = 40

    /// Every section with an empty line after it.
    package func text(_ sections: [ReportSection]) -> String {
        sections.filter { !$0.lines.isEmpty }.map { section in
            text([StyledLine(section.title)] + section.lines) + "\n"
        }.joined()
    }

    package func text(_ lines: [StyledLine]) -> String {
        lines.map { text($0) + "\n" }.joined()
    }

    package func text(_ line: StyledLine) -> String {
        var head = String(repeating: "  ", count: line.indent)
        if let sign = line.sign {
            head = String(head.dropLast(2)) + paint(sign.rawValue, sign.role) + " "
        }
        // What follows would put it together again as it was.
        if !color, width == nil { return head + line.text.pieces.plain }
        let indent = line.indent * 2
        let rows = wrapped(words(of: line.text), from: indent)
        let next = "\n" + String(repeating: " ", count: indent + Self.hanging)
        return head + rows.map(painted).joined(separator: next)
    }

    /// How much further in the lines after the first stand.
    private static let hanging = 4

    package func bold(_ text: String) -> String { paint(text, .heading) }

    private func paint(_ text: String, _ role: Role) -> String {
        guard color, let code = role.code, !text.isEmpty else { return text }
        return "\u{1b}[\(code)m\(text)\u{1b}[0m"
    }
}

// MARK: - Wrapping

extension TextStyle {
    private struct Word {
        /// How many there are before it.
        var spaces: Int
        var pieces: [Piece] = []
        var columns = 0
    }

    /// Split at spaces, made safe; a word may have several roles.
    private func words(of text: StyledText) -> [Word] {
        var words = [Word(spaces: 0)]
        for piece in text.pieces {
            let safe = VisibleText.escape(piece.text)
            for (index, part) in safe.split(separator: " ", omittingEmptySubsequences: false)
                .enumerated()
            {
                if index > 0 {
                    let isOpen = words[words.count - 1].pieces.isEmpty
                    if isOpen {
                        words[words.count - 1].spaces += 1
                    } else {
                        words.append(Word(spaces: 1))
                    }
                }
                guard !part.isEmpty else { continue }
                words[words.count - 1].pieces.append(Piece(String(part), piece.role))
                words[words.count - 1].columns += VisibleText.columns(part)
            }
        }
        return words.filter { !$0.pieces.isEmpty }
    }

    private func wrapped(_ words: [Word], from indent: Int) -> [[Word]] {
        guard let width else { return [words] }
        var rows: [[Word]] = [[]]
        var column = indent
        for var word in words {
            if !rows[rows.count - 1].isEmpty, column + word.spaces + word.columns > width {
                rows.append([])
                column = indent + Self.hanging
            }
            if rows[rows.count - 1].isEmpty { word.spaces = 0 }
            column += word.spaces + word.columns
            rows[rows.count - 1].append(word)
        }
        return rows
    }

    /// Neighbours of one role are painted as one, with the spaces between them.
    private func painted(_ words: [Word]) -> String {
        var runs: [Piece] = []
        for word in words {
            for (index, piece) in word.pieces.enumerated() {
                let spaces = index == 0 ? String(repeating: " ", count: word.spaces) : ""
                if let last = runs.last, last.role == piece.role {
                    runs[runs.count - 1] = Piece(last.text + spaces + piece.text, piece.role)
                } else {
                    if !spaces.isEmpty { runs.append(Piece(spaces)) }
                    runs.append(piece)
                }
            }
        }
        return runs.map { paint($0.text, $0.role) }.joined()
    }
}

extension [Piece] {
    /// Made safe, without colours, and without spaces at the end.
    fileprivate var plain: String {
        var text = ""
        for piece in self { text += VisibleText.escape(piece.text) }
        while text.utf8.last == UInt8(ascii: " ") { text.removeLast() }
        return text
    }
}

extension Role {
    /// Of SGR; `nil`: as the terminal has it.
    fileprivate var code: String? {
        switch self {
        case .plain, .name: nil
        case .heading: "1"
        case .added: "32"
        case .removed: "31"
        case .changed, .drift: "33"
        case .dim: "2"
        case .place: "36"
        case .money: "35"
        case .caution: "1;31"
        }
    }
}

extension StyledLine.Sign {
    fileprivate var role: Role {
        switch self {
        case .added: .added
        case .removed: .removed
        case .changed: .changed
        case .checked: .dim
        }
    }
}

/// `1 workspace`, `2 workspaces`.
package func counted(_ count: Int, _ noun: String) -> String {
    counted(count, noun, noun + "s")
}

func counted(_ count: Int, _ one: String, _ many: String) -> String {
    "\(count) \(count == 1 ? one : many)"
}
