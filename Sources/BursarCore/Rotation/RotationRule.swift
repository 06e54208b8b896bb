internal import Crypto

/// When the keys of one lineage are due. Pure, and from what is observed alone: a key is due or not
/// by when it was minted, so that nothing is missed while bursar does not run, several missed dates
/// make one rotation, and a clock that is put back rotates nothing twice.
package struct RotationRule: Hashable, Sendable {
    package private(set) var spec: RotationSpec
    /// Of the lineage, from 0 up to, not including, 2^64: how early in the spread of `every`.
    private let fraction: UInt64

    package init(_ spec: RotationSpec, of lineage: Lineage) {
        self.spec = spec
        fraction = SHA256.hash(data: Array(lineage.plainAlias.utf8)).prefix(8)
            .reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// - Parameter mintedAt: of the published key.
    package func due(mintedAt: Instant, now: Instant) -> Due {
        if let after = spec.after, mintedAt < after, after <= now {
            return .due(
                DueRotation(
                    reason: .after(after), since: after,
                    overlap: spec.afterOverlap ?? spec.overlap, overlapBy: .after))
        }
        guard let (at, reason) = earliest(mintedAt: mintedAt, now: now) else { return .never }
        guard at <= now else { return .notYet(at: at, reason) }
        return .due(
            DueRotation(reason: reason, since: at, overlap: spec.overlap, overlapBy: .rule))
    }

    /// The instant from which the key is due, in the past or to come.
    private func earliest(mintedAt: Instant, now: Instant) -> (Instant, RotationReason)? {
        var dates: [(Instant, RotationReason)] = []
        if let (at, reason) = triggered(mintedAt: mintedAt) {
            dates.append((opening(from: at, now: now), reason))
        }
        if let maxAge = spec.maxAge {
            let at = mintedAt + maxAge
            let isOutside = spec.window.map { !$0.contains(max(at, now), in: spec.timeZone) }
            dates.append((at, .maxAge(maxAge, outsideWindow: isOutside ?? false)))
        }
        if let after = spec.after, mintedAt < after { dates.append((after, .after(after))) }
        // Of equals the first.
        return dates.min { $0.0 < $1.0 }
    }

    /// By `every` or `schedule`, whatever the window.
    private func triggered(mintedAt: Instant) -> (Instant, RotationReason)? {
        switch spec.trigger {
        case nil: nil
        case .every(let every): (due(every, after: mintedAt), .every(every))
        case .schedule(let cron):
            cron.next(after: mintedAt, in: spec.timeZone).map {
                ($0, .schedule(cron, spec.timeZone))
            }
        }
    }

    /// From when the window lets a key through that is due at `at`: in the past where it is open
    /// now, otherwise when it opens next.
    private func opening(from at: Instant, now: Instant) -> Instant {
        guard let window = spec.window else { return at }
        guard at <= now else { return window.next(from: at, in: spec.timeZone) }
        let next = window.next(from: now, in: spec.timeZone)
        return next == now ? window.next(from: at, in: spec.timeZone) : next
    }

    /// A lineage is always as early, so that a fleet that was first applied at one instant is not
    /// rotated at one: by less than a tenth of `every` and less than a week. No key gets older than
    /// `every`.
    private func due(_ every: Span, after mintedAt: Instant) -> Instant {
        let spread = UInt64(min(every.seconds * 100, Self.longestSpread))
        let early = Int64(fraction.multipliedFullWidth(by: spread).high)
        return Instant(milliseconds: (mintedAt + every).milliseconds - early)
    }

    /// In milliseconds.
    private static let longestSpread: Int64 = 7 * 86_400_000

    /// The next rotations, each from the one before as if it had run when it was due; the first is
    /// `now` where the key is due already.
    ///
    /// - Parameter mintedAt: `nil` where nobody knows; then only what does not go by age is given.
    package func upcoming(
        mintedAt: Instant?, now: Instant, count: Int
    ) -> [(at: Instant, reason: RotationReason)] {
        guard let mintedAt else { return ageless.upcoming(mintedAt: now, now: now, count: count) }
        var found: [(at: Instant, reason: RotationReason)] = []
        var (minted, at) = (mintedAt, now)
        while found.count < count {
            switch due(mintedAt: minted, now: at) {
            case .never: return found
            case .notYet(let next, let reason):
                found.append((next, reason))
                at = next
            case .due(let rotation): found.append((at, rotation.reason))
            }
            minted = at
        }
        return found
    }

    private var ageless: RotationRule {
        var copy = self
        if case .every = spec.trigger { copy.spec.trigger = nil }
        copy.spec.maxAge = nil
        return copy
    }
}

/// Whether a key is to be rotated.
package enum Due: Hashable, Sendable {
    /// No rule will ever make it due.
    case never
    /// It is, from this instant on, unless the rule or the key changes before.
    case notYet(at: Instant, RotationReason)
    case due(DueRotation)
}

/// A rotation that is to be done.
package struct DueRotation: Hashable, Sendable {
    package let reason: RotationReason
    /// When it fell due: the older goes first.
    package let since: Instant
    /// How long the old key still works.
    package let overlap: Span
    package let overlapBy: OverlapSource

    package init(reason: RotationReason, since: Instant, overlap: Span, overlapBy: OverlapSource) {
        self.reason = reason
        self.since = since
        self.overlap = overlap
        self.overlapBy = overlapBy
    }
}

/// What makes a key due.
package enum RotationReason: Hashable, Sendable, CustomStringConvertible {
    case every(Span)
    case schedule(CronSchedule, IANAZone)
    /// `outsideWindow`: no window came in time.
    case maxAge(Span, outsideWindow: Bool)
    case after(Instant)
    /// `bursar rotate`.
    case command

    package var description: String {
        switch self {
        case .every(let every): "every \(every)"
        case .schedule(let cron, let zone): "schedule \(cron) (\(zone))"
        case .maxAge(let maxAge, outsideWindow: false): "maxAge \(maxAge)"
        case .maxAge(let maxAge, outsideWindow: true): "maxAge \(maxAge), outside the window"
        case .after(let after): "after \(after)"
        case .command: "asked for"
        }
    }
}
