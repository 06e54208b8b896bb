import BursarCore
import BursarEngine
import BursarSandbox
import Foundation
import TestSupport
import Testing

/// `bursar run`, the built binary, on the stand-in over HTTP.
@Suite(.serialized, .timeLimit(.minutes(2))) struct `The controller` {
    private func start(_ site: SandboxSite, _ arguments: String...) async throws -> LongRun {
        try await LongRun(
            ["run", site.directory.path] + arguments, environment: site.environment)
    }

    @Test func `applies, and an edited manifest at once on SIGHUP`() async throws {
        try await SandboxSite.open { site in
            var run = try await start(site)
            try await run.wait(for: "reconciled: 19 operations in 3 workspaces")
            #expect(try site.dead() == [])
            try site.edit("limit: 5.00", "limit: 6.00")
            run.send(SIGHUP)
            try await run.wait(for: "workspace=search: done: update-team team search")
            try await run.wait(for: "reconciled: 1 operation in 1 workspace; next in")
            #expect(await run.end() == 0)
            #expect(run.lines.last?.hasSuffix("stopped") == true)
            try expectNoSecret(in: run, of: site)
            let plan = try await site.bursar(
                "plan", "--detailed-exitcode", environment: site.environment)
            #expect(plan.status == 0, "\(plan.all)")
        }
    }

    @Test func `logs JSON with the id of a run in every line`() async throws {
        try await SandboxSite.open { site in
            var run = try await start(site, "--log-format", "json")
            try await run.wait(for: "reconciled: ")
            run.send(SIGHUP)
            try await run.wait(for: "reconciled: nothing done")
            #expect(await run.end(SIGINT) == 0)
            var ids: Set<String> = []
            for line in run.lines {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
                let fields = try #require(object as? [String: String])
                #expect(Set(fields.keys).isSuperset(of: ["at", "level", "message", "run"]))
                ids.insert(try #require(fields["run"]))
            }
            #expect(ids.count == 3, "before the first, and one each")
            try expectNoSecret(in: run, of: site)
        }
    }

    @Test func `tells an invalid manifest once and goes on with the others`() async throws {
        try await SandboxSite.open { site in
            var run = try await start(site)
            try await run.wait(for: "reconciled: ")
            try site.edit("limit: 5.00", "limit: 6.00")
            try site.edit("period: 1d", "period: 1m")
            run.send(SIGHUP)
            try await run.wait(for: "reconciled: 1 operation")
            run.send(SIGHUP)
            try await run.wait(for: "reconciled: nothing done")
            try site.edit("period: 1m", "period: 1d")
            run.send(SIGHUP)
            try await run.wait(for: "the source is valid again")
            #expect(await run.end() == 0)
            #expect(run.lines.count { $0.contains(".yaml:") } == 1)
        }
    }

    @Test func `goes on after an outage`() async throws {
        try await SandboxSite.open(
            faults: FaultPlan([.init(.every, .status(401, retryAfter: nil))])
        ) { site in
            var run = try await start(site)
            try await run.wait(for: "Nothing was done, again in ")
            site.sandbox.inject(.none)
            run.send(SIGHUP)
            try await run.wait(for: "reconciled: 19 operations")
            #expect(await run.end() == 0)
        }
    }

    @Test func `ends on SIGTERM in mid-apply with the operations in hand finished`() async throws {
        try await SandboxSite.open { site in
            try site.addWorkspaces(40)
            var run = try await start(site, "--audit", site.directory.path + "/audit.jsonl")
            try await run.wait(for: "done: mint")
            #expect(await run.end() == 0)
            let log = run.lines.joined(separator: "\n")
            #expect(log.contains("stopping after the operations in hand"))
            #expect(log.contains("stopped before it was finished"), "the signal came too late")
            let audit = try #require(site.directory.text("audit.jsonl")).split(separator: "\n")
            #expect(audit.count { $0.contains(#""phase":"before""#) } * 2 == audit.count)
            #expect(try site.dead() == [])
            let apply = try await site.bursar("apply", "--yes", environment: site.environment)
            #expect(apply.status == 0, "\(apply.all)")
            let plan = try await site.bursar(
                "plan", "--detailed-exitcode", environment: site.environment)
            #expect(plan.status == 0, "\(plan.all)")
        }
    }

    @Test func `does no harm beside another one`() async throws {
        try await SandboxSite.open { site in
            async let first = start(site)
            async let second = start(site)
            var runs = try await [first, second]
            for index in runs.indices { try await runs[index].wait(for: "reconciled: ") }
            #expect(try site.dead() == [])
            try site.edit("limit: 5.00", "limit: 6.00")
            try site.edit("gf-embed-default]", "gf-embed-default, gf-chat-pro]")
            for _ in 0..<3 {
                for run in runs { run.send(SIGHUP) }
                for index in runs.indices { try await runs[index].wait(for: "reconciled: ") }
                #expect(try site.dead() == [])
            }
            for index in runs.indices { #expect(await runs[index].end() == 0) }
            let apply = try await site.bursar("apply", "--yes", environment: site.environment)
            #expect(apply.status == 0, "\(apply.all)")
            let plan = try await site.bursar(
                "plan", "--detailed-exitcode", environment: site.environment)
            #expect(plan.status == 0, "\(plan.all)")
            #expect(try site.dead() == [])
        }
    }

    @Test func `is not begun with a configuration that cannot work`() async throws {
        try await SandboxSite.open { site in
            let noKey = try await site.bursar("run", environment: ["LITELLM_URL": site.url])
            #expect(noKey.status == 1)
            #expect(noKey.errors.contains("LITELLM_MASTER_KEY"))
            try site.directory.write("kind: Configuration", to: "bursar.yaml")
            let invalid = try await site.bursar("run", environment: site.environment)
            #expect(invalid.status == 1)
            #expect(invalid.errors.contains("bursar.yaml:1"))
        }
    }

    private func expectNoSecret(in run: LongRun, of site: SandboxSite) throws {
        let log = run.lines.joined(separator: "\n")
        #expect(!log.contains(SandboxSite.masterKey))
        let published = try site.published()
        #expect(published.count == 4)
        for (_, value) in published { #expect(!log.contains(value)) }
    }
}

extension SandboxSite {
    fileprivate func edit(_ old: String, _ new: String) throws {
        var hits = 0
        for name in ["search", "assistant", "code-review"] {
            let file = "workspaces/\(name).yaml"
            let text = try #require(directory.text(file))
            guard text.contains(old) else { continue }
            hits += 1
            try directory.write(text.replacing(old, with: new), to: file)
        }
        try #require(hits > 0)
    }

    fileprivate func addWorkspaces(_ count: Int) throws {
        let documents = (0..<count).map { number in
            """
            apiVersion: bursar/v1
            kind: Workspace
            metadata: {name: more-\(number)}
            spec:
              budget: {limit: 1.00, period: 1d}
              models: [gf-chat-default]
            """
        }
        try directory.write(documents.joined(separator: "\n---\n"), to: "workspaces/more.yaml")
    }

    /// By path below the store.
    fileprivate func published() throws -> [(path: String, value: String)] {
        let store = directory.url.appending(path: "secrets").path
        let paths = FileManager.default.enumerator(atPath: store)?.allObjects as? [String] ?? []
        return paths.filter { $0.hasSuffix("_KEY") }.compactMap { path in
            directory.text("secrets/\(path)").map { (path, $0) }
        }
    }

    /// Published keys that the proxy does not take.
    fileprivate func dead() throws -> [String] {
        try published().filter { _, value in
            let answer = sandbox.ask(
                SandboxRequest(method: "GET", path: "/v1/models", bearer: SecretValue(value)),
                now: SystemTimekeeper().now())
            return answer.status != 200
        }.map(\.path)
    }
}
