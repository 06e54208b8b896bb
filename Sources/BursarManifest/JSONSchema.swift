/// The schema for editors and checkers: JSON Schema 2020-12.
///
/// Whatever a decoder takes it takes; what it cannot know is listed in `BeyondSchema`.
package enum JSONSchema {
    /// Of every kind that this version reads.
    package static func text() -> String {
        var writer = JSONSchemaWriter()
        let kinds = Schema.Kind.allCases
        let branches: [JSONTree] = kinds.map { kind in
            .object([
                ("if", .object([("properties", .object([("kind", .const(kind.rawValue))]))])),
                ("then", writer.reference(kind)),
            ])
        }
        let root: JSONTree = .object([
            ("$schema", .text("https://json-schema.org/draft/2020-12/schema")),
            ("title", .text("bursar manifest")),
            ("type", .text("object")),
            ("required", .list([.text("apiVersion"), .text("kind")])),
            (
                "properties",
                .object([
                    ("apiVersion", .const(Schema.version)),
                    (
                        "kind",
                        .object([("enum", .list(kinds.map { .text($0.rawValue) }))])
                    ),
                ])
            ),
            ("allOf", .list(branches)),
            ("$defs", .object(writer.definitions())),
        ])
        return root.printed() + "\n"
    }
}

/// Writes each group once, under its name, and refers to it.
private struct JSONSchemaWriter {
    private var written: [(name: String, value: JSONTree)] = []

    mutating func reference(_ kind: Schema.Kind) -> JSONTree {
        reference(kind.document, as: kind.rawValue)
    }

    func definitions() -> [(name: String, value: JSONTree)] {
        written.sorted { $0.name < $1.name }
    }

    private mutating func reference(_ group: Schema.Group, as name: String) -> JSONTree {
        if !written.contains(where: { $0.name == name }) {
            let at = written.count
            written.append((name, .object([])))
            written[at].value = schema(group, in: name)
        }
        return .object([("$ref", .text("#/$defs/\(name)"))])
    }

    private mutating func schema(_ group: Schema.Group, in name: String) -> JSONTree {
        let fields = group.fields.filter(\.isSupported)
        var members: [(name: String, value: JSONTree)] = [("type", .text("object"))]
        let required = fields.filter(\.isRequired).map { JSONTree.text($0.name) }
        if !required.isEmpty { members.append(("required", .list(required))) }
        members.append(
            ("properties", .object(fields.map { ($0.name, property($0, group, in: name)) })))
        if let prefix = group.prefix {
            let ours = fields.map { $0.name.dropFirst(prefix.count) + "$" }.joined(separator: "|")
            let pattern = "^\(prefix)(?!\(ours))"
            members.append(("patternProperties", .object([(pattern, .truth(false))])))
        } else {
            members.append(("additionalProperties", .truth(false)))
        }
        if !group.rules.isEmpty {
            members.append(("allOf", .list(group.rules.map(\.schema))))
        }
        return .object(members)
    }

    private mutating func property(
        _ field: Schema.Field, _ group: Schema.Group, in name: String
    ) -> JSONTree {
        var members = schema(field.shape, named: "\(name).\(field.name)")
        if !field.isRequired, !group.countsNulls(field.name) { members = Self.nullable(members) }
        members.insert(("description", .text(field.doc)), at: 0)
        return .object(members)
    }

    private typealias Members = [(name: String, value: JSONTree)]

    private mutating func schema(_ shape: Schema.Shape, named name: String) -> Members {
        switch shape {
        case .text: Self.text(pattern: Schema.Format.text)
        case .format(let format):
            Self.text(pattern: format.pattern)
                + [("examples", .list(format.examples.map { .text($0) }))]
        case .spanWithin: Self.text(pattern: Schema.Format.span.pattern)
        case .word(let words): [("enum", .list(words.map { .text($0) }))]
        case .truth: [("type", .text("boolean"))]
        case .number(let range):
            [
                ("type", .text("integer")), ("minimum", .number(range.lowerBound)),
                ("maximum", .number(range.upperBound)),
            ]
        case .amount:
            [
                ("type", .text("number")), ("exclusiveMinimum", .number(0)),
                ("maximum", .number(1_000_000_000)),
            ]
        case .amountOrNone: [("type", .text("number")), ("minimum", .number(0))]
        case .rate:
            [
                ("type", .text("number")), ("minimum", .number(0)),
                ("maximum", .number(Schema.rateMaximum)),
            ]
        case .loose:
            [
                ("type", .list(["string", "number", "boolean"].map { .text($0) })),
                ("pattern", .text(Schema.Format.text)),
            ]
        case .anything: []
        case .list, .set, .command, .map, .group, .emptyGroup, .either:
            composed(shape, named: name)
        }
    }

    /// Of what holds other shapes.
    private mutating func composed(_ shape: Schema.Shape, named name: String) -> Members {
        switch shape {
        case .list(let item):
            [("type", .text("array")), ("items", .object(schema(item, named: name)))]
        case .set(let item):
            [
                ("type", .text("array")), ("items", .object(schema(item, named: name))),
                ("uniqueItems", .truth(true)),
            ]
        case .command:
            [
                ("type", .text("array")), ("minItems", .number(1)),
                ("items", .object(Self.text(pattern: Schema.Format.text))),
            ]
        case .map(let value):
            [
                ("type", .text("object")),
                ("additionalProperties", .object(schema(value, named: name))),
            ]
        case .group(let group): [("$ref", .text(self.name(of: group, named: name)))]
        case .emptyGroup(let group):
            Self.nullable([("$ref", .text(self.name(of: group, named: name)))])
        case .either(let one, let other):
            [
                (
                    "anyOf",
                    .list([
                        .object(schema(one, named: name)), .object(schema(other, named: name)),
                    ])
                )
            ]
        default: []
        }
    }

    /// Limits are one group wherever they stand.
    private mutating func name(of group: Schema.Group, named name: String) -> String {
        let own = group.name == Schema.limits.name ? group.name : name
        _ = reference(group, as: own)
        return "#/$defs/\(own)"
    }

    private static func text(pattern: String) -> Members {
        [("type", .text("string")), ("pattern", .text(pattern))]
    }

    private static func nullable(_ members: Members) -> Members {
        guard !members.isEmpty else { return [] }
        if case .text(let type) = members.first(where: { $0.name == "type" })?.value {
            return members.map { member in
                member.name == "type"
                    ? ("type", .list([.text(type), .text("null")])) : member
            }
        }
        return [("anyOf", .list([.object(members), .object([("type", .text("null"))])]))]
    }
}

extension JSONTree {
    fileprivate static func const(_ text: String) -> JSONTree { .object([("const", .text(text))]) }
}

extension Schema.Group {
    /// A `null` in such a field is more than an absent one.
    fileprivate func countsNulls(_ field: String) -> Bool {
        rules.contains { rule in
            if case .exactlyOneWritten(let names) = rule { names.contains(field) } else { false }
        }
    }
}

extension Schema.Rule {
    fileprivate var schema: JSONTree {
        switch self {
        case .exclusive(let one, let other):
            .object([("not", Self.present([one, other]))])
        case .needs(let name, let others):
            .object([
                ("if", Self.present([name])),
                ("then", .object([("anyOf", .list(others.map { Self.present([$0]) }))])),
            ])
        case .exactlyOne(let names):
            .object([("oneOf", .list(names.map { Self.present([$0]) }))])
        case .exactlyOneWritten:
            .object([("minProperties", .number(1)), ("maxProperties", .number(1))])
        }
    }

    /// All of them are written, and none is `null`.
    private static func present(_ names: [String]) -> JSONTree {
        let notNull: JSONTree = .object([("not", .object([("type", .text("null"))]))])
        return .object([
            ("required", .list(names.map { .text($0) })),
            ("properties", .object(names.map { ($0, notNull) })),
        ])
    }
}
