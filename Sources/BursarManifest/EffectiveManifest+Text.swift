internal import BursarCore
internal import FoundationEssentials

extension EffectiveManifest {
    /// Valid YAML that says the same as the manifest without any defaults; after every value, in a
    /// comment, where it was written.
    package func yaml(color: Bool) -> String {
        var lines = YAMLLines(origin: origin(of:))
        lines.add(root, indent: "", lead: "")
        let width = min(60, lines.lines.map(\.text.count).max() ?? 0)
        return lines.lines.map { line in
            guard let comment = line.origin?.comment else { return line.text + "\n" }
            let gap = String(repeating: " ", count: max(0, width - line.text.count) + 2)
            let shown = "# " + VisibleText.escape(comment)
            return line.text + gap + (color ? "\u{1B}[2m\(shown)\u{1B}[0m" : shown) + "\n"
        }.joined()
    }

    /// Format 1.0: `{"format_version", "workspace": {"id", "name"}, "values": [{"path", "value",
    /// "origin": "manifest"|"inherited"|"built-in", "file", "line", "column"}]}`, by place in the document.
    package func json() -> String {
        var values: [JSONValue] = []
        collect(root, path: "", &values)
        let document = JSONValue.object([
            "format_version": .string("1.0"),
            "workspace": .object(["id": .string(id), "name": .string(name)]),
            "values": .array(values),
        ])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(document) else {
            preconditionFailure("numbers that JSON cannot hold are written as text")
        }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private func collect(_ node: Node, path: String, _ values: inout [JSONValue]) {
        switch node.value {
        case .mapping(let pairs) where !pairs.isEmpty:
            for pair in pairs {
                collect(
                    pair.value, path: path.isEmpty ? pair.name : "\(path).\(pair.name)", &values)
            }
        case .sequence(let items) where !items.isEmpty:
            for (index, item) in items.enumerated() {
                collect(item, path: "\(path)[\(index)]", &values)
            }
        default:
            var row = origin(of: node).members
            row["path"] = .string(path)
            row["value"] = node.json
            values.append(.object(row))
        }
    }
}

extension EffectiveManifest.Origin {
    fileprivate var comment: String {
        switch self {
        case .manifest(let place), .inherited(let place): "\(place.file):\(place.line)"
        case .builtIn: "built in"
        }
    }

    fileprivate var members: [String: JSONValue] {
        let (word, place): (String, SourceLocation?) =
            switch self {
            case .manifest(let place): ("manifest", place)
            case .inherited(let place): ("inherited", place)
            case .builtIn: ("built-in", nil)
            }
        return [
            "origin": .string(word), "file": place.map { .string($0.file) } ?? .null,
            "line": place.map { .number($0.line) } ?? .null,
            "column": place.map { .number($0.column) } ?? .null,
        ]
    }
}

extension Node {
    /// Of an empty collection or a scalar; numbers that JSON cannot hold are text.
    fileprivate var json: JSONValue {
        switch value {
        case .mapping, .refused: return .object([:])
        case .sequence: return .array([])
        case .scalar(let text, plain: false): return .string(text)
        case .scalar(let text, plain: true):
            switch ScalarForm(plain: text) {
            case .null: return .null
            case .truth(let flag): return .bool(flag)
            case .wholeNumber:
                return ScalarForm.int(text).map { .number($0) } ?? .string(text)
            case .decimal:
                return DecimalText(text)?.money.map { .number($0.description) } ?? .string(text)
            case .text: return .string(text)
            }
        }
    }
}

/// A node as block YAML, with the origin of every value.
private struct YAMLLines {
    let origin: (Node) -> EffectiveManifest.Origin
    private(set) var lines: [(text: String, origin: EffectiveManifest.Origin?)] = []

    init(origin: @escaping (Node) -> EffectiveManifest.Origin) { self.origin = origin }

    /// - Parameter lead: what stands on the line already: `- ` of a list, `name:` of a field.
    mutating func add(_ node: Node, indent: String, lead: String) {
        switch node.value {
        case .mapping(let pairs) where !pairs.isEmpty:
            // The first field of an item stands on the line of its dash.
            var first = lead.hasSuffix("- ") ? lead : nil
            if first == nil, !lead.isEmpty { lines.append((lead, nil)) }
            let below = lead.isEmpty ? indent : indent + "  "
            for pair in pairs {
                add(
                    pair.value, indent: below,
                    lead: (first ?? below) + YAMLText.plainOrQuoted(pair.name) + ":")
                first = nil
            }
        case .sequence(let items) where !items.isEmpty:
            lines.append((lead, nil))
            for item in items { add(item, indent: indent + "  ", lead: indent + "  - ") }
        default:
            let gap = lead.hasSuffix(" ") ? "" : " "
            lines.append((lead + gap + Self.scalar(node), origin(node)))
        }
    }

    private static func scalar(_ node: Node) -> String {
        switch node.value {
        case .mapping, .refused: "{}"
        case .sequence: "[]"
        case .scalar(let text, plain: true) where text.isEmpty: "null"
        case .scalar(let text, plain: true) where !text.unicodeScalars.contains("\n"): text
        case .scalar(let text, _): YAMLText.quoted(text)
        }
    }
}
