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
        let statuses = Record<Int>()
        let isOver = Record<Bool>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // What an app that reads the secret now is answered.
                while isOver.all.isEmpty {
                    statuses.add(try await fleet.status(of: fleet.published()))
                }
            }
            var wasInTime = false
            for attempt in 1...Self.attempts where !wasInTime {
                try fleet.writeDueNow()
                wasInTime = try await kill(fleet, after: line, attempt)
                guard !wasInTime, attempt < Self.attempts else { continue }
                #expect(try await fleet.bursar("apply", "--yes").status == 0)
            }
            #expect(wasInTime, "every kill came too late")
            #expect(try await fleet.status(of: fleet.published()) == 200)
            let second = try await fleet.bursar("apply", "--yes")
            #expect(second.status == 0, "\(second.all)")
            isOver.add(true)
            try await group.waitForAll()
        }
        #expect(Set(statuses.all) == [200])
        try await fleet.expectConverged()
    }

    /// A busy machine may be late, and kill a later step than is meant.
    private static let attempts = 10

    /// - Returns: whether it died between this line and the next but one.
    private func kill(_ fleet: Fleet, after line: Int, _ attempt: Int) async throws -> Bool {
        let audit = fleet.directory.appendingPathComponent("audit-\(attempt).jsonl")
        @Sendable func lines() -> Int {
            (try? String(contentsOf: audit, encoding: .utf8))?.split(separator: "\n").count ?? 0
        }
        let run = try await fleet.bursar("apply", "--yes", "--audit", audit.path) { process in
            while process.isRunning {
                guard lines() >= line else { continue }
                Foundation.kill(process.processIdentifier, SIGKILL)
                return
            }
        }
        return run.status == SIGKILL && lines() <= line + 1
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
