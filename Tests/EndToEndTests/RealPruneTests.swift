import Foundation
import TestSupport
import Testing

/// The built binary on the real LiteLLM: a manifest that leaves and comes back.
@Suite(.serialized, .enabled(if: RealLiteLLM.isThere)) struct `Prune on the real LiteLLM` {
    @Test func `suspends what left, and the same key works when it is back`() async throws {
        let fleet = try Fleet(prunedAfter: "7d")
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let keys = fleet.publishedKeys()
        for _ in 0..<3 { #expect(try await fleet.chat(keys[1]) == 200) }
        #expect(try await becomes(within: .seconds(60)) { try await fleet.spend() > 0 })
        let manifest = try #require(fleet.scratch.text("fleet/app.yaml"))
        try fleet.removeManifest()

        let unasked = try await fleet.bursar("plan", "--detailed-exitcode")
        #expect(unasked.status == 0)
        #expect(unasked.output.contains("1 team of ours: \(fleet.id("app"))"))
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        #expect(try await fleet.chat(keys[1]) == 200)

        #expect(try await fleet.prune().status == 0)
        for key in keys {
            #expect(try await becomes { try await fleet.chat(key) == 401 })
        }
        #expect(fleet.publishedKeys() == keys)
        try await fleet.expectSettled()
        let spent = try await fleet.spend()

        try fleet.scratch.write(manifest, to: "fleet/app.yaml")
        let back = try await fleet.prune()
        #expect(back.status == 0, "\(back.all)")
        #expect(back.output.contains("resume team  back in the source"))
        #expect(fleet.publishedKeys() == keys)
        #expect(try await becomes { try await fleet.chat(keys[1]) == 200 })
        #expect(try await fleet.spend() >= spent)
        try await fleet.expectSettled()
    }

    @Test func `after pruneAfter keys and secrets are gone, and what was spent counts on`()
        async throws
    {
        let fleet = try Fleet(prunedAfter: "0s", budget: "{limit: 0.02, period: 30d}")
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let old = fleet.publishedKeys()
        var refusal: String?
        for _ in 0..<40 where refusal == nil { refusal = try await fleet.refusal(old[1]) }
        #expect(refusal == "budget_exceeded")
        // LiteLLM reserves the worst cost of calls under way, so on a busy machine that was too early.
        let isSpent = try await becomes(within: .seconds(60)) {
            _ = try await fleet.refusal(old[1])
            return try await fleet.spend() >= 0.02
        }
        #expect(isSpent)
        let spent = try await fleet.spend()
        let manifest = try #require(fleet.scratch.text("fleet/app.yaml"))
        try fleet.removeManifest()

        #expect(try await fleet.prune().status == 0)
        #expect(fleet.publishedKeys() == old, "the first run only suspends")
        let end = try await fleet.prune()
        #expect(end.status == 0, "\(end.all)")
        #expect(fleet.publishedKeys() == [])
        #expect(try await fleet.isBlocked())
        #expect(try await fleet.keys("app").allSatisfy { $0["blocked"] as? Bool == true })
        try await fleet.expectSettled()

        try fleet.scratch.write(manifest, to: "fleet/app.yaml")
        let back = try await fleet.prune()
        #expect(back.status == 0, "\(back.all)")
        let new = fleet.publishedKeys()
        #expect(new.count == 2 && Set(new).isDisjoint(with: old))
        #expect(try await becomes { try await fleet.status(of: new[1]) == 200 })
        #expect(try await fleet.spend() >= spent)
        #expect(
            try await fleet.refusal(new[1]) == "budget_exceeded", "the cap holds over all of it")
        for key in old { #expect(try await fleet.status(of: key) == 401) }
        try await fleet.expectSettled()
    }

    @Test func `prune: false is a promise that outlives its manifest`() async throws {
        let fleet = try Fleet(prunedAfter: "0s")
        try fleet.writeWorkspace("app", more: "  prune: false")
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let keys = fleet.publishedKeys()
        try fleet.removeManifest()
        for _ in 0..<2 {
            let apply = try await fleet.prune()
            #expect(apply.status == 0)
            #expect(apply.output.contains("Applied: 0 operations"))
        }
        #expect(try await fleet.chat(keys[1]) == 200)
    }

    @Test func `two sources with one owner are a conflict in which nothing is written`()
        async throws
    {
        let fleet = try Fleet(prunedAfter: "0s")
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let before = [try await fleet.written("app"), try await fleet.written("keep")]
        let other = "11111111-8c1e-4b77-9e60-51a2c7d4f938"
        try fleet.configure(pruneAfter: "0s", source: other)
        try fleet.removeManifest()
        try fleet.writeWorkspace("third")
        for command in ["plan", "apply"] {
            let result =
                command == "plan"
                ? try await fleet.bursar("plan", "--prune") : try await fleet.prune()
            #expect(result.status == 1)
            for source in [other, "0d3f6a52-8c1e-4b77-9e60-51a2c7d4f938"] {
                #expect(result.all.contains(source))
            }
        }
        let after = [try await fleet.written("app"), try await fleet.written("keep")]
        #expect(after == before)
        #expect(
            try await fleet.call("GET", "/team/info?team_id=\(fleet.id("third"))").status == 404)
    }

    @Test func `a mark that somebody's edit erased is put back, and not pruned while it is lost`()
        async throws
    {
        let fleet = try Fleet(prunedAfter: "0s")
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let keys = fleet.publishedKeys()
        try await fleet.eraseMark()
        let plan = try await fleet.bursar("plan", "--prune")
        #expect(plan.output.contains("metadata.bursar: (none) → owner prune-\(fleet.tag)"))
        #expect(try await fleet.prune().status == 0)
        try await fleet.expectSettled()
        #expect(try await fleet.mark()?["owner"] as? String == "prune-\(fleet.tag)")

        try await fleet.eraseMark()
        let manifest = try #require(fleet.scratch.text("fleet/app.yaml"))
        try fleet.removeManifest()
        let kept = try await fleet.prune()
        #expect(kept.status == 0, "\(kept.all)")
        #expect(kept.output.contains("not pruned, since bursar's mark is lost"))
        #expect(try await fleet.chat(keys[1]) == 200)

        try fleet.scratch.write(manifest, to: "fleet/app.yaml")
        #expect(try await fleet.prune().status == 0)
        try fleet.removeManifest()
        #expect(try await fleet.prune().status == 0)
        #expect(try await fleet.isBlocked())
    }
}

/// `kill -9` after every line of the audit file of a prune, then again.
@Suite(.serialized, .enabled(if: RealLiteLLM.isThere))
struct `Crash of a prune on the real LiteLLM` {
    /// One before and one after each of: the suspension; two keys retired, two secrets removed.
    @Test(arguments: [(0, 1), (0, 2)] + (1...8).map { (1, $0) })
    func `is finished by the next run, and undone by the manifest`(
        stage: Int, line: Int
    ) async throws {
        let fleet = try Fleet(prunedAfter: "0s")
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let old = fleet.publishedKeys()
        let manifest = try #require(fleet.scratch.text("fleet/app.yaml"))
        try fleet.removeManifest()
        if stage == 1 { #expect(try await fleet.prune().status == 0) }
        let audit = fleet.directory.appendingPathComponent("audit.jsonl")
        let first = try await fleet.bursar("apply", "--prune", "--yes", "--audit", audit.path) {
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
        if stage == 1, line <= 4 { #expect(first.status == SIGKILL, "the kill came too late") }
        // A run each for what a crash left of the suspension, and for the end.
        for _ in 0..<2 {
            let next = try await fleet.prune()
            #expect(next.status == 0, "\(next.all)")
        }
        try await fleet.expectSettled()
        #expect(fleet.publishedKeys() == [])
        #expect(try await fleet.isBlocked())
        for key in old { #expect(try await fleet.status(of: key) == 401) }

        try fleet.scratch.write(manifest, to: "fleet/app.yaml")
        let back = try await fleet.prune()
        #expect(back.status == 0, "\(back.all)")
        for key in fleet.publishedKeys() {
            #expect(try await becomes { try await fleet.status(of: key) == 200 })
        }
        try await fleet.expectSettled()
    }
}

extension Fleet {
    fileprivate func spend() async throws -> Double {
        try await team("app")["spend"] as? Double ?? 0
    }

    /// Why LiteLLM refused it; `nil` where it answered.
    fileprivate func refusal(_ key: String) async throws -> String? {
        let answer = try await complete(key)
        guard answer.status != 200 else { return nil }
        return (answer.body["error"] as? [String: Any])?["type"] as? String ?? "?"
    }

    /// When the team was last written: even a write that changes nothing would move it.
    fileprivate func written(_ name: String) async throws -> String? {
        try await team(name)["updated_at"] as? String
    }

    fileprivate func mark() async throws -> [String: Any]? {
        (try await team("app")["metadata"] as? [String: Any])?["bursar"] as? [String: Any]
    }

    /// LiteLLM replaces metadata whole.
    fileprivate func eraseMark() async throws {
        let answer = try await call(
            "POST", "/team/update", ["team_id": id("app"), "metadata": ["note": "by hand"]])
        #expect(answer.status == 200)
    }
}
