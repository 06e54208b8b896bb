/// What a piece of a line is; how it looks is for a style to say.
package enum Role: Hashable, Sendable, CaseIterable {
    /// Our own words.
    case plain
    case heading
    /// A name or value that others wrote: of a workspace, a model, a path.
    case name
    case added, removed, changed
    case drift
    /// Explains, and may quote what others wrote.
    case dim
    /// A file and a line, or a commit.
    case place
    case money
    /// Takes something away or stops something that works.
    case caution
}

/// A piece of text of one role. It is as it was written: whoever prints it makes it safe.
package struct Piece: Hashable, Sendable {
    package let text: String
    package let role: Role

    package init(_ text: String, _ role: Role = .plain) {
        self.text = text
        self.role = role
    }
}

/// Pieces one after another: `"\(count) of \(name, .name)"`.
package struct StyledText: Hashable, Sendable, ExpressibleByStringInterpolation {
    package private(set) var pieces: [Piece]

    package init(_ pieces: [Piece] = []) { self.pieces = pieces.filter { !$0.text.isEmpty } }
    package init(_ text: String, _ role: Role = .plain) { self.init([Piece(text, role)]) }
    package init(stringLiteral value: String) { self.init(value) }
    package init(stringInterpolation: StringInterpolation) {
        self.init(stringInterpolation.pieces)
    }

    package var isEmpty: Bool { pieces.isEmpty }

    /// Without roles, and not made safe.
    package var raw: String { pieces.map(\.text).joined() }

    package static func + (a: StyledText, b: StyledText) -> StyledText {
        StyledText(a.pieces + b.pieces)
    }

    package static func += (a: inout StyledText, b: StyledText) { a = a + b }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var pieces: [Piece] = []

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: String) { pieces.append(Piece(literal)) }

        package mutating func appendInterpolation(
            _ value: some CustomStringConvertible, _ role: Role = .plain
        ) {
            pieces.append(Piece(value.description, role))
        }

        package mutating func appendInterpolation(_ text: StyledText) { pieces += text.pieces }
    }
}

extension [StyledText] {
    package func joined(separator: String) -> StyledText {
        reduce(into: StyledText()) { joined, text in
            joined += joined.isEmpty ? text : StyledText(separator) + text
        }
    }
}

/// One line of a report.
package struct StyledLine: Hashable, Sendable {
    /// What happens to what the line is about.
    package enum Sign: String, Hashable, Sendable {
        case added = "+"
        case removed = "-"
        case changed = "~"
        case checked = "?"
    }

    package let sign: Sign?
    /// Steps of two columns from the left, of the text; a sign stands in the step before it.
    package let indent: Int
    package let text: StyledText

    package init(_ text: StyledText, sign: Sign? = nil, indent: Int = 0) {
        self.text = text
        self.sign = sign
        self.indent = indent
    }
}

/// Lines that belong together, under a title.
package struct ReportSection: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// What happens in one workspace, by its id.
        case workspace(WorkspaceID)
        case deferred, upcoming, money, limits, cautions, warnings, errors
        /// Of another report.
        case other
    }

    package let kind: Kind
    package let title: StyledText
    package let lines: [StyledLine]

    package init(_ kind: Kind, _ title: StyledText, _ lines: [StyledLine]) {
        self.kind = kind
        self.title = title
        self.lines = lines
    }
}
