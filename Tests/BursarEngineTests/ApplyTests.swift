import BursarCore
import BursarEngine
import BursarSandbox
import TestSupport
import Testing

struct `An apply` {
    @Test func `converges, and the next plan is empty`() async throws {
        let fleet = try await Fleet()
        let report = try await fleet.run()
        #expect(report.succeeded)
        #expect(report.operations == 3 + 4 * 4)
        #expect(try await fleet.faults() == [])
    }

    @Test func `that has nothing to do writes nothing`() async throws {
        let fleet = try await Fleet()
        #expect(try await fleet.run().succeeded)
        fleet.requests.clear()
        let report = try await fleet.run()
        #expect(report.operations == 0)
        #expect(fleet.writes == [])
        #expect(fleet.requests.all.count <= 5)
    }

    @Test func `costs three writes, two verifying reads and one re-read a key`() async throws {
        let fleet = try await Fleet()
        #expect(try await fleet.run().succeeded)
        #expect(fleet.writes.count == 3 + 2 * 4)
        // Observed before it, in five reads, and once more after it: fewer than eleven workspaces are
        // read back one by one, in two reads each and three for the proxy.
        let verified = 3 * 4
        let observed = 5 + 3 + 2 * 3
        #expect(fleet.requests.all.count - fleet.writes.count <= verified + observed)
    }

    @Test func `clears an expiry that LiteLLM's own defaults put on a mint`() async throws {
        var options = LiteLLMModel.Options()
        options.defaultKey.duration = "30d"
        let fleet = try await Fleet(options: options)
        #expect(try await fleet.run().succeeded)
        #expect(try await fleet.faults() == [])
    }

    @Test func `publishes LiteLLM's own values where it takes none from outside`() async throws {
        let fleet = try await Fleet(options: .init(forbidsBroughtKeys: true))
        #expect(try await fleet.run().succeeded)
        #expect(try await fleet.faults() == [])
    }

    @Test func `publishes nothing when somebody else minted meanwhile`() async throws {
        let fleet = try await Fleet()
        let late = try await fleet.plan()
        #expect(try await fleet.run().succeeded)
        try fleet.directory.remove("secrets")
        let report = try await fleet.apply(late)
        #expect(report.outcomes.values.allSatisfy { !$0.succeeded })
        #expect(fleet.published.isEmpty)
    }

    @Test func `of two at once leaves every published key alive`() async throws {
        let fleet = try await Fleet()
        let plan = try await fleet.plan()
        async let first = fleet.apply(plan)
        async let second = fleet.apply(plan)
        _ = try await (first, second)
        #expect(try await fleet.dead() == [])
        _ = try await fleet.run()
        _ = try await fleet.run()
        #expect(try await fleet.faults() == [])
    }

    @Test func `counts what it did of workspaces that failed half way`() async throws {
        let fleet = try await Fleet()
        fleet.sandbox.inject(
            FaultPlan([
                .init(.matching(method: "GET", pathPrefix: "/v1/model"), .html)
            ]))
        let report = try await fleet.run()
        // The team and its first key of each; the key could not be verified.
        #expect(report.summary == "Applied: 6 operations; 0 workspaces done, 3 failed")
        fleet.sandbox.inject(.none)
        let next = try await fleet.run()
        #expect(next.summary.hasSuffix("; 3 workspaces done, 0 failed"))
        #expect(try await fleet.faults() == [])
    }

    @Test func `warns of a model that a new key does not reach`() async throws {
        let fleet = try await Fleet()
        // Somebody narrows the team between its creation and the first request of its key.
        let narrow = SandboxRequest(
            method: "PATCH", target: "/team/search", bearer: LiteLLMModel.Options().masterKey,
            body: Array(#"{"models": ["gf-chat-default"]}"#.utf8))
        let issuer = ProbedIssuer(inner: fleet.issuer) { moment in
            if moment == "before mint" {
                _ = fleet.sandbox.ask(narrow, now: fleet.time.now())
            }
            return false
        }
        let report = try await fleet.run(with: fleet.executor(issuer))
        let text = "does not reach gf-code-default: look at the team's models on the proxy"
        let warnings = ["BATCH_KEY", "LITELLM_API_KEY"].map { "the new key of \($0) \(text)" }
        #expect(report.warnings == [try #require(WorkspaceID("search")): warnings])
        #expect(report.succeeded)
        #expect(try await fleet.faults() == [])
    }

    @Test func `that is stopped before it begins does nothing`() async throws {
        let fleet = try await Fleet()
        let stop = StopFlag()
        stop.stop()
        let report = try await fleet.run(with: fleet.executor(stop: stop))
        #expect(report.outcomes.values.allSatisfy { $0 == .interrupted })
        #expect(report.operations == 0)
        #expect(fleet.writes == [])
    }

    @Test func `does nothing that the audit file cannot hold`() async throws {
        let fleet = try await Fleet()
        let audit = try AuditFile(path: "/dev/full")
        let report = try await fleet.run(with: fleet.executor(audit: audit))
        #expect(!report.succeeded)
        #expect(report.operations == 0)
        #expect(fleet.writes == [])
        guard case .failed(let message)? = report.outcomes.values.first else {
            Issue.record("it says why")
            return
        }
        #expect(message.contains("audit file"))
    }
}
