/// A pattern of model names: `*` stands for any run of characters, `?` for one, the rest for itself.
struct Glob: Hashable, Sendable {
    /// Most are a name, or a `*` at one end.
    private enum Form: Hashable, Sendable {
        case name
        case prefix(String)
        case suffix(String)
        case other
    }

    let text: String
    private let pattern: [Unicode.Scalar]
    private let form: Form

    init(_ text: String) {
        self.text = text
        pattern = Array(text.unicodeScalars)
        let wild = text.utf8.count { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
        form =
            switch (wild, text.utf8.first, text.utf8.last) {
            case (0, _, _): .name
            case (1, _, UInt8(ascii: "*")): .prefix(String(text.dropLast()))
            case (1, UInt8(ascii: "*"), _): .suffix(String(text.dropFirst()))
            default: .other
            }
    }

    /// Of a name without wildcards; `nil` where the form does not tell.
    private func fits(_ name: String) -> Bool? {
        guard !name.utf8.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") })
        else { return nil }
        return switch form {
        case .name: name.utf8.elementsEqual(text.utf8)
        case .prefix(let start): name.utf8.starts(with: start.utf8)
        case .suffix(let end): name.utf8.reversed().starts(with: end.utf8.reversed())
        case .other: nil
        }
    }

    /// Whether every name that `other` stands for is one of this. A name without wildcards stands
    /// for itself. Where it cannot be told by looking at one `*` at a time the answer is no.
    func covers(_ other: String) -> Bool {
        if let fits = fits(other) { return fits }
        let other = Array(other.unicodeScalars)
        // What is left of this pattern covers what is left of the other one.
        var row = [Bool](repeating: false, count: other.count + 1)
        row[other.count] = true
        for mine in pattern.reversed() {
            var next = [Bool](repeating: false, count: other.count + 1)
            for at in stride(from: other.count, through: 0, by: -1) {
                next[at] =
                    if mine == "*" {
                        row[at] || at < other.count && next[at + 1]
                    } else if at < other.count {
                        other[at] != "*" && (mine == "?" || mine == other[at]) && row[at + 1]
                    } else {
                        false
                    }
            }
            row = next
        }
        return row[0]
    }

    /// Whether some name is one of both.
    func overlaps(_ other: String) -> Bool {
        if let fits = fits(other) { return fits }
        let other = Array(other.unicodeScalars)
        var row = [Bool](repeating: false, count: other.count + 1)
        row[other.count] = true
        for at in stride(from: other.count - 1, through: 0, by: -1) {
            row[at] = other[at] == "*" && row[at + 1]
        }
        for mine in pattern.reversed() {
            var next = [Bool](repeating: false, count: other.count + 1)
            for at in stride(from: other.count, through: 0, by: -1) {
                let theirs = at < other.count ? other[at] : nil
                next[at] =
                    if mine == "*" {
                        row[at] || theirs != nil && next[at + 1]
                    } else if theirs == "*" {
                        row[at] || next[at + 1]
                    } else if let theirs {
                        (mine == "?" || theirs == "?" || mine == theirs) && row[at + 1]
                    } else {
                        false
                    }
            }
            row = next
        }
        return row[0]
    }
}
