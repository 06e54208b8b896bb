internal import BursarCore

/// JSON to be written, its members in their order and its numbers as they are given, so that none is
/// bent through `Double`.
indirect enum JSONText: Sendable {
    /// As it stands.
    case number(String)
    case string(String)
    case null
    case bool(Bool)
    case array([JSONText])
    case object([(String, JSONText)])

    static func number(_ value: Int) -> JSONText { .number(String(value)) }
    static func time(_ instant: Instant) -> JSONText { .string(instant.description) }

    var bytes: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes + [10]
    }

    private func write(to writer: inout JSONWriter) {
        switch self {
        case .number(let text): writer.write(number: text)
        case .string(let text): writer.write(text: text)
        case .null: writer.write("null")
        case .bool(let flag): writer.write(flag ? "true" : "false")
        case .array(let elements): writer.write(elements: elements) { $1.write(to: &$0) }
        case .object(let members): writer.write(members: members) { $1.write(to: &$0) }
        }
    }
}
