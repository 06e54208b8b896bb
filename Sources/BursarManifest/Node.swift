internal import BursarCore

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
        return ScalarForm.isNull(plain: text)
    }

    /// The value of `name` where this is a mapping that has it.
    subscript(name: String) -> Node? {
        guard case .mapping(let pairs) = value else { return nil }
        return pairs.first { $0.name == name }?.value
    }

    /// The names of a mapping's fields that are not `null`.
    var writtenNames: [String] {
        guard case .mapping(let pairs) = value else { return [] }
        return pairs.compactMap { $0.value.isNull ? nil : $0.name }
    }

    /// Of a part of the text, in scalars; of the whole where it is written with escapes or over
    /// several lines.
    func extent(of part: Range<Int>) -> Extent {
        guard case .scalar(let text, let plain) = value, extent.start.line == extent.end.line,
            extent.length == text.unicodeScalars.count + (plain ? 0 : 2)
        else { return extent }
        let first = extent.start.column + (plain ? 0 : 1)
        func mark(_ offset: Int) -> Mark {
            Mark(line: extent.start.line, column: first + Int32(clamping: offset))
        }
        return Extent(
            file: extent.file, start: mark(part.lowerBound), end: mark(part.upperBound))
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
    let problems: ProblemList
}
