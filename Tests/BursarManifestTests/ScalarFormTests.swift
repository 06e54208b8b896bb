import BursarCore
import Testing

@testable import BursarManifest

struct ScalarFormTests {
    @Test(arguments: [
        "no", "on", "yes", "off", "1_000", "1:30", "2026-01-02", "0b1", ".", "-", "1e", "0x",
    ])
    func `What only YAML 1.1 reads is text`(text: String) {
        #expect(ScalarForm(plain: text) == .text)
    }

    @Test(arguments: [("0", 0), ("017", 17), ("0o17", 15), ("0x1F", 31), ("-5", -5), ("+5", 5)])
    func `Whole numbers are read by the core schema`(text: String, number: Int) {
        #expect(ScalarForm(plain: text) == .wholeNumber)
        #expect(ScalarForm.int(text) == number)
    }

    @Test(arguments: ["1.5", ".5", "5.", "1e3", "-1.5E-3", ".nan", "-.inf"])
    func `Decimals are decimals`(text: String) {
        #expect(ScalarForm(plain: text) == .decimal)
    }

    @Test func `An amount is exact`() throws {
        let tenth = try #require(DecimalText("0.10"))
        #expect(tenth.decimals == 1)
        #expect(tenth.money == Money(picos: 100_000_000_000))
        #expect(try #require(DecimalText("1e-7")).decimals == 7)
        #expect(try #require(DecimalText("1e999999999999999999999")).money == nil)
        #expect(try #require(DecimalText("-0.0")).money == .zero)
        #expect(DecimalText(".nan") == nil)
        #expect(DecimalText(".inf") == nil)
        #expect(DecimalText("0x10") == nil)
    }
}
