/// `docs/reference/manifest.md`: every field of every kind, made of the schema that the decoders use.
package struct SchemaReference {
    /// Where a group was described, by its fields.
    private var described: [String: String] = [:]

    package static func markdown() -> String {
        var reference = SchemaReference()
        return reference.text()
    }

    private mutating func text() -> String {
        var lines = [
            "# Manifests", "",
            "Made of the schema that the decoders use (`bursar schema --output markdown`); do not edit.",
            "",
            "A field that is absent and one that is `null` say the same where nothing else is told. In a workspace, `null` takes away what a",
            "directory's defaults give; `limits` and `warnAt` are cleared on the proxy by it, and left alone where they are absent.",
            "",
        ]
        for kind in Schema.Kind.allCases {
            lines += ["## \(kind.rawValue)", "", kind.introduction, ""]
            for field in kind.document.fields {
                guard case .group(let group) = field.shape else { continue }
                lines += sections(group, path: field.name, of: kind)
            }
        }
        lines += [
            "## What the JSON Schema cannot know", "",
            "`bursar schema` prints a JSON Schema for editors. It takes whatever bursar takes; these are found by `bursar validate` alone:",
            "",
        ]
        lines += BeyondSchema.allCases.map { "- \($0.rawValue)" }
        return lines.joined(separator: "\n") + "\n"
    }

    private mutating func sections(
        _ group: Schema.Group, path: String, of kind: Schema.Kind
    ) -> [String] {
        var lines = ["### `\(path)`", ""]
        let fields = group.fields.filter(\.isSupported)
        let key = group.name + fields.map(\.doc).joined()
        if let place = described[key] { return lines + ["As \(place).", ""] }
        described[key] = "`\(path)` of \(kind.rawValue)"
        if !fields.isEmpty {
            lines += ["| field | value | |", "|---|---|---|"]
            lines += fields.map { field in
                let required = field.isRequired ? ", required" : ""
                return "| `\(field.name)` | \(field.shape.words)\(required) | \(field.doc) |"
            }
            lines.append("")
        }
        if !group.rules.isEmpty { lines += group.rules.map { "- \($0.words)" } + [""] }
        for field in fields {
            guard let (below, suffix) = field.shape.inner else { continue }
            lines += sections(below, path: "\(path).\(field.name)\(suffix)", of: kind)
        }
        return lines
    }
}

extension Schema.Kind {
    fileprivate var introduction: String {
        switch self {
        case .workspace: "A LiteLLM team, its keys and its limits."
        case .configuration:
            "`bursar.yaml` at the top of the source: whose it is and what it talks to."
        case .defaults:
            "What the workspaces in this directory and below inherit, at most one document a directory. The nearest wins: maps merge, lists and "
                + "words replace, `null` removes. `bursar render NAME` shows the result."
        case .policy:
            "What the workspaces in this directory and below may say, after defaults. Several apply together; of two bounds the stricter one counts."
        case .gateway:
            "The gateway's own file, `gateway.yaml` beside nothing else of bursar's: what `bursar gateway` serves. It does not belong into a source."
        }
    }
}

extension Schema.Shape {
    fileprivate var words: String {
        switch self {
        case .text: "text"
        case .format(let format):
            format.words + ": " + format.examples.map { "`\($0)`" }.joined(separator: ", ")
        case .word(let words): words.map { "`\($0)`" }.joined(separator: " or ")
        case .truth: "`true` or `false`"
        case .number(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .amount: "US dollars above 0, at most 6 decimals"
        case .amountOrNone: "US dollars from 0, at most 6 decimals"
        case .rate: "Compute Units from 0, at most 12 decimals"
        case .spanWithin(let range):
            "a length of time from `\(range.lowerBound)` to `\(range.upperBound)`"
        case .list(let item): "a list: \(item.words)"
        case .set(let item): "a list, each once: \(item.words)"
        case .command: "a list of texts, at least one"
        case .map(let value): "names, each with \(value.words)"
        case .loose: "a text, number or truth value"
        case .anything: "anything"
        case .group: "a mapping"
        case .emptyGroup: "a mapping, or nothing"
        case .either(let one, let other): "\(one.words), or \(other.words)"
        }
    }

    /// The group in it, and how a path through it is written.
    fileprivate var inner: (Schema.Group, String)? {
        switch self {
        case .group(let group), .emptyGroup(let group): (group, "")
        case .list(let item), .set(let item): item.inner.map { ($0.0, "[]" + $0.1) }
        case .map(let value): value.inner.map { ($0.0, ".<name>" + $0.1) }
        case .either(let one, let other): one.inner ?? other.inner
        default: nil
        }
    }
}

extension Schema.Rule {
    fileprivate var words: String {
        switch self {
        case .exclusive(let one, let other): "`\(one)` and `\(other)` exclude one another."
        case .needs(let name, let others):
            "`\(name)` says nothing without " + others.map { "`\($0)`" }.joined(separator: " or ")
                + "."
        case .exactlyOne(let names), .exactlyOneWritten(let names):
            "Exactly one of " + names.map { "`\($0)`" }.joined(separator: ", ") + "."
        }
    }
}
