import TestSupport
import Testing

@testable import BursarCore

struct InstantTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `What is printed is read back`(seed: UInt64) {
        var random = Seeded(seed: seed)
        for _ in 0..<200 {
            // Years 1 to 9999.
            let range: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999
            let instant = Instant(milliseconds: .random(in: range, using: &random))
            #expect(Instant(instant.description) == instant)
        }
    }

    @Test(arguments: [
        "2026-02-30T00:00:00Z", "2026-01-01T00:00:00Zjunk", "2026-01-01T00:61:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00",
        "2026-13-01T00:00:00Z",
        "2026-01-01T00:00:00.Z", "2025-02-29T00:00:00Z", "",
    ])
    func `What is no instant is refused`(text: String) {
        #expect(Instant(text) == nil)
    }

    @Test func `Offsets and fractions count`() throws {
        let instant = try #require(Instant("2026-11-24T12:00:00.2509+02:00"))
        #expect(instant.description == "2026-11-24T10:00:00.250Z")
        #expect(Instant("2024-02-29T00:00:00Z") != nil)
    }

    @Test func `Seconds between instants are rounded down`() {
        let zero = Instant(milliseconds: 0)
        #expect(Instant(milliseconds: 1999).seconds(since: zero) == 1)
        #expect(Instant(milliseconds: -1).seconds(since: zero) == -1)
    }

    @Test(arguments: [("90s", 90), ("24h", 86400), ("2w", 1_209_600), ("0s", 0)])
    func `A span is read and printed`(text: String, seconds: Int64) throws {
        let span = try #require(Span(text))
        #expect(span.seconds == seconds)
        #expect(Span(span.description) == span)
    }

    @Test(arguments: ["", "h", "1", "-1h", "1.5h", "1y", "9999999999d", "1 h", "١h"])
    func `What is no span is refused`(text: String) {
        #expect(Span(text) == nil)
    }
}
