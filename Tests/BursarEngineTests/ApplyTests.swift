import BursarCore
import BursarEngine
import BursarSandbox
import Foundation
import Testing

struct `An apply` {
    @Test func `converges, and the next plan is empty`() async throws {
        let lab = try Lab()
        let report = try await lab.apply()
        #expect(report.succeeded)
        #expect(report.operations == 3 + 4 * 4)
        try await lab.expectConverged()
    }

    @Test func `that has nothing to do writes nothing`() async throws {
        let lab = try Lab()
        try await lab.apply()
        lab.requests.clear()
        let report = try await lab.apply()
        #expect(report.operations == 0)
        #expect(lab.requests.all.allSatisfy { $0.method == "GET" })
        #expect(lab.requests.all.count <= 5)
    }

    @Test func `costs three writes, two verifying reads and one re-read a key`() async throws {
        let lab = try Lab()
        try await lab.apply()
        let writes = lab.requests.all.filter { $0.method != "GET" }
        #expect(writes.count == 3 + 2 * 4)
        let reads = lab.requests.all.filter { $0.method == "GET" }
        // Observed before it, in five reads, and once more after it: fewer than eleven workspaces are
        // read back one by one, in two reads each and three for the proxy.
        let verified = 3 * 4
        let observed = 5 + 3 + 2 * 3
        #expect(reads.count <= verified + observed)
    }

    @Test func `clears an expiry that LiteLLM's own defaults put on a mint`() async throws {
        var options = LiteLLMModel.Options()
        options.defaultKey.duration = "30d"
        let lab = try Lab(options: options)
        #expect(try await lab.apply().succeeded)
        try await lab.expectConverged()
    }

    @Test func `publishes nothing when somebody else minted meanwhile`() async throws {
        let lab = try Lab()
        let plan = try await lab.plan()
        try await lab.apply()
        try FileManager.default.removeItem(at: lab.directory)
        guard case .approved(let approved) = ApprovedPlan.judge(plan, by: LimitSettings()) else {
            Issue.record("within the limits")
            return
        }
        let outcomes = await lab.executor().execute(approved)
        #expect(outcomes.values.allSatisfy { !$0.succeeded })
        #expect(!FileManager.default.fileExists(atPath: lab.directory.path))
    }

    @Test func `of two at once leaves every published key alive`() async throws {
        let lab = try Lab()
        let plan = try await lab.plan()
        guard case .approved(let approved) = ApprovedPlan.judge(plan, by: LimitSettings()) else {
            Issue.record("within the limits")
            return
        }
        async let first = lab.executor().execute(approved)
        async let second = lab.executor().execute(approved)
        _ = await (first, second)
        try await lab.apply()
        try await lab.apply()
        try await lab.expectConverged()
    }

    @Test func `that is stopped before it begins does nothing`() async throws {
        let lab = try Lab()
        let stop = StopFlag()
        stop.stop()
        let report = try await lab.apply(stop: stop)
        #expect(report.outcomes.values.allSatisfy { $0 == .interrupted })
        #expect(report.operations == 0)
        #expect(lab.requests.all.allSatisfy { $0.method == "GET" })
    }

    @Test func `does nothing that the audit file cannot hold`() async throws {
        let lab = try Lab()
        let report = try await lab.apply(audit: try AuditFile(path: "/dev/full"))
        #expect(!report.succeeded)
        #expect(report.operations == 0)
        #expect(lab.requests.all.allSatisfy { $0.method == "GET" })
        guard case .failed(let message)? = report.outcomes.values.first else {
            Issue.record("it says why")
            return
        }
        #expect(message.contains("audit file"))
    }

    @Test func `leaves no secret in events, reports and the audit file`() async throws {
        let lab = try Lab()
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "bursar-audit-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        lab.sandbox.inject(FaultPlan([.init(.everyNth(5), .status(503, retryAfter: 1))]))
        let report = try await lab.apply(audit: try AuditFile(path: file.path))
        let said =
            "\(lab.events.all) \(report) \(String(reflecting: report))"
            + (try String(contentsOf: file, encoding: .utf8))
        #expect(!lab.values.all.isEmpty)
        for value in lab.values.all { value.withExposed { #expect(!said.contains($0)) } }
        #expect(!said.contains("sk-master"))
    }
}
