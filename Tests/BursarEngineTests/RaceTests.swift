import BursarCore
import BursarEngine
import BursarSandbox
import Synchronization
import Testing

struct RaceTests {
    @Test(arguments: Fleet.Start.allCases)
    func `of two applies of the same plan the second moves or converges`(
        start: Fleet.Start
    ) async throws {
        let fleet = try await Fleet(at: start)
        let (first, second) = (try await fleet.plan(), try await fleet.plan())
        #expect(try await fleet.apply(first).succeeded)
        let before = fleet.published.mapValues { KeyHash(of: $0) }
        let late = try await fleet.apply(second)
        #expect(late.explainsItself)
        #expect(fleet.published.mapValues { KeyHash(of: $0) } == before)
        #expect(try await fleet.dead() == [])
        #expect(try await fleet.run().succeeded)
        #expect(try await fleet.faults() == [])
    }

    /// The whole second apply happens at one moment of the first, at every one in turn.
    @Test(arguments: Fleet.Start.allCases)
    func `an apply in the middle of another is overcome by the next run`(
        start: Fleet.Start
    ) async throws {
        let whole = CrashPoint()
        _ = try await race(try await Fleet(at: start), whole) {}
        for moment in 0..<whole.count {
            let fleet = try await Fleet(at: start)
            let second = try await fleet.plan()
            let where_ = try await race(fleet, CrashPoint(after: moment)) {
                _ = try? await fleet.apply(second)
            }
            #expect(try await fleet.dead() == [], "\(where_)")
            #expect(try await fleet.run().succeeded, "\(where_)")
            #expect(try await fleet.faults() == [], "\(where_)")
        }
    }

    /// - Returns: the moment at which `other` ran.
    private func race(
        _ fleet: Fleet, _ point: CrashPoint, _ other: @escaping @Sendable () async -> Void
    ) async throws -> String {
        let moment = Mutex("")
        let probe: Probe = { name in
            guard point.isPast(), moment.withLock({ $0.isEmpty }) else { return false }
            moment.withLock { $0 = "\(point.count): \(name)" }
            await other()
            return false
        }
        let issuer = ProbedIssuer(inner: fleet.issuer, isGone: probe)
        let store = ProbedStore(inner: fleet.store, isGone: probe)
        let report = try await fleet.apply(
            try await fleet.plan(), with: fleet.executor(issuer, store))
        #expect(report.explainsItself)
        return moment.withLock { $0 }
    }
}
