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
        var out: [UInt8] = []
        write(to: &out)
        out.append(10)
        return out
    }

    private func write(to out: inout [UInt8]) {
        switch self {
        case .number(let text): out += text.utf8
        case .string(let text): Self.quote(text, to: &out)
        case .null: out += "null".utf8
        case .bool(let flag): out += (flag ? "true" : "false").utf8
        case .array(let elements):
            out.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                element.write(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                Self.quote(member.0, to: &out)
                out.append(UInt8(ascii: ":"))
                member.1.write(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    private static func quote(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
            case 0..<32, 127: out += Array("\\u00".utf8) + Array(Hex.string([byte]).utf8)
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}
