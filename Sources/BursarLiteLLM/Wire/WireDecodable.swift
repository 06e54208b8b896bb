internal import BursarCore

/// What LiteLLM answers, as it spells it. Members that bursar does not know are skipped.
protocol WireDecodable {
    init(_ json: inout JSONReader) throws(JSONReader.Fault)
}

extension WireDecodable {
    init(bytes: [UInt8]) throws(JSONReader.Fault) {
        self = try JSONReader.read(bytes) { (json) throws(JSONReader.Fault) in try Self(&json) }
    }
}

extension JSONReader {
    /// What must be there, by its name.
    static func required<Value>(_ value: Value?, _ name: String) throws(Fault) -> Value {
        guard let value else { throw Fault(path: [name]) }
        return value
    }

    mutating func list<Element: WireDecodable>(
        of type: Element.Type
    ) throws(Fault) -> [Element]? {
        try elements { (json) throws(Fault) in try Element(&json) }
    }

    mutating func money() throws(Fault) -> Money? {
        guard let text = try number() else { return nil }
        guard let money = Money(decimal: text) else { throw Fault() }
        return money
    }

    /// LiteLLM spells one instant as `…Z` in lists and `…+00:00` in updates; one without either is
    /// UTC.
    mutating func instant() throws(Fault) -> Instant? {
        guard let text = try string() else { return nil }
        guard let instant = Instant(text) ?? Instant(text + "Z") else { throw Fault() }
        return instant
    }
}
