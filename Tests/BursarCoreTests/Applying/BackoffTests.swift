import BursarCore
import Testing

struct BackoffTests {
    private let backoff = Backoff(
        attempts: 4, firstMilliseconds: 100, longestMilliseconds: 300,
        longestRetryAfter: Span(seconds: 10))

    @Test func `the ceiling doubles to its bound and attempts have an end`() {
        let most = (1...5).map { failed in
            (0..<2000 as Range<UInt64>).compactMap {
                backoff.wait(afterFailed: failed, .retry(after: nil), random: $0)
            }.max()
        }
        #expect(most == [100, 200, 300, nil, nil])
    }

    @Test func `what the server asks for is waited in full up to a bound`() {
        let asked = Disposition.retry(after: Span(seconds: 3))
        #expect(backoff.wait(afterFailed: 1, asked, random: 0) == 3000)
        let long = Disposition.retry(after: .hours(1))
        for random in [0, 7, UInt64.max] {
            let wait = backoff.wait(afterFailed: 1, long, random: random)
            #expect((10_000...11_000).contains(wait ?? 0))
        }
    }

    @Test func `what nobody can mend is not tried again`() {
        #expect(backoff.wait(afterFailed: 1, .stall, random: 1) == nil)
    }
}
