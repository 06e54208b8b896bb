import TestSupport
import Testing

@testable import BursarCore

struct MoneyTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `What is printed is read back`(seed: UInt64) {
        var random = Seeded(seed: seed)
        for _ in 0..<200 {
            let picos = Int128(Int64.random(in: .min ... .max, using: &random)) * 1_000
            let money = Money(picos: picos)
            #expect(Money(decimal: money.description) == money)
        }
    }

    @Test(arguments: [("0.1", 100_000_000_000), ("1e-06", 1_000_000), ("250", 250_000_000_000_000)])
    func `A number is read exactly`(text: String, picos: Int64) {
        #expect(Money(decimal: text)?.picos == Int128(picos))
    }

    @Test(arguments: [
        "", "NaN", "1e", "1e99", "e5", ".", "1.", "--1", "1,5", "0x10", "1e-9223372036854775808",
    ])
    func `What is no number is refused`(text: String) {
        #expect(Money(decimal: text) == nil)
    }

    @Test func `Dollars are grouped`() {
        #expect(Money(decimal: "1234567.5")?.dollars == "$1,234,567.50")
        #expect(Money(decimal: "-0.0005")?.dollars == "-$0.0005")
        #expect(Money.zero.dollars == "$0.00")
        #expect(Money(decimal: "528.575")?.dollars == "$528.58")
        #expect(Money(decimal: "-71.428571")?.dollars == "-$71.43")
        #expect(Money(decimal: "9.999")?.dollars == "$10.00")
    }

    @Test func `A cap is positive and bounded`() {
        #expect(MicroUSD(micros: 0) == nil)
        #expect(MicroUSD(micros: .max) == nil)
        #expect(MicroUSD(micros: 500)?.description == "0.0005")
    }
}
