internal import BursarCore

/// What is found while a document is decoded: its problems, and where its fields stand.
struct Findings {
    private(set) var problems = ProblemList()
    /// By path: `spec.budget.limit`. Of a scalar the value, of the rest the field's name.
    private(set) var places = Places()
    /// The paths that are written as `null`.
    private(set) var removed: Set<String> = []
    /// The paths of fields for which another, unknown name was written: they are missing, but the
    /// slip is the one thing to mend.
    private(set) var misspelt: Set<String> = []

    mutating func note(_ problem: ManifestProblem, at extent: Extent) {
        problems.add(problem, at: extent)
    }

    mutating func note(_ problem: ManifestProblem, at node: Node) {
        note(problem, at: node.extent)
    }

    mutating func place(_ path: String, at extent: Extent) {
        places.add(path, at: extent)
    }

    /// Of a field in a mapping whose path is a group.
    mutating func place(_ name: String, in group: Places.Group, at extent: Extent) {
        places.add(name, in: group, at: extent)
    }

    mutating func group(_ path: String) -> Places.Group { places.group(path) }

    mutating func remove(_ path: String) { removed.insert(path) }

    mutating func misspell(_ path: String) { misspelt.insert(path) }

    /// Says what was expected, unless the node was refused and said so already.
    mutating func expected(_ what: String, at node: Node) {
        guard !problems.isFull, let found = node.kindInWords else { return }
        note(.wrongType(expected: what, found: found), at: node)
    }
}

extension Node {
    /// `nil` for what was refused while parsing.
    fileprivate var kindInWords: String? {
        switch value {
        case .refused: nil
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar(let text, plain: false): "text " + quoted(text)
        case .scalar(let text, plain: true):
            switch ScalarForm(plain: text) {
            case .null: "nothing"
            case .truth: "the truth value " + quoted(text)
            case .wholeNumber: "the number " + quoted(text)
            case .decimal: "the decimal number " + quoted(text)
            case .text: "text " + quoted(text)
            }
        }
    }
}

/// A user's text in a sentence: without control characters, secrets and more than 60 characters.
func quoted(_ text: String) -> String {
    // Far more than is shown, so that what is cut off here is cut off in the end.
    let start = text.utf8.count > 600 ? String(text.unicodeScalars.prefix(500)) : text
    let masked = LiteralSecrets.masked(start)
    let cut = masked.count > 60 ? masked.prefix(57) + "…" : masked[...]
    return "`" + VisibleText.escape(String(cut)) + "`"
}
