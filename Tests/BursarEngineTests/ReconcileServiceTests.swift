import BursarCore
import BursarEngine
import BursarSandbox
import Synchronization
import TestSupport
import Testing

struct ReconcileServiceTests {
    private static func rotated(_ workspace: inout DesiredWorkspace, only id: String? = nil) {
        guard id == nil || workspace.id.text == id else { return }
        workspace.keys = workspace.keys.map { key in
            var key = key
            key.rotation = RotationSpec(trigger: .every(.hours(12)), overlap: .hours(2))
            return key
        }
    }

    @Test func `a rotation happens when it falls due, the revocation when the overlap ends`()
        async throws
    {
        let controller = Controller(try await Fleet(), interval: .hours(5))
        controller.edit { Self.rotated(&$0, only: "code") }
        let first = controller.fleet.time.now()
        await controller.run(for: .hours(6))
        let plan = try await controller.fleet.reconciler().plan(controller.desired)
        let upcoming = plan.workspaces.flatMap(\.upcoming)
        let due = try #require(upcoming.first { $0.action == .mint }).at
        #expect(due > first + .hours(10) && due <= first + .hours(12))

        let second = Controller(controller.fleet, interval: .hours(5))
        second.edit { Self.rotated(&$0, only: "code") }
        await second.run(for: .hours(10))
        #expect(second.operations("mint").map(\.at) == [due])
        #expect(second.operations("retire").map(\.at) == [due])
        #expect(second.operations("block").map(\.at) == [due + .hours(2)])
        // Blocked everywhere once the cache of every proxy has let go of it.
        #expect(second.operations("delete").map(\.at) == [due + .hours(2) + Span(seconds: 375)])
        #expect(try await controller.fleet.dead() == [])
        #expect(second.isOneRunAtATime)
    }

    @Test func `rotations beyond the pace of a run come a minute later`() async throws {
        let fleet = try await Fleet()
        await Controller(fleet).run(for: Span(seconds: 1))
        fleet.time.advance(.days(1))
        let controller = Controller(fleet, rotations: 1)
        controller.edit { Self.rotated(&$0) }
        let start = fleet.time.now()
        await controller.run(for: .hours(1))
        #expect(
            controller.operations("mint").map { $0.at.seconds(since: start) } == [0, 60, 120, 180])
        #expect(try await fleet.dead() == [])
    }

    @Test func `a workspace that fails keeps no other from its rotation`() async throws {
        let fleet = try await Fleet()
        await Controller(fleet).run(for: Span(seconds: 1))
        fleet.time.advance(.days(1))
        // The oldest, so it is the first in the pace; its mark is raised before the mint.
        fleet.sandbox.inject(
            FaultPlan([
                .init(
                    .matching(method: "PATCH", pathPrefix: "/team/search"),
                    .status(400, retryAfter: nil))
            ]))
        let controller = Controller(fleet, rotations: 1)
        controller.edit { workspace in
            Self.rotated(&workspace)
            if workspace.id.text == "search" {
                workspace.keys[0].rotation?.trigger = .every(.hours(1))
            }
        }
        await controller.run(for: Span(seconds: 600))
        #expect(Set(controller.operations("mint").map(\.workspace.text)) == ["code", "docs"])
        #expect(controller.count { if case .failed = $0 { true } else { false } } > 1)
    }

    @Test func `a workspace that fails is tried ever later, the others go on`() async throws {
        let fleet = try await Fleet()
        await Controller(fleet).run(for: Span(seconds: 1))
        let controller = Controller(fleet, interval: Span(seconds: 300))
        controller.edit {
            $0.labels = [:]; $0.budget = .unlimited
        }
        fleet.sandbox.inject(
            FaultPlan([
                .init(
                    .matching(method: "PATCH", pathPrefix: "/team/search"),
                    .status(400, retryAfter: nil))
            ]))
        fleet.requests.clear()
        await controller.run(
            for: .hours(3),
            beforeSleep: { sleeps in
                if sleeps == 20 {
                    controller.edit { $0.name = $0.id.text == "docs" ? "papers" : $0.name }
                }
                return false
            })
        let tries = fleet.requests.all.filter {
            $0.path.hasPrefix("/team/search") && $0.method == "PATCH"
        }
        #expect((6...9).contains(tries.count), "30 s, 1 min, … 1 h")
        let failures = controller.count { if case .failed = $0 { true } else { false } }
        #expect(failures == tries.count)
        #expect(
            controller.operations("update-team").map(\.workspace.text).sorted() == [
                "code", "docs", "docs",
            ])

        fleet.sandbox.inject(.none)
        let mended = Controller(fleet)
        mended.edit { $0.budget = .unlimited }
        await mended.run(for: Span(seconds: 1))
        #expect(mended.operations("update-team").map(\.workspace.text).contains("search"))
    }

    @Test func `a tripped limit holds its own class of change and is told once`() async throws {
        let fleet = try await Fleet()
        await Controller(fleet).run(for: Span(seconds: 1))
        let controller = Controller(fleet)
        controller.edit { workspace in
            if workspace.id.text == "search" {
                workspace.budget = .unlimited
            } else {
                workspace.keys = []
            }
        }
        await controller.run(for: .hours(5))
        #expect(controller.operations("update-team").map(\.workspace.text) == ["search"])
        #expect(controller.operations("retire") == [])
        let held = controller.notices.filter { $0.hasPrefix("held: limit removals") }
        #expect(held.count == 1)
        #expect(held.first?.contains("bursar apply --allow removals=2") == true)
        #expect(try await fleet.dead() == [])

        let allowed = Controller(fleet, limits: LimitSettings(allowed: [.removals: 2]))
        allowed.edit { if $0.id.text != "search" { $0.keys = [] } else { $0.budget = .unlimited } }
        await allowed.run(for: Span(seconds: 1))
        #expect(allowed.operations("retire").count == 2)
    }

    @Test func `an outage backs off as a whole, and what is due is done after it`() async throws {
        let fleet = try await Fleet()
        await Controller(fleet).run(for: Span(seconds: 1))
        fleet.sandbox.inject(FaultPlan([.init(.every, .status(400, retryAfter: nil))]))
        let controller = Controller(fleet, interval: Span(seconds: 60))
        controller.edit { $0.budget = .unlimited }
        await controller.run(
            for: .hours(1),
            beforeSleep: { sleeps in
                if sleeps == 10 { fleet.sandbox.inject(.none) }
                return false
            })
        let waits = controller.told.all.compactMap {
            if case .unobserved(_, let wait) = $0.event { wait } else { nil }
        }
        #expect(waits == [5, 10, 20, 40, 60, 60, 60, 60, 60, 60, 60].map { $0 * 1000 })
        #expect(controller.operations("update-team").count == 3)
        #expect(try await fleet.dead() == [])
    }

    @Test func `a manifest that is wrong is told once, prunes nothing, and the others go on`()
        async throws
    {
        let fleet = try await Fleet()
        await Controller(fleet).run(for: Span(seconds: 1))
        let controller = Controller(fleet)
        let wrong = Diagnostic(
            code: "unknown-field", severity: .error, message: "unknown field", location: nil)
        controller.edit(whole: false, diagnostics: [wrong]) { $0.budget = .unlimited }
        await controller.run(
            for: .hours(4),
            beforeSleep: { sleeps in
                if sleeps == 120 { controller.edit() }
                return false
            })
        #expect(controller.notices.count { $0.contains("unknown field") } == 1)
        #expect(controller.count { $0 == .settled(.source) } == 1)
        #expect(controller.operations("update-team").count == 3)
    }

    @Test func `SIGHUP reconciles at once`() async throws {
        let controller = Controller(try await Fleet())
        let start = controller.fleet.time.now()
        await controller.run(
            for: Span(seconds: 1),
            beforeSleep: { sleeps in
                guard sleeps == 0 else { return false }
                controller.edit { $0.budget = .unlimited }
                controller.send(.hangup)
                return true
            })
        #expect(controller.operations("update-team").map(\.at) == [start, start, start])
        #expect(controller.isOneRunAtATime)
    }

    @Test func `SIGTERM finishes the operation in hand, a second one aborts`() async throws {
        let fleet = try await Fleet()
        let controller = Controller(fleet)
        let probe: Probe = { [unowned controller] moment in
            guard moment == "after createTeam", controller.abortions == 0 else { return false }
            controller.send(.terminate)
            controller.send(.terminate)
            // The task that owns the state goes on while this operation is in hand.
            while controller.abortions == 0 { await Task.yield() }
            return false
        }
        await controller.run(for: .hours(1), probe: probe)
        #expect(controller.abortions == 1)
        #expect(controller.told.all.last?.event == .ended)
        #expect(controller.operations("create-team").count == 1)
        #expect(controller.operations("mint") == [])
        #expect(controller.count { if case .interrupted = $0 { true } else { false } } == 3)
        #expect(try await fleet.run().succeeded)
        #expect(try await fleet.faults() == [])
    }

    @Test func `SIGTERM while it only looks ends it at once`() async throws {
        let controller = Controller(try await Fleet())
        let probe: Probe = { [unowned controller] moment in
            guard moment == "before observe" else { return false }
            controller.send(.terminate)
            while !Task.isCancelled { await Task.yield() }
            return true
        }
        await controller.run(for: .hours(1), probe: probe)
        #expect(controller.told.all.map(\.event) == [.began, .ended])
        #expect(controller.fleet.writes == [])
    }
}
