internal import FoundationEssentials

/// Any JSON, as far as it must be carried through unchanged: metadata that others wrote.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// The number as text, so that none is bent through `Double`.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    package static func number(_ value: Int) -> JSONValue { .number(String(value)) }

    /// The member of that name; `nil` where this is no object or has none.
    package subscript(name: String) -> JSONValue? { object?[name] }

    package var object: [String: JSONValue]? {
        if case .object(let members) = self { members } else { nil }
    }

    package var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// `nil` also for a number with a fraction.
    package var int: Int? {
        if case .number(let text) = self { Int(text) } else { nil }
    }

    /// A text, number or truth value as people write it; empty for anything else.
    package var plain: String {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let flag): String(flag)
        case .null, .array, .object: ""
        }
    }

    /// The members whose values are strings; empty where this is no object.
    package var strings: [String: String] { (object ?? [:]).compactMapValues(\.string) }
}

extension JSONValue: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let flag = try? container.decode(Bool.self) {
            self = .bool(flag)
        } else if let number = try? container.decode(Decimal.self) {
            self = .number(number.description)
        } else if let members = try? container.decode([String: JSONValue].self) {
            self = .object(members)
        } else {
            self = .array(try container.decode([JSONValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let flag): try container.encode(flag)
        case .number(let text):
            guard let number = Decimal(string: text) else {
                throw EncodingError.invalidValue(
                    text, .init(codingPath: encoder.codingPath, debugDescription: "not a number"))
            }
            try container.encode(number)
        case .string(let text): try container.encode(text)
        case .array(let elements): try container.encode(elements)
        case .object(let members): try container.encode(members)
        }
    }
}
