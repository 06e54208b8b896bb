import BursarCore
import Testing

struct GatewaySettingsTests {
    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]:0", "::1", 0),
        ("localhost:65535", "localhost", 65_535),
    ])
    func `An address is a host and a port`(text: String, host: String, port: Int) throws {
        let address = try #require(ListenAddress(text))
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.description == text)
    }

    @Test(arguments: ["", ":1", "a:", "a:65536", "::1:80", "a b:1", "a:+1", "a:000001", "[]:1"])
    func `Anything else is none`(text: String) { #expect(ListenAddress(text) == nil) }

    private static func money(_ text: String) -> Money { Money(decimal: text) ?? .zero }
    private static func units(_ text: String) -> ComputeUnits {
        ComputeUnits(picos: money(text).picos)
    }

    @Test(arguments: [
        ("0.0048000000000000004", "100", "0.48"), ("0.000000000001", "100", "0.0000000001"),
        ("0.000000000001", "0.5", "0.00"),
        ("123456789.123456789012", "1000000000", "123456789123456789.012"),
        ("3", "0.333333333333", "0.999999999999"),
    ])
    func `Units by cost are exact to the twelfth decimal`(cost: String, rate: String, told: String)
    {
        let card = RateCard(unitsPerUSD: Self.units(rate))
        let units = card.units(
            model: "m", cost: Self.money(cost), inputTokens: 9, outputTokens: 9)
        #expect(units.description.trimmed == told.trimmed)
    }

    @Test func `A model with rates of its own is billed by token`() {
        let card = RateCard(
            unitsPerUSD: Self.units("100"),
            models: ["m": .init(input: Self.units("0.001"), output: Self.units("0.01"))])
        func units(_ model: String) -> String {
            card.units(model: model, cost: Self.money("1"), inputTokens: 3, outputTokens: 2)
                .description
        }
        #expect(units("m") == "0.023")
        #expect(units("n") == "100.00")
    }
}

extension String {
    /// Without zeros at its end.
    fileprivate var trimmed: String {
        var text = self[...]
        while text.hasSuffix("0") { text = text.dropLast() }
        return String(text)
    }
}
