import BursarCore
import BursarEngine
import BursarSandbox
import Testing

/// Every fault at every request of a first apply.
struct `A fault` {
    static let faults: [FaultPlan.Fault] = [
        .status(429, retryAfter: 2), .status(500, retryAfter: nil), .status(502, retryAfter: nil),
        .status(503, retryAfter: nil), .status(504, retryAfter: nil), .reset, .truncated,
        .lostAnswer, .html, .wrongJSON, .latency(milliseconds: 120_000),
    ]

    @Test(arguments: faults)
    func `at any request is retried, or fails with a message and is finished by the next run`(
        fault: FaultPlan.Fault
    ) async throws {
        let clean = try Lab()
        try await clean.apply()
        let count = clean.requests.all.count
        #expect(count > 30)
        for index in 0..<count {
            let lab = try Lab()
            lab.sandbox.inject(FaultPlan([.init(.index(index), fault)]))
            try await expectRecovery(lab)
        }
    }

    @Test(arguments: faults)
    func `that stays fails with a message and is finished once it is gone`(
        fault: FaultPlan.Fault
    ) async throws {
        let lab = try Lab()
        lab.sandbox.inject(FaultPlan([.init(.matching(method: "POST", pathPrefix: "/key"), fault)]))
        try await expectRecovery(lab)
        #expect(lab.values.all.count >= 4)
    }

    private func expectRecovery(_ lab: Lab) async throws {
        do {
            let report = try await lab.apply()
            for case .failed(let message) in report.outcomes.values { #expect(!message.isEmpty) }
        } catch let error as IssuerError {
            #expect(!"\(error)".isEmpty)
        }
        lab.sandbox.inject(.none)
        // The second run finishes; what was minted in vain is retired by it.
        let report = try await lab.apply()
        #expect(report.succeeded, "\(report.outcomes)")
        try await lab.expectConverged()
    }
}
