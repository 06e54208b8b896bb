/// A place in a file; line and column count from 1, columns in code points (libyaml's own count).
package struct Mark: Hashable, Comparable, Sendable {
    package let line: Int32
    package let column: Int32

    package init(line: Int32, column: Int32) {
        self.line = line
        self.column = column
    }

    package static func < (a: Mark, b: Mark) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// From a place up to, not including, another.
package struct Extent: Hashable, Sendable {
    /// The number of its file: what a workspace inherits stands in another one.
    package let file: Int32
    package let start: Mark
    package let end: Mark

    package init(file: Int32, start: Mark, end: Mark) {
        self.file = file
        self.start = start
        self.end = end
    }

    /// Characters on the first line; 1 where it goes beyond that line.
    package var length: Int {
        start.line == end.line ? max(1, Int(end.column - start.column)) : 1
    }
}
