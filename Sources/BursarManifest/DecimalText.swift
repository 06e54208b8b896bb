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
        isNegative = text.hasPrefix("-")
        let unsigned = text.drop { $0 == "+" || $0 == "-" }.lowercased()
        let parts = unsigned.split(separator: "e", maxSplits: 1)
        let halves = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = halves[0].isEmpty ? "0" : String(halves[0])
        var fraction = halves.count == 2 ? halves[1] : ""
        while fraction.last == "0" { fraction.removeLast() }
        let isZero = (whole + fraction).allSatisfy { $0 == "0" }
        // An exponent that does not fit is far beyond every bound, in its sign's direction.
        let exponent =
            parts.count == 2 ? Int(parts[1]) ?? (parts[1].hasPrefix("-") ? -999 : 999) : 0
        let bounded = min(999, max(-999, exponent))
        decimals = isZero ? 0 : max(0, fraction.utf8.count - bounded)
        let sign = isNegative ? "-" : ""
        let mantissa = fraction.isEmpty ? whole : "\(whole).\(fraction)"
        money = isZero ? .zero : Money(decimal: "\(sign)\(mantissa)e\(bounded)")
    }
}
