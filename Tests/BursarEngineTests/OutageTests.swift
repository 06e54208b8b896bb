import BursarCore
import BursarEngine
import BursarSandbox
import TestSupport
import Testing

/// A fault that befalls some requests in a row.
struct Trouble: Sendable, CustomTestStringConvertible {
    let start: Fleet.Start
    let fault: FaultPlan.Fault
    /// 1 is mended by a retry; 5 is more than bursar tries.
    let length: Int

    static let faults: [FaultPlan.Fault] = [
        .status(429, retryAfter: 7), .status(500, retryAfter: nil), .status(502, retryAfter: nil),
        .status(503, retryAfter: nil), .status(504, retryAfter: nil), .reset, .truncated,
        .lostAnswer, .html, .wrongJSON, .latency(milliseconds: 120_000),
    ]

    static let all = Fleet.Start.allCases.flatMap { start in
        faults.map { Trouble(start: start, fault: $0, length: 1) }
            + [.status(500, retryAfter: nil), .status(503, retryAfter: nil), .lostAnswer].map {
                Trouble(start: start, fault: $0, length: 5)
            }
    }

    /// A long one begins at every third request only: it befalls each all the same.
    func beginnings(of requests: Int) -> [Int] {
        Array(stride(from: 0, to: requests, by: length == 1 ? 1 : 3))
    }

    var testDescription: String { "\(fault) \(length) times from \(start)" }

    func plan(at index: Int) -> FaultPlan {
        FaultPlan((0..<length).map { FaultPlan.Rule(.index(index + $0), fault) })
    }
}

struct OutageTests {
    @Test(arguments: Trouble.all)
    func `a fault at any request is overcome, by the next run at the latest`(
        trouble: Trouble
    ) async throws {
        let clean = try await Fleet(at: trouble.start)
        #expect(try await clean.run().succeeded)
        let requests = clean.requests.all.count
        try #require(requests > 20)
        for index in trouble.beginnings(of: requests) {
            let fleet = try await Fleet(at: trouble.start)
            try await expectRecovery(of: fleet, from: trouble.plan(at: index), "request \(index)")
        }
    }

    @Test(arguments: Trouble.faults)
    func `a fault that stays is overcome once it is gone`(fault: FaultPlan.Fault) async throws {
        let fleet = try await Fleet()
        try await expectRecovery(
            of: fleet,
            from: FaultPlan([.init(.matching(method: "POST", pathPrefix: "/key"), fault)]),
            "every write of a key")
        #expect(fleet.drawn.all.count >= 4)
    }

    private func expectRecovery(
        of fleet: Fleet, from faults: FaultPlan, _ place: String
    ) async throws {
        fleet.sandbox.inject(faults)
        let succeeded: Bool
        do {
            let report = try await fleet.run()
            succeeded = report.succeeded
            #expect(report.explainsItself, "at \(place)")
            let done = fleet.events.all.count { $0.phase == .after }
            #expect(report.operations == done, "at \(place)")
        } catch {
            succeeded = false
            #expect(!error.description.isEmpty)
        }
        fleet.sandbox.inject(.none)
        if !succeeded {
            #expect(try await fleet.dead() == [], "at \(place)")
            #expect(try await fleet.run().succeeded, "at \(place)")
        }
        #expect(try await fleet.faults() == [], "at \(place)")
    }
}
