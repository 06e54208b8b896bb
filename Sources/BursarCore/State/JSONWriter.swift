/// Writes JSON, numbers as they are given, so that none is bent through `Double`.
///
/// In hand because a request's body went through `JSONEncoder` in a fourteenth of a rotation's time.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// Members in the order of their names.
    package mutating func write(_ value: JSONValue) {
        switch value {
        case .null: write("null" as StaticString)
        case .bool(let flag): write(flag ? "true" as StaticString : "false")
        case .number(let text): bytes += text.utf8
        case .string(let text): write(text: text)
        case .array(let elements): write(elements: elements) { $0.write($1) }
        case .object(let members):
            write(members: members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }) {
                $0.write($1)
            }
        }
    }

    package mutating func write(_ literal: StaticString) {
        literal.withUTF8Buffer { bytes += $0 }
    }

    package mutating func write(number: String) { bytes += number.utf8 }

    package mutating func write<Element>(
        elements: [Element], _ each: (inout JSONWriter, Element) -> Void
    ) {
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            each(&self, element)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// In the order given.
    package mutating func write<Value>(
        members: [(String, Value)], _ each: (inout JSONWriter, Value) -> Void
    ) {
        bytes.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(text: member.0)
            bytes.append(UInt8(ascii: ":"))
            each(&self, member.1)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    package mutating func write(text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 10: write("\\n" as StaticString)
            case 0..<32, 127:
                write("\\u00" as StaticString)
                bytes += Hex.string([byte]).utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension JSONValue {
    /// In one line, the members of objects in the order of their names.
    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.write(self)
        return writer.bytes
    }
}
