import Foundation
import Testing

/// `kill -9` after every line of the audit file of a first apply, then apply again.
@Suite(.serialized, .enabled(if: RealLiteLLM.isThere)) struct `Crash of a first apply` {
    /// One before and one after each of the operations of the quickstart, one workspace at a time.
    @Test(arguments: Array(stride(from: 1, through: 38, by: 1)))
    func `is finished by the next run`(line: Int) async throws {
        let fleet = try Fleet()
        let audit = fleet.directory.appendingPathComponent("audit.jsonl")
        let first = try await fleet.bursar(
            "apply", "--yes", "--concurrency", "1", "--audit", audit.path
        ) {
            process in
            while process.isRunning {
                let lines = (try? String(contentsOf: audit, encoding: .utf8))?
                    .split(separator: "\n").count
                if let lines, lines >= line {
                    kill(process.processIdentifier, SIGKILL)
                    return
                }
            }
        }
        // Four operations from the end no busy machine can be so late that it misses the run.
        if line <= 30 { #expect(first.status == SIGKILL, "the kill came too late") }
        let second = try await fleet.bursar("apply", "--yes")
        #expect(second.status == 0, "\(second.all)")
        #expect(try fleet.everySecret().count == 4)
        for (workspace, name) in [
            ("search", "LITELLM_API_KEY"), ("search", "INDEXER_API_KEY"),
            ("assistant", "LITELLM_API_KEY"), ("code-review", "LITELLM_API_KEY"),
        ] {
            let key = try fleet.secret(workspace, name)
            #expect(try await fleet.call("GET", "/v1/models", bearer: key).status == 200)
        }
        for workspace in ["search", "assistant", "code-review"] {
            for key in try await fleet.keys(workspace) {
                let alias = try #require(key["key_alias"] as? String)
                // An unpublished key bears its generation and has an end.
                #expect(alias.contains("@g") == (key["expires"] is String))
            }
        }
        let plan = try await fleet.bursar("plan", "--detailed-exitcode")
        #expect(plan.status == 0, "\(plan.all)")
    }
}

@Suite(.serialized, .enabled(if: RealLiteLLM.isThere)) struct `SIGTERM in an apply` {
    @Test func `finishes the operation in hand and leaves the rest to the next run`() async throws {
        let fleet = try Fleet()
        let audit = fleet.directory.appendingPathComponent("audit.jsonl")
        let first = try await fleet.bursar(
            "apply", "--yes", "--concurrency", "1", "--audit", audit.path
        ) { process in
            while process.isRunning {
                let text = (try? String(contentsOf: audit, encoding: .utf8)) ?? ""
                if text.split(separator: "\n").count >= 3 {
                    process.terminate()
                    return
                }
            }
        }
        #expect(first.status == 1)
        #expect(first.errors.contains("stopped before it was finished"))
        // Every operation that was begun was also finished.
        let lines = try String(contentsOf: audit, encoding: .utf8).split(separator: "\n")
        #expect(lines.count { $0.contains(#""phase":"before""#) } * 2 == lines.count)
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        #expect(try await fleet.bursar("plan", "--detailed-exitcode").status == 0)
    }
}
