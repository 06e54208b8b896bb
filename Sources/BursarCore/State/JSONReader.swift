/// Reads JSON (RFC 8259) from front to back and keeps only what is asked for: a key that LiteLLM
/// lists has a hundred fields, of which a tenth matter here.
///
/// `null` is `nil` for every kind of value. A member or an element that nobody reads is checked and
/// skipped.
package struct JSONReader {
    /// What is wrong, and where: the names and numbers that lead there, never a value.
    package struct Fault: Error, Hashable, Sendable {
        package var path: [String] = []
        package init(path: [String] = []) { self.path = path }
    }

    /// Of a member. Compared as bytes: most are asked for nothing else.
    package struct Name: Sendable {
        fileprivate let bytes: ArraySlice<UInt8>

        package var text: String { String(decoding: bytes, as: UTF8.self) }

        package static func ~= (text: StaticString, name: Name) -> Bool {
            let count = text.utf8CodeUnitCount
            guard name.bytes.count == count else { return false }
            return name.bytes.withUnsafeBufferPointer { bytes in
                for index in 0..<count where bytes[index] != text.utf8Start[index] { return false }
                return true
            }
        }
    }

    /// Deeper ones are refused: each level takes some of the stack.
    private static let maximumDepth = 256

    private let bytes: [UInt8]
    private var at = 0
    private var depth = 0

    /// Of the whole text, which must be one value.
    package static func read<Value>(
        _ bytes: [UInt8], _ body: (inout JSONReader) throws(Fault) -> Value
    ) throws(Fault) -> Value {
        var reader = JSONReader(bytes: bytes)
        let value = try reader.one(body)
        reader.skipSpace()
        guard reader.at == bytes.count else { throw Fault() }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// One value, read by `body` or skipped.
    private mutating func one<Value>(
        _ body: (inout JSONReader) throws(Fault) -> Value
    ) throws(Fault) -> Value {
        skipSpace()
        let start = at
        let value = try body(&self)
        if at == start { try skip() }
        return value
    }
}

extension JSONReader {
    /// The members in their order; `false` for `null`. A name may come twice.
    @discardableResult
    package mutating func members(
        _ body: (Name, inout JSONReader) throws(Fault) -> Void
    ) throws(Fault) -> Bool {
        if null() { return false }
        try expect("{")
        try descend()
        defer { depth -= 1 }
        skipSpace()
        if take("}") { return true }
        repeat {
            skipSpace()
            let name = Name(bytes: try characters())
            skipSpace()
            try expect(":")
            do throws(Fault) {
                try one { (json) throws(Fault) in try body(name, &json) }
            } catch {
                throw Fault(path: [name.text] + error.path)
            }
            skipSpace()
        } while take(",")
        try expect("}")
        return true
    }

    package mutating func elements<Element>(
        _ body: (inout JSONReader) throws(Fault) -> Element
    ) throws(Fault) -> [Element]? {
        if null() { return nil }
        try expect("[")
        try descend()
        defer { depth -= 1 }
        var elements: [Element] = []
        skipSpace()
        if take("]") { return elements }
        repeat {
            do throws(Fault) { elements.append(try one(body)) } catch {
                throw Fault(path: ["\(elements.count)"] + error.path)
            }
            skipSpace()
        } while take(",")
        try expect("]")
        return elements
    }

    package mutating func string() throws(Fault) -> String? { null() ? nil : try text() }

    package mutating func bool() throws(Fault) -> Bool? {
        if null() { return nil }
        if literal("true") { return true }
        if literal("false") { return false }
        throw Fault()
    }

    /// Also of a number that is whole though it is not written so: `5.0`.
    package mutating func int() throws(Fault) -> Int? {
        guard let text = try number() else { return nil }
        guard let int = Int(text) ?? Double(text).flatMap({ Int(exactly: $0) }) else {
            throw Fault()
        }
        return int
    }

    /// As it is written, so that none is bent through `Double`.
    package mutating func number() throws(Fault) -> String? {
        if null() { return nil }
        let start = at
        try scanNumber()
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    package mutating func strings() throws(Fault) -> [String]? {
        try elements { (json) throws(Fault) in
            guard let text = try json.string() else { throw Fault() }
            return text
        }
    }

    /// Whatever it is.
    package mutating func value() throws(Fault) -> JSONValue {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"):
            // Most objects have about as many: to grow there took a twentieth of a page's time.
            var members = [String: JSONValue](minimumCapacity: 6)
            try self.members { (name, json) throws(Fault) in members[name.text] = try json.value() }
            return .object(members)
        case UInt8(ascii: "["):
            return .array(
                try elements { (json) throws(Fault) in try json.value() } ?? [])
        case UInt8(ascii: "\""): return .string(try text())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try bool() ?? false)
        default:
            guard let text = try number() else { return .null }
            return .number(text)
        }
    }

    private mutating func skip() throws(Fault) {
        switch peek {
        case UInt8(ascii: "{"): try members { (_, _) throws(Fault) in }
        case UInt8(ascii: "["): _ = try elements { (_) throws(Fault) in }
        case UInt8(ascii: "\""): _ = try scanText()
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try bool()
        default: if !null() { try scanNumber() }
        }
    }
}

// The characters.
extension JSONReader {
    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            at += 1
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(Fault) {
        guard take(character) else { throw Fault() }
    }

    private mutating func descend() throws(Fault) {
        guard depth < Self.maximumDepth else { throw Fault() }
        depth += 1
    }

    private mutating func null() -> Bool { literal("null") }

    private mutating func literal(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard at + count <= bytes.count else { return false }
        for index in 0..<count where bytes[at + index] != word.utf8Start[index] { return false }
        at += count
        return true
    }

    private mutating func scanNumber() throws(Fault) {
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("-") { _ = take("+") }
            try digits()
        }
    }

    private mutating func digits() throws(Fault) {
        let start = at
        while let byte = peek, (48...57).contains(byte) { at += 1 }
        guard at > start else { throw Fault() }
    }

    /// What stands between the quotes, escapes and all; plain is ASCII without one.
    private mutating func scanText() throws(Fault) -> (range: Range<Int>, isPlain: Bool) {
        try expect("\"")
        let start = at
        var isPlain = true
        while let byte = peek {
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return (start..<(at - 1), isPlain)
            case UInt8(ascii: "\\"):
                isPlain = false
                at += 1
            case 0..<0x20: throw Fault()
            case 0x80...: isPlain = false
            default: continue
            }
        }
        throw Fault()
    }

    private mutating func text() throws(Fault) -> String {
        String(decoding: try characters(), as: UTF8.self)
    }

    /// Valid UTF-8.
    private mutating func characters() throws(Fault) -> ArraySlice<UInt8> {
        let (range, isPlain) = try scanText()
        if isPlain { return bytes[range] }
        let plain = try unescaped(bytes[range])
        guard String(validating: plain, as: UTF8.self) != nil else { throw Fault() }
        return plain
    }

    private func unescaped(_ bytes: ArraySlice<UInt8>) throws(Fault) -> ArraySlice<UInt8> {
        var out: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "u"): out += Array(String(try Self.scalar(&rest)).utf8)
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "f"): out.append(0x0C)
            case let other? where [0x22, 0x5C, 0x2F].contains(other): out.append(other)
            default: throw Fault()
            }
        }
        return out[...]
    }

    /// After `\u`; two of them where the first is half a pair.
    private static func scalar(_ rest: inout ArraySlice<UInt8>) throws(Fault) -> Character {
        let first = try unit(&rest)
        if let scalar = Unicode.Scalar(first) { return Character(scalar) }
        guard first < 0xDC00, rest.popFirst() == UInt8(ascii: "\\"),
            rest.popFirst() == UInt8(ascii: "u")
        else { throw Fault() }
        let second = try unit(&rest)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(
                0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
        else { throw Fault() }
        return Character(scalar)
    }

    private static func unit(_ rest: inout ArraySlice<UInt8>) throws(Fault) -> UInt16 {
        let digits = rest.prefix(4)
        let isHex = digits.allSatisfy { byte in
            (48...57).contains(byte) || (97...102).contains(byte | 32)
        }
        guard digits.count == 4, isHex,
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw Fault() }
        rest = rest.dropFirst(4)
        return unit
    }
}

extension JSONValue {
    /// `nil` for what is no JSON.
    package init?(parsing bytes: [UInt8]) {
        do throws(JSONReader.Fault) {
            self = try JSONReader.read(bytes) { (json) throws(JSONReader.Fault) in
                try json.value()
            }
        } catch { return nil }
    }
}
