import BursarCore
import BursarEngine
import BursarSandbox
import Synchronization
import TestSupport
import Testing

struct ReconcilerTests {
    @Test func `a lost secret is replaced and a removed one retired`() async throws {
        let fleet = try await Fleet(at: .lostAndRemoved)
        #expect(try await fleet.run().succeeded)
        #expect(try await fleet.faults() == [])
        #expect(try await fleet.issuer.observe(.everything).keys.count == 5)

        // Blocked once its overlap is over, then deleted, then its secret is taken away.
        for _ in 0..<3 {
            fleet.time.advance(.hours(25))
            #expect(try await fleet.run().succeeded)
        }
        #expect(try await fleet.faults() == [])
        #expect(try await fleet.issuer.observe(.everything).keys.count == 3)
        #expect(fleet.directory.text("secrets/docs/LITELLM_API_KEY") == nil)
    }

    @Test func `a plan beyond its limits is not begun`() async throws {
        let fleet = try await Fleet(at: .lostAndRemoved)
        let report = await fleet.reconciler().apply(
            try await fleet.plan(), of: fleet.desired, limits: LimitSettings(),
            with: fleet.executor())
        #expect(report.breaches.map(\.limit) == [.lostSecrets])
        #expect(!report.succeeded)
        #expect(fleet.writes == [])
    }

    @Test(arguments: Fleet.Start.allCases)
    func `what was stopped in the middle is finished by the next run`(
        start: Fleet.Start
    ) async throws {
        let whole = try await Fleet(at: start).run().operations
        for last in 1..<whole {
            let fleet = try await Fleet(at: start)
            let stop = StopFlag()
            let done = Mutex(0)
            let executor = fleet.executor(stop: stop) { event in
                guard event.phase == .after else { return }
                let count = done.withLock { done in
                    done += 1
                    return done
                }
                if count == last { stop.stop() }
            }
            let report = try await fleet.run(with: executor)
            #expect(done.withLock { $0 } == last, "the operation in hand is the last")
            #expect(report.explainsItself)
            let next = try await fleet.run()
            #expect(next.succeeded, "stopped after \(last)")
            #expect(try await fleet.faults() == [], "stopped after \(last)")
        }
    }
}
