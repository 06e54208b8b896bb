import Foundation
import TestSupport
import Testing

/// The built binary on the real LiteLLM. The proxy serves keys from its cache for two seconds.
@Suite(.serialized, .enabled(if: RealLiteLLM.isThere)) struct `Rotation on the real LiteLLM` {
    @Test func `refuses none of 2,000 requests, by command and by rule`() async throws {
        let fleet = try Fleet(rotation: "{every: 30d, overlap: 30s}")
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let first = try fleet.published()
        let traffic = Traffic()
        try await traffic.flow(by: fleet) {
            try await traffic.send(by: fleet) { traffic.answers.all.count >= 200 }
            let rotate = try await fleet.bursar("rotate", fleet.id("app"), "--yes")
            #expect(rotate.status == 0, "\(rotate.all)")
            let second = try fleet.published()
            for key in [second, first] { try await traffic.send(by: fleet, with: key) }
            // The first key ends while the apps send.
            #expect(
                try await becomes(within: .seconds(60)) { try await fleet.status(of: first) == 401 }
            )
            try await fleet.age()
            let apply = try await fleet.bursar("apply", "--yes")
            #expect(apply.status == 0, "\(apply.all)")
            #expect(apply.output.contains("every 30d, due since"))
            for key in [try fleet.published(), second] {
                try await traffic.send(by: fleet, with: key)
            }
            let now = traffic.answers.all.count
            try await traffic.send(by: fleet) {
                traffic.answers.all.count >= max(2000, now + 200)
            }
        }
        let answers = traffic.answers.all
        #expect(answers.count >= 2000)
        #expect(answers.filter { $0.status != 200 }.map(\.status) == [])
        var keys: [String] = []
        for answer in answers where !keys.contains(answer.key) { keys.append(answer.key) }
        #expect(keys.count == 3)
        for (old, new) in zip(keys, keys.dropFirst()) {
            // Both served at once: an app that has not read the secret again goes on with the old one.
            let start = try #require(answers.firstIndex { $0.key == new })
            let end = try #require(answers.lastIndex { $0.key == old })
            #expect(start < end)
        }
    }

    @Test func `a cap reached in the overlap stops the old and the new key`() async throws {
        let cap = 0.05
        let fleet = try Fleet(rotation: "{overlap: 1h}", budget: "{limit: 0.05}")
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let old = try fleet.published()
        #expect(try await fleet.bursar("rotate", fleet.id("app"), "--yes").status == 0)
        let keys = [old, try fleet.published()]
        #expect(keys[0] != keys[1])

        let costs = Record<Double>()
        @Sendable func spend(_ key: String) async throws -> String? {
            let answer = try await fleet.complete(key)
            guard answer.status == 200 else {
                return (answer.body["error"] as? [String: Any])?["type"] as? String ?? "?"
            }
            let usage = try #require(answer.body["usage"] as? [String: Any])
            let asked = try #require(usage["prompt_tokens"] as? Int)
            let answered = try #require(usage["completion_tokens"] as? Int)
            costs.add(Double(asked) * 0.0001 + Double(answered) * 0.0002)
            return nil
        }
        let inFlight = 4
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sender in 0..<inFlight {
                group.addTask { while try await spend(keys[sender % 2]) == nil {} }
            }
            try await group.waitForAll()
        }
        // One may have been refused early, for the worst that those in flight could cost.
        for key in keys {
            var refusal: String?
            for _ in 0..<20 where refusal == nil { refusal = try await spend(key) }
            #expect(refusal == "budget_exceeded")
        }
        for key in keys { #expect(try await spend(key) == "budget_exceeded") }

        let spent = costs.all.reduce(0, +)
        let call = try #require(costs.all.max())
        #expect(spent > cap - call)
        #expect(spent <= cap + Double(inFlight + 2) * call)
        var booked = 0.0
        #expect(
            try await becomes(within: .seconds(30)) {
                booked = try await fleet.team("app")["spend"] as? Double ?? 0
                return abs(booked - spent) < 1e-6
            }, "\(booked) of \(spent) booked")
    }

    @Test func `an emergency stops the leaked key within seconds`() async throws {
        let fleet = try Fleet(rotation: "{overlap: 1h}")
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let leaked = try fleet.published()
        #expect(try await fleet.embed(leaked) == 200)
        try fleet.writeDueNow("overlap: 1h, afterOverlap: 0s")
        let apply = try await fleet.bursar("apply", "--yes")
        #expect(apply.status == 0, "\(apply.all)")
        #expect(try await becomes { try await fleet.embed(leaked) == 401 })
        #expect(try await fleet.embed(fleet.published()) == 200)
        try await fleet.expectConverged()
    }

    @Test func `an emergency stops a leaked key before its workspace resumes`() async throws {
        let fleet = try Fleet(rotation: "{overlap: 1h}")
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let leaked = try fleet.published()
        #expect(try await fleet.embed(leaked) == 200)
        try fleet.write(rotation: "{overlap: 1h}", suspended: true)
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        #expect(try await becomes { try await fleet.status(of: leaked) == 401 })

        // Suspended it is not rotated: the key answers nobody.
        try fleet.writeDueNow("overlap: 1h, afterOverlap: 0s", suspended: true)
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        #expect(try fleet.published() == leaked)

        try fleet.writeDueNow("overlap: 1h, afterOverlap: 0s")
        let statuses = Record<Int>()
        let isOver = Record<Bool>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while isOver.all.isEmpty { statuses.add(try await fleet.status(of: leaked)) }
            }
            let apply = try await fleet.bursar("apply", "--yes")
            #expect(apply.status == 0, "\(apply.all)")
            #expect(try await fleet.embed(fleet.published()) == 200)
            // Past every cache of the proxy.
            _ = try await becomes(within: .seconds(3)) {
                try await fleet.status(of: leaked) == 200
            }
            isOver.add(true)
            try await group.waitForAll()
        }
        #expect(statuses.all.count > 10)
        #expect(Set(statuses.all) == [401])
        try await fleet.expectConverged()
    }

    @Test(arguments: [false, true])
    func `a workspace whose marks were erased rotates rightly`(key: Bool) async throws {
        let fleet = try Fleet(rotation: "{overlap: 1h}")
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        for _ in 0..<2 {
            #expect(try await fleet.bursar("rotate", fleet.id("app"), "--yes").status == 0)
        }
        let old = try fleet.published()
        // LiteLLM replaces metadata whole.
        _ = try await fleet.call(
            "POST", "/team/update",
            ["team_id": fleet.id("app"), "metadata": ["note": "by hand"]])
        if key {
            _ = try await fleet.call(
                "POST", "/key/update", ["key": old, "metadata": [String: String]()])
        }
        try fleet.writeDueNow()
        let apply = try await fleet.bursar("apply", "--yes")
        #expect(apply.status == 0, "\(apply.all)")
        #expect(try fleet.published() != old)
        #expect(try await fleet.status(of: old) == 200, "it is in its overlap")
        #expect(try await fleet.generations().sorted() == [1, 2, 3, 4])
        let metadata = try #require(try await fleet.team("app")["metadata"] as? [String: Any])
        #expect(metadata["note"] as? String == "by hand")
        let mark = try #require(metadata["bursar"] as? [String: Any])
        #expect((mark["generations"] as? [String: Int]) == ["LITELLM_API_KEY": 4])
        try await fleet.expectConverged()
    }

    @Test func `the kill switch stops one generation and the next run mints another`() async throws
    {
        let fleet = try Fleet(rotation: "{overlap: 1h}")
        #expect(try await fleet.bursar("apply", "--yes").status == 0)
        let first = try fleet.published()
        #expect(try await fleet.bursar("rotate", fleet.id("app"), "--yes").status == 0)
        let second = try fleet.published()
        // In its overlap: the published one is left alone.
        let retiring = try await fleet.bursar(
            "revoke", fleet.id("app"), "--generation", "1", "--yes")
        #expect(retiring.status == 0, "\(retiring.all)")
        #expect(try await becomes { try await fleet.status(of: first) == 401 })
        #expect(try await fleet.status(of: second) == 200)
        try await fleet.expectConverged()

        let published = try await fleet.bursar(
            "revoke", fleet.id("app"), "--generation", "2", "--yes")
        #expect(published.status == 0, "\(published.all)")
        #expect(try await becomes { try await fleet.status(of: second) == 401 })
        let apply = try await fleet.bursar("apply", "--yes")
        #expect(apply.status == 0, "\(apply.all)")
        #expect(try fleet.published() != second)
        #expect(try await fleet.generations().max() == 3)
        #expect(try await fleet.status(of: second) == 401)
        try await fleet.expectConverged()
    }
}
