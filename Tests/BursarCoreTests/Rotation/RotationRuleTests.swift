import Testing

@testable import BursarCore

struct RotationRuleTests {
    /// 2026-01-01T09:00:00Z, a Thursday.
    static let minted = Instant(milliseconds: 1_767_258_000_000)

    static func lineage(_ number: Int = 1) throws -> Lineage {
        Lineage(
            workspace: try #require(WorkspaceID("w\(number)")),
            secret: try #require(SecretName("LITELLM_API_KEY")))
    }

    static func rule(_ spec: RotationSpec) throws -> RotationRule {
        RotationRule(spec, of: try lineage())
    }

    static func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }

    static func schedule(
        _ cron: String, zone: String = "UTC", window: String? = nil, maxAge: Span? = nil
    ) throws -> RotationSpec {
        RotationSpec(
            trigger: .schedule(try CronSchedule(cron)), timeZone: try #require(IANAZone(zone)),
            window: try window.map { text in try RotationWindow(text) }, maxAge: maxAge)
    }

    @Test func `A key without a rule is never due`() throws {
        let due = try Self.rule(RotationSpec()).due(
            mintedAt: Self.minted, now: Self.minted + .days(10_000))
        #expect(due == .never)
    }

    @Test func `A schedule is due at its first date after the mint`() throws {
        let rule = try Self.rule(Self.schedule("0 9 1 * *", zone: "Europe/Paris"))
        let date = try Self.instant("2026-02-01T08:00:00Z")
        let zone = try #require(IANAZone("Europe/Paris"))
        let reason = RotationReason.schedule(try CronSchedule("0 9 1 * *"), zone)
        #expect(
            rule.due(mintedAt: Self.minted, now: date - Span(seconds: 1))
                == .notYet(at: date, reason))
        guard case .due(let rotation) = rule.due(mintedAt: Self.minted, now: date) else {
            Issue.record("not due at its date")
            return
        }
        #expect(rotation.since == date)
        #expect(rotation.overlap == .hours(24))
        #expect(rotation.overlapBy == .rule)
        #expect(rotation.reason == reason)
    }

    @Test func `Several missed dates are due since the first of them`() throws {
        let rule = try Self.rule(Self.schedule("0 0 * * *"))
        guard case .due(let rotation) = rule.due(mintedAt: Self.minted, now: Self.minted + .days(9))
        else {
            Issue.record("not due")
            return
        }
        #expect(rotation.since == (try Self.instant("2026-01-02T00:00:00Z")))
    }

    @Test func `after is due for keys minted before it and no others`() throws {
        let after = Self.minted + .days(1)
        let rule = try Self.rule(
            RotationSpec(
                trigger: .every(.days(30)), after: after, afterOverlap: Span(seconds: 0)))
        #expect(
            rule.due(mintedAt: Self.minted, now: after - Span(seconds: 1))
                == .notYet(at: after, .after(after)))
        #expect(
            rule.due(mintedAt: Self.minted, now: after + .days(100))
                == .due(
                    DueRotation(
                        reason: .after(after), since: after, overlap: Span(seconds: 0),
                        overlapBy: .after)))
        guard case .notYet(_, .every) = rule.due(mintedAt: after, now: after) else {
            Issue.record("a key minted at that instant is not one from before it")
            return
        }
    }

    @Test func `after takes the rule's overlap where it has none of its own`() throws {
        let after = Self.minted + .days(1)
        let rule = try Self.rule(RotationSpec(overlap: .hours(2), after: after))
        guard case .due(let rotation) = rule.due(mintedAt: Self.minted, now: after) else {
            Issue.record("not due")
            return
        }
        #expect(rotation.overlap == .hours(2))
    }

    @Test func `Outside the window a due key waits for it`() throws {
        // Due on Friday at 18:00.
        let rule = try Self.rule(Self.schedule("0 18 2 * *", window: "Mon-Fri 09:00-17:00"))
        let monday = try Self.instant("2026-01-05T09:00:00Z")
        for now in ["2026-01-01T09:30:00Z", "2026-01-02T18:00:00Z", "2026-01-03T12:00:00Z"] {
            guard
                case .notYet(monday, .schedule) = rule.due(
                    mintedAt: Self.minted, now: try Self.instant(now))
            else {
                Issue.record("not waiting for Monday at \(now)")
                continue
            }
        }
        guard case .due(let rotation) = rule.due(mintedAt: Self.minted, now: monday) else {
            Issue.record("not due on Monday")
            return
        }
        #expect(rotation.since == monday)
        // A window that was missed is not made up for outside of one.
        let evening = try Self.instant("2026-01-05T20:00:00Z")
        let tuesday = try Self.instant("2026-01-06T09:00:00Z")
        guard case .notYet(tuesday, .schedule) = rule.due(mintedAt: Self.minted, now: evening)
        else {
            Issue.record("due outside the window")
            return
        }
        guard
            case .due(let late) = rule.due(
                mintedAt: Self.minted, now: tuesday + Span(seconds: 60))
        else {
            Issue.record("not due on Tuesday")
            return
        }
        #expect(late.since == monday, "the older goes first")
    }

    @Test func `maxAge does not wait for the window and says so`() throws {
        let rule = try Self.rule(
            Self.schedule("0 18 2 * *", window: "Mon-Fri 09:00-17:00", maxAge: .days(2)))
        let end = Self.minted + .days(2)  // Saturday
        let reason = RotationReason.maxAge(.days(2), outsideWindow: true)
        #expect(rule.due(mintedAt: Self.minted, now: Self.minted) == .notYet(at: end, reason))
        #expect(
            rule.due(mintedAt: Self.minted, now: end)
                == .due(
                    DueRotation(reason: reason, since: end, overlap: .hours(24), overlapBy: .rule)))
        #expect("\(reason)" == "maxAge 2d, outside the window")
    }

    @Test func `maxAge alone is a rule, and no window is said of it where there is none`() throws {
        let rule = try Self.rule(RotationSpec(maxAge: .days(2)))
        let reason = RotationReason.maxAge(.days(2), outsideWindow: false)
        #expect(
            rule.due(mintedAt: Self.minted, now: Self.minted)
                == .notYet(at: Self.minted + .days(2), reason))
    }

    @Test func `The next dates follow one another`() throws {
        let rule = try Self.rule(Self.schedule("0 9 1 * *", zone: "America/New_York"))
        let dates = rule.upcoming(mintedAt: Self.minted, now: Self.minted, count: 4).map(\.at)
        #expect(
            dates.map(\.description) == [
                "2026-01-01T14:00:00Z", "2026-02-01T14:00:00Z", "2026-03-01T14:00:00Z",
                "2026-04-01T13:00:00Z",
            ])
        // Overdue: now, and from there.
        let late = rule.upcoming(mintedAt: Self.minted, now: Self.minted + .days(40), count: 2)
        #expect(late.map(\.at) == [Self.minted + .days(40), dates[2]])
    }

    @Test func `Without a mint date only what does not go by age has dates`() throws {
        let after = Self.minted + .days(3)
        let aged = try Self.rule(
            RotationSpec(trigger: .every(.days(1)), maxAge: .days(2), after: after))
        let dates = aged.upcoming(mintedAt: nil, now: Self.minted, count: 5)
        #expect(dates.map(\.at) == [after])
        let dated = try Self.rule(Self.schedule("0 0 * * *", maxAge: .hours(1)))
        #expect(
            dated.upcoming(mintedAt: nil, now: Self.minted, count: 1).map(\.at.description)
                == ["2026-01-02T00:00:00Z"])
    }
}
