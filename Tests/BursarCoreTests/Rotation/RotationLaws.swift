import TestSupport
import Testing

@testable import BursarCore

/// Never missed, never doubled, whatever the clock does.
struct RotationLaws {
    private static let crons = [
        "0 9 1 * *", "*/30 * * * *", "15 2 * * 0", "30 2 29 3 *", "@weekly", "0 0 1,15 * 1",
    ]
    private static let windows = [
        "Mon-Fri 09:00-17:00", "22:00-04:00", "Sat,Sun", "Sun 02:00-03:00", "Tue 00:00-00:01",
    ]

    static func rule(using random: inout Seeded) throws -> RotationRule {
        let zone = IANAZone(CronLaws.zones.randomElement(using: &random) ?? "UTC")
        let trigger: RotationSpec.Trigger =
            Bool.random(using: &random)
            ? .every(Span(seconds: .random(in: 1...90 * 86_400, using: &random)))
            : .schedule(try CronSchedule(crons.randomElement(using: &random) ?? "@daily"))
        var spec = RotationSpec(trigger: trigger, timeZone: try #require(zone))
        if Bool.random(using: &random) {
            spec.window = try windows.randomElement(using: &random).map { text in
                try RotationWindow(text)
            }
        }
        if Bool.random(using: &random) {
            spec.maxAge = Span(seconds: .random(in: 1...120 * 86_400, using: &random))
        }
        if Int.random(in: 0..<4, using: &random) == 0 {
            spec.after = start + Span(seconds: .random(in: 0...60 * 86_400, using: &random))
        }
        return RotationRule(
            spec, of: try RotationRuleTests.lineage(.random(in: 1...1000, using: &random)))
    }

    static let start = Instant(milliseconds: 1_774_000_000_000)  // March 2026: clocks change

    static func isDue(_ rule: RotationRule, _ minted: Instant, _ now: Instant) -> Bool {
        if case .due = rule.due(mintedAt: minted, now: now) { true } else { false }
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `What is announced is what comes`(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        for _ in 0..<60 {
            let rule = try Self.rule(using: &random)
            guard
                case .notYet(let at, let reason) = rule.due(
                    mintedAt: Self.start, now: Self.start)
            else { continue }
            #expect(at > Self.start)
            // Not before, at no instant in between; then it is, for the reason that was given.
            for _ in 0..<5 {
                let early = Instant(
                    milliseconds: .random(
                        in: Self.start.milliseconds..<at.milliseconds, using: &random))
                #expect(rule.due(mintedAt: Self.start, now: early) == .notYet(at: at, reason))
            }
            guard case .due(let rotation) = rule.due(mintedAt: Self.start, now: at) else {
                Issue.record("not due when it was announced: \(rule.spec)")
                continue
            }
            #expect(rotation.since == at)
            #expect(rotation.reason == reason)
        }
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `Rotated once, a key is not due by the same date again, wherever the clock jumps`(
        seed: UInt64
    ) throws {
        var random = Seeded(seed: seed)
        for _ in 0..<60 {
            let rule = try Self.rule(using: &random)
            let late = Span(seconds: .random(in: 0...200 * 86_400, using: &random))
            let now = Self.start + late
            guard case .due(let rotation) = rule.due(mintedAt: Self.start, now: now) else {
                continue
            }
            #expect(Self.start < rotation.since && rotation.since <= now)
            // Minted at that instant or later, since a mint takes time.
            let minted = now + Span(seconds: .random(in: 0...120, using: &random))
            #expect(!Self.isDue(rule, minted, minted))
            for _ in 0..<10 {
                let back = Span(seconds: .random(in: 0...400 * 86_400, using: &random))
                #expect(!Self.isDue(rule, minted, minted - back), "the clock went back by \(back)")
            }
            // And the next date is one that comes after the mint.
            if case .notYet(let next, _) = rule.due(mintedAt: minted, now: minted) {
                #expect(next > minted)
            }
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `However seldom somebody looks, each date brings one rotation`(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        for _ in 0..<20 {
            let rule = try Self.rule(using: &random)
            let end = Self.start + .days(120)
            let longest = Int64.random(in: 60...20 * 86_400, using: &random)
            var (minted, now, rotations) = (Self.start, Self.start, 0)
            while now < end {
                now = now + Span(seconds: .random(in: 1...longest, using: &random))
                guard Self.isDue(rule, minted, now) else { continue }
                // Someone who had looked all the time would have seen it since its date.
                guard let first = rule.upcoming(mintedAt: minted, now: minted, count: 1).first
                else {
                    Issue.record("due and never announced")
                    break
                }
                #expect(first.at <= now)
                #expect(!Self.isDue(rule, minted, Instant(milliseconds: first.at.milliseconds - 1)))
                (minted, rotations) = (now, rotations + 1)
            }
            // Nobody who looks seldom rotates more often than one who always looks.
            let most = rule.upcoming(mintedAt: Self.start, now: Self.start, count: rotations)
            #expect(most.count == rotations)
            if let last = most.last { #expect(last.at <= now) }
        }
    }

    @Test(arguments: ["1s", "90s", "1h", "1d", "30d", "400d"])
    func `A fleet minted at one instant is not due at one, and no key is older than every`(
        text: String
    ) throws {
        let every = try #require(Span(text))
        var dates: [Instant] = []
        for number in 1...2000 {
            let rule = RotationRule(
                RotationSpec(trigger: .every(every)), of: try RotationRuleTests.lineage(number))
            guard
                case .notYet(let at, _) = rule.due(
                    mintedAt: RotationRuleTests.minted, now: RotationRuleTests.minted)
            else {
                Issue.record("due at once")
                return
            }
            dates.append(at)
        }
        let end = RotationRuleTests.minted + every
        let spread = min(every.seconds * 100, 7 * 86_400_000)
        #expect(dates.allSatisfy { $0 <= end })
        #expect(dates.allSatisfy { $0.milliseconds > end.milliseconds - spread })
        // Even: in each tenth of the spread 200 of 2000, give or take a quarter.
        let tenths = Dictionary(grouping: dates) {
            (end.milliseconds - $0.milliseconds) * 10 / spread
        }
        #expect(tenths.count == 10)
        #expect(tenths.values.allSatisfy { (150...250).contains($0.count) })
    }

    @Test func `The spread of a lineage never changes`() throws {
        // Of 30 days; another number here would rotate a fleet anew.
        let rule = RotationRule(
            RotationSpec(trigger: .every(.days(30))), of: try RotationRuleTests.lineage(1))
        let dates = rule.upcoming(
            mintedAt: RotationRuleTests.minted, now: RotationRuleTests.minted, count: 1)
        #expect(dates.map(\.at.description) == ["2026-01-31T05:27:36.067Z"])
    }
}
