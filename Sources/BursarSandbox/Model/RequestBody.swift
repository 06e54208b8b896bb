internal import BursarCore

/// A request's body, checked against the types its endpoint declares. Unknown fields are dropped
/// without a word, as LiteLLM does.
struct RequestBody {
    enum FieldType { case string, float, int, bool, strings, dictionary }

    private(set) var fields: [String: JSONValue]

    /// - Parameter required: must be there and not null.
    init(
        _ bytes: [UInt8], _ types: [(String, FieldType)], required: [String] = []
    ) throws(Refusal) {
        guard !bytes.isEmpty else {
            throw .invalid([FieldFault("missing", [.string("body")], "Field required")])
        }
        guard let value = JSONValue(parsing: bytes) else {
            throw .invalid([
                FieldFault("json_invalid", [.string("body"), .number(0)], "JSON decode error")
            ])
        }
        guard let members = value.object else {
            throw Refusal(
                status: 500,
                body: .object([
                    "error": .object([
                        "message": .string("Internal server error"),
                        "type": .string("internal_server_error"),
                    ])
                ]))
        }
        var faults: [FieldFault] = []
        var kept: [String: JSONValue] = [:]
        for (name, type) in types {
            guard let member = members[name], !(member.isNull && required.contains(name)) else {
                if required.contains(name) {
                    faults.append(FieldFault("missing", body: name, "Field required"))
                }
                continue
            }
            kept[name] = Self.coerced(member, type)
            faults += Self.faults(member, type, name)
        }
        guard faults.isEmpty else { throw .invalid(faults) }
        fields = kept
    }

    subscript(name: String) -> JSONValue? {
        get { fields[name] }
        set { fields[name] = newValue }
    }

    func has(_ name: String) -> Bool { fields[name] != nil }
    func isNull(_ name: String) -> Bool { fields[name] == .null }
    func string(_ name: String) -> String? { fields[name]?.string }
    func int(_ name: String) -> Int? { fields[name]?.int }
    func bool(_ name: String) -> Bool? { fields[name]?.bool }
    func money(_ name: String) -> Money? {
        fields[name]?.numberText.flatMap { Money(decimal: $0) }
    }
    func strings(_ name: String) -> [String]? {
        fields[name]?.array.map { $0.compactMap(\.string) }
    }
    func object(_ name: String) -> [String: JSONValue]? { fields[name]?.object }

    private static func faults(_ value: JSONValue, _ type: FieldType, _ name: String)
        -> [FieldFault]
    {
        if value.isNull { return [] }
        switch type {
        case .string:
            return value.string == nil
                ? [FieldFault("string_type", body: name, "Input should be a valid string")] : []
        case .float: return number(value, name, "float", "number")
        case .int: return number(value, name, "int", "integer")
        case .bool:
            guard coerced(value, .bool).bool == nil else { return [] }
            return [
                FieldFault(
                    "bool_parsing", body: name,
                    "Input should be a valid boolean, unable to interpret input")
            ]
        case .dictionary:
            return value.object == nil
                ? [FieldFault("dict_type", body: name, "Input should be a valid dictionary")] : []
        case .strings:
            guard let elements = value.array else {
                return [FieldFault("list_type", body: name, "Input should be a valid list")]
            }
            return elements.enumerated().compactMap { index, element in
                guard element.string == nil else { return nil }
                return FieldFault(
                    "string_type", [.string("body"), .string(name), .number(index)],
                    "Input should be a valid string")
            }
        }
    }

    private static func number(
        _ value: JSONValue, _ name: String, _ type: String, _ noun: String
    ) -> [FieldFault] {
        let converted = coerced(value, type == "int" ? .int : .float)
        if converted.numberText != nil, type == "float" || converted.int != nil { return [] }
        guard value.string != nil else {
            return [FieldFault("\(type)_type", body: name, "Input should be a valid \(noun)")]
        }
        return [
            FieldFault(
                "\(type)_parsing", body: name,
                "Input should be a valid \(noun), unable to parse string as "
                    + (type == "int" ? "an integer" : "a number"))
        ]
    }

    /// As pydantic reads it outside its strict mode.
    private static func coerced(_ value: JSONValue, _ type: FieldType) -> JSONValue {
        switch (type, value) {
        case (.float, .string(let text)) where Money(decimal: text) != nil: .number(text)
        case (.int, .string(let text)) where Int(text) != nil: .number(text)
        case (.float, .bool(let flag)), (.int, .bool(let flag)): .number(flag ? 1 : 0)
        case (.bool, .number("0")): .bool(false)
        case (.bool, .number("1")): .bool(true)
        case (.bool, .string(let text)) where ["true", "false"].contains(text):
            .bool(text == "true")
        default: value
        }
    }
}
