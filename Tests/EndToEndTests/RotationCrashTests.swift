import Foundation
import TestSupport
import Testing

/// `kill -9` after every line of the audit file of a rotation, then apply again.
@Suite(.serialized, .enabled(if: RealLiteLLM.isThere))
struct `Crash of a rotation on the real LiteLLM` {
    /// One before and one after each of raise, mint, verify, publish, retire, claim.
    @Test(arguments: [false, true], Array(1...12))
    func `leaves a working key and is finished by the next run`(
        keyring: Bool, line: Int
    ) async throws {
        let fleet = try Fleet(rotation: "{overlap: 1h}", keyring: keyring)
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        try fleet.writeDueNow()
        let statuses = Record<Int>()
        let isOver = Record<Bool>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // What an app that reads the secret now is answered.
                while isOver.all.isEmpty {
                    statuses.add(try await fleet.status(of: fleet.published()))
                }
            }
            let first = try await killed(fleet, after: line)
            // Eight lines from the end no busy machine can be so late that it misses the run.
            if line <= 4 { #expect(first.status == SIGKILL, "the kill came too late") }
            #expect(try await fleet.status(of: fleet.published()) == 200)
            let second = try await fleet.bursar("apply", "--yes")
            #expect(second.status == 0, "\(second.all)")
            isOver.add(true)
            try await group.waitForAll()
        }
        #expect(Set(statuses.all) == [200])
        try await fleet.expectConverged()
    }

    private func killed(_ fleet: Fleet, after line: Int) async throws -> BuiltBinary.Result {
        let audit = fleet.directory.appendingPathComponent("audit.jsonl")
        return try await fleet.bursar("apply", "--yes", "--audit", audit.path) { process in
            while process.isRunning {
                let lines = (try? String(contentsOf: audit, encoding: .utf8))?
                    .split(separator: "\n").count
                if let lines, lines >= line {
                    kill(process.processIdentifier, SIGKILL)
                    return
                }
            }
        }
    }
}

@Suite(.serialized, .enabled(if: RealLiteLLM.isThere))
struct `Two rotations at once on the real LiteLLM` {
    @Test(arguments: [false, true])
    func `leave a working key twenty times, and one more run converges`(
        keyring: Bool
    ) async throws {
        let fleet = try Fleet(rotation: "{overlap: 1h}", keyring: keyring)
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        for round in 1...20 {
            let old = try fleet.published()
            try fleet.writeDueNow()
            async let one = fleet.bursar("apply", "--yes")
            async let other = fleet.bursar("apply", "--yes")
            for result in try await [one, other] {
                #expect([0, 1].contains(result.status), "\(result.all)")
            }
            #expect(try await fleet.status(of: fleet.published()) == 200, "round \(round)")
            let last = try await fleet.bursar("apply", "--yes")
            #expect(last.status == 0, "round \(round): \(last.all)")
            #expect(try fleet.published() != old)
            #expect(try await fleet.status(of: old) == 200, "it is in its overlap")
            try await fleet.expectConverged("round \(round)")
        }
    }
}
