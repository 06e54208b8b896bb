/// A place in a file: line and column count from 1, columns in characters.
package struct SourceLocation: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let file: String
    package let line: Int
    package let column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    package init(file: String, _ mark: Mark) {
        self.init(file: file, line: Int(mark.line), column: Int(mark.column))
    }

    package var description: String { "\(file):\(line):\(column)" }

    package static func < (a: SourceLocation, b: SourceLocation) -> Bool {
        (a.file, a.line, a.column) < (b.file, b.line, b.column)
    }
}

/// What is wrong with a user's text, and what to do about it.
package struct Diagnostic: Hashable, Sendable {
    package enum Severity: String, Sendable { case error, warning }

    /// Stable, kebab-case, one a problem: `unknown-field`.
    package let code: String
    package let severity: Severity
    package let message: String
    /// `nil` where it is about no place in a file: a directory that cannot be read.
    package let location: SourceLocation?
    /// How many characters the carets mark, at least 1.
    package let length: Int
    /// The source line, without its end; `nil` where there is none.
    package let sourceLine: String?
    /// How many characters of the line were left out before it.
    package let sourceStart: Int
    /// What to do; `nil` where the message says it.
    package let help: String?

    package init(
        code: String, severity: Severity, message: String, location: SourceLocation?,
        length: Int = 1, sourceLine: String? = nil, sourceStart: Int = 0, help: String? = nil
    ) {
        self.code = code
        self.severity = severity
        self.message = message
        self.location = location
        self.length = max(1, length)
        self.sourceLine = sourceLine
        self.sourceStart = sourceStart
        self.help = help
    }
}
