import BursarCore
import TestSupport
import Testing

struct LoopPaceTests {
    @Test(arguments: 0..<50 as Range<UInt64>)
    func `every wait is within its bounds, whatever the jitter`(seed: UInt64) {
        var random = Seeded(seed: seed)
        for seconds in [10, 60, 300, 86_400] as [Int64] {
            let pace = LoopPace(interval: Span(seconds: seconds))
            let interval = seconds * 1000
            let regular = pace.regular(random: random.next())
            #expect((interval * 9 / 10...interval * 11 / 10).contains(regular))
            for count in [1, 2, 5, 31, 1000] {
                let outage = pace.afterOutage(count, random: random.next())
                #expect((4_500...interval).contains(outage))
                let failure = pace.afterFailure(count, random: random.next())
                #expect((27_000...3_600_000).contains(failure))
            }
        }
    }

    @Test func `the jitter reaches a tenth to either side`() {
        let pace = LoopPace(interval: Span(seconds: 300))
        #expect(pace.regular(random: 0) == 270_000)
        #expect(pace.regular(random: 60_000) == 330_000)
        #expect(pace.longest == 330_000)
    }
}
