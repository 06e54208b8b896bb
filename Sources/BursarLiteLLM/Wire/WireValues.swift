internal import BursarCore
internal import FoundationEssentials

/// An amount, read through `Decimal`, never through `Double`.
struct WireMoney: Decodable {
    let money: Money

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let money = Money(decimal: try container.decode(Decimal.self).description) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "an amount out of range")
        }
        self.money = money
    }
}

/// A point in time. LiteLLM spells one instant as `…Z` in lists and `…+00:00` in updates; one
/// without either is UTC.
struct WireInstant: Decodable {
    let instant: Instant

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let instant = Instant(text) ?? Instant(text + "Z") else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "no point in time")
        }
        self.instant = instant
    }
}
