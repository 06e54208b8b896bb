/// A cap: whole micro-dollars, from 1.
package struct MicroUSD: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let micros: Int64

    /// `nil` unless positive and at most a thousand million dollars.
    package init?(micros: Int64) {
        guard micros > 0, micros <= 1_000_000_000_000_000 else { return nil }
        self.micros = micros
    }

    package var money: Money { Money(picos: Int128(micros) * 1_000_000) }

    /// Plain decimal, at least two decimals: `250.00`, `0.0005`. Also what is sent to LiteLLM.
    package var description: String { money.description }

    package static func < (a: MicroUSD, b: MicroUSD) -> Bool { a.micros < b.micros }
}

/// An exact amount in whole pico-dollars: spend, sums, and caps as LiteLLM reports them. A 5-token
/// embedding costs less than a micro-dollar. Never made from a `Double`.
package struct Money: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let picos: Int128

    package init(picos: Int128) { self.picos = picos }

    package static let zero = Money(picos: 0)

    /// Reads a JSON or YAML number exactly: `0.0048`, `1e-06`, `250`. Digits beyond the pico-dollar
    /// are cut. `nil` for anything else, and beyond 10^18 dollars.
    package init?(decimal text: String) {
        guard let picos = Self.scaled(text, by: 12) else { return nil }
        self.picos = picos
    }

    /// The same to the nearest pico-dollar, halves away from zero: what LiteLLM computed in floating
    /// point has noise far beyond it, on either side.
    package init?(nearest text: String) {
        guard let tenths = Self.scaled(text, by: 13) else { return nil }
        picos = (tenths + (tenths < 0 ? -5 : 5)) / 10
    }

    /// Times ten to the power of `decimals`, digits beyond that cut.
    private static func scaled(_ text: String, by decimals: Int) -> Int128? {
        var mantissa = text.utf8[...]
        var exponent = 0
        if let mark = mantissa.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            guard let parsed = Int(Substring(mantissa[mark...].dropFirst())),
                (-40...40).contains(parsed)
            else { return nil }
            exponent = parsed
            mantissa = mantissa[..<mark]
        }
        let negative = mantissa.first == UInt8(ascii: "-")
        if negative { mantissa = mantissa.dropFirst() }
        let point = mantissa.firstIndex(of: UInt8(ascii: "."))
        let whole = mantissa[..<(point ?? mantissa.endIndex)]
        let fraction = mantissa[(point ?? mantissa.endIndex)...].dropFirst()
        guard !whole.isEmpty, point == nil || !fraction.isEmpty else { return nil }
        let all = Array(whole) + fraction
        guard all.allSatisfy({ (48...57).contains($0) }), all.count <= 60 else { return nil }
        let shift = decimals + exponent - fraction.count
        var kept = all.drop { $0 == UInt8(ascii: "0") }
        if shift < 0 { kept = kept.dropLast(min(kept.count, -shift)) }
        guard kept.isEmpty || kept.count + max(0, shift) <= 30 else { return nil }
        var value: Int128 = 0
        for byte in kept { value = value * 10 + Int128(byte - 48) }
        if value != 0, shift > 0 { for _ in 0..<shift { value *= 10 } }
        return negative ? -value : value
    }

    package var description: String { printed(atLeast: 2, atMost: 12) }

    /// For people: `$1,234.50`, rounded to the cent; below a cent, as many decimals as it needs.
    package var dollars: String {
        let cent: Int128 = 10_000_000_000
        guard abs(picos) >= cent else { return grouped(atMost: 12) }
        let sign: Int128 = picos < 0 ? -1 : 1
        return Money(picos: sign * ((abs(picos) + cent / 2) / cent) * cent).grouped(atMost: 2)
    }

    /// With every decimal that it has: `$1.0003`. Two amounts that differ print differently.
    package var exactDollars: String { grouped(atMost: 12) }

    private func grouped(atMost: Int) -> String {
        let absolute = Money(picos: abs(picos))
        let text = absolute.printed(atLeast: 2, atMost: atMost)
        let parts = text.split(separator: ".")
        var grouped = ""
        for (index, digit) in parts[0].reversed().enumerated() {
            if index > 0, index % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        return (picos < 0 ? "-$" : "$") + String(grouped.reversed()) + "." + parts[1]
    }

    private func printed(atLeast: Int, atMost: Int) -> String {
        let absolute = picos < 0 ? -picos : picos
        var decimals = String(absolute % 1_000_000_000_000)
        decimals = String(repeating: "0", count: 12 - decimals.count) + decimals
        decimals = String(decimals.prefix(atMost))
        while decimals.count > atLeast, decimals.hasSuffix("0") { decimals.removeLast() }
        return (picos < 0 ? "-" : "") + "\(absolute / 1_000_000_000_000).\(decimals)"
    }

    package static func + (a: Money, b: Money) -> Money { Money(picos: a.picos + b.picos) }
    package static func - (a: Money, b: Money) -> Money { Money(picos: a.picos - b.picos) }
    package static func < (a: Money, b: Money) -> Bool { a.picos < b.picos }
}
