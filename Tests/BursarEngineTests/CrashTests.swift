import BursarCore
import BursarEngine
import BursarStores
import TestSupport
import Testing

struct CrashTests {
    @Test(arguments: Fleet.Start.allCases)
    func `a crash at any moment is overcome by the next run`(start: Fleet.Start) async throws {
        let whole = CrashPoint()
        try await run(try await Fleet(at: start), until: whole)
        try #require(whole.count > 30)
        for moment in 0..<whole.count {
            let fleet = try await Fleet(at: start)
            try await run(fleet, until: CrashPoint(after: moment))
            #expect(try await fleet.dead() == [], "at moment \(moment)")
            let next = try await fleet.run()
            #expect(next.succeeded, "at moment \(moment)")
            #expect(try await fleet.faults() == [], "at moment \(moment)")
        }
    }

    @Test(arguments: Fleet.Start.allCases)
    func `two crashes in a row are overcome as well`(start: Fleet.Start) async throws {
        let whole = CrashPoint()
        try await run(try await Fleet(at: start), until: whole)
        for first in stride(from: 0, to: whole.count, by: 17) {
            for second in stride(from: 3, to: whole.count, by: 23) {
                let fleet = try await Fleet(at: start)
                try await run(fleet, until: CrashPoint(after: first))
                try await run(fleet, until: CrashPoint(after: second))
                #expect(try await fleet.dead() == [], "at \(first), then \(second)")
                #expect(try await fleet.run().succeeded, "at \(first), then \(second)")
                #expect(try await fleet.faults() == [], "at \(first), then \(second)")
            }
        }
    }

    /// The moments are before and after every call, and between the steps of a write to the store.
    private func run(_ fleet: Fleet, until crash: CrashPoint) async throws {
        let store = DirectorySecretStore(path: fleet.directory.path + "/secrets") {
            (_) throws(SecretStoreError) in
            if crash.isPast() { throw .cancelled }
        }
        let isGone: Probe = { _ in crash.isPast() }
        let issuer = ProbedIssuer(inner: fleet.issuer, isGone: isGone)
        let probed = ProbedStore(inner: store, isGone: isGone)
        let plan = try await fleet.plan()
        // Only what it leaves behind counts: a process that is gone reports nothing.
        _ = await fleet.reconciler(issuer, probed).apply(
            plan, of: fleet.desired, limits: fleet.limits, with: fleet.executor(issuer, probed))
    }
}
