internal import BursarCore

/// A number as it is written, so that `0.1` stays a tenth.
struct DecimalText: Hashable, Sendable {
    let isNegative: Bool
    /// Digits after the point that are not trailing zeros, exponent included.
    let decimals: Int
    /// `nil` beyond 10^18.
    let money: Money?

    /// `nil` unless `text` is a plain decimal number: not NaN, not infinite, not octal.
    init?(_ text: String) {
        switch ScalarForm(plain: text) {
        case .wholeNumber where !text.hasPrefix("0o") && !text.hasPrefix("0x"): break
        case .decimal where text.utf8.last.map({ $0 < 97 }) ?? false: break  // no .nan, no .inf
        default: return nil
        }
        var bytes = text.utf8[...]
        isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
        let mantissa = bytes.prefix { $0 != UInt8(ascii: "e") && $0 != UInt8(ascii: "E") }
        let power = bytes.dropFirst(mantissa.count + 1)
        let whole = mantissa.prefix { $0 != UInt8(ascii: ".") }
        var fraction = mantissa.dropFirst(whole.count + 1)
        while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
        let isZero = !mantissa.contains { $0 > UInt8(ascii: "0") }
        // An exponent that does not fit is far beyond every bound, in its sign's direction.
        let exponent =
            power.isEmpty
            ? 0 : Int(Substring(power)) ?? (power.first == UInt8(ascii: "-") ? -999 : 999)
        let bounded = min(999, max(-999, exponent))
        decimals = isZero ? 0 : max(0, fraction.count - bounded)
        // As nearly all are written.
        if bounded == 0, whole.count <= 9, fraction.count <= 6 {
            var value: Int64 = 0
            for digit in whole { value = value * 10 + Int64(digit - 48) }
            for place in 0..<6 {
                let at = fraction.index(
                    fraction.startIndex, offsetBy: place, limitedBy: fraction.endIndex)
                let digit = at.flatMap { $0 < fraction.endIndex ? fraction[$0] : nil } ?? 48
                value = value * 10 + Int64(digit - 48)
            }
            money = Money(picos: Int128(isNegative ? -value : value) * 1_000_000)
            return
        }
        let sign = isNegative ? "-" : ""
        let digits = whole.isEmpty ? "0" : Substring(whole)
        let decimal =
            fraction.isEmpty ? "\(sign)\(digits)" : "\(sign)\(digits).\(Substring(fraction))"
        money = isZero ? .zero : Money(decimal: bounded == 0 ? decimal : "\(decimal)e\(bounded)")
    }
}
