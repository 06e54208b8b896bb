/// A place in a file; line and column count from 1, columns in code points (libyaml's own count).
struct Mark: Hashable, Comparable, Sendable {
    let line: Int32
    let column: Int32

    static func < (a: Mark, b: Mark) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// From a place up to, not including, another.
struct Extent: Hashable, Sendable {
    /// The number of its file: what a workspace inherits stands in another one.
    let file: Int32
    let start: Mark
    let end: Mark

    /// Characters on the first line; 1 where it goes beyond that line.
    var length: Int { start.line == end.line ? max(1, Int(end.column - start.column)) : 1 }
}

/// A YAML value and where it stands.
struct Node: Sendable {
    struct Pair: Sendable {
        let name: String
        let key: Extent
        let value: Node
    }

    enum Value: Sendable {
        /// `plain`: neither quoted nor a block, so the core schema decides what it is.
        case scalar(String, plain: Bool)
        case sequence([Node])
        /// Names are unique.
        case mapping([Pair])
        /// Something that was refused when it was parsed, and said so: decoders stay silent.
        case refused
    }

    let value: Value
    let extent: Extent

    var isNull: Bool {
        guard case .scalar(let text, plain: true) = value else { return false }
        return ScalarForm(plain: text) == .null
    }

    /// The value of `name` where this is a mapping that has it.
    subscript(name: String) -> Node? {
        guard case .mapping(let pairs) = value else { return nil }
        return pairs.first { $0.name == name }?.value
    }

    /// The names of a mapping's fields that are not `null`.
    var writtenNames: Set<String> {
        guard case .mapping(let pairs) = value else { return [] }
        return Set(pairs.lazy.filter { !$0.value.isNull }.map(\.name))
    }

    /// The text of a scalar, whatever its form.
    var text: String? {
        guard case .scalar(let text, _) = value else { return nil }
        return text
    }
}

/// A problem and where it stands.
struct Located: Error, Sendable {
    let problem: ManifestProblem
    let extent: Extent
    /// Where the value was written that `extent`'s workspace inherits; `nil` for its own.
    var inherited: Extent?
}

/// One YAML document.
struct Document: Sendable {
    let root: Node
    /// What is wrong with it as YAML (duplicate keys, aliases, tags).
    let problems: [Located]
}
