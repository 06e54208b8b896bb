import BursarCore
import BursarEngine
import BursarSandbox
import BursarStores
import TestSupport
import Testing

/// A workspace with two keys that leaves the source, run after run.
struct PruneRunTests {
    /// What the next run brings.
    enum Stage: Int, CaseIterable, Sendable { case suspend, revoke, deleteKeys, deleteTeam }

    private static let pruning = Pruning(after: .days(7))
    private static let search = WorkspaceID("search")

    private func reach(_ stage: Stage) async throws -> Fleet {
        let fleet = try await Fleet()
        try #require(try await fleet.run().succeeded)
        for earlier in Stage.allCases where earlier.rawValue < stage.rawValue {
            try #require(try await run(fleet).succeeded)
            switch earlier {
            case .suspend: fleet.time.advance(.days(7))
            case .revoke: fleet.time.advance(.hours(1))
            case .deleteKeys, .deleteTeam: fleet.time.advance(.days(40))
            }
        }
        return fleet
    }

    private func rest(_ fleet: Fleet) -> DesiredState {
        DesiredState(
            workspaces: fleet.desired.workspaces.filter { $0.id != Self.search }, isWhole: true)
    }

    private func plan(_ fleet: Fleet) async throws -> Plan {
        try await fleet.reconciler(pruning: Self.pruning).plan(rest(fleet))
    }

    @discardableResult
    private func run(
        _ fleet: Fleet, _ issuer: (any Issuer)? = nil, _ store: (any SecretStore)? = nil
    ) async throws -> RunReport {
        let plan = try await plan(fleet)
        return await fleet.reconciler(issuer, store, pruning: Self.pruning).apply(
            plan, of: rest(fleet), limits: LimitSettings(), with: fleet.executor(issuer, store))
    }

    private func team(_ fleet: Fleet) -> Sandbox.Team? { fleet.sandbox.rows.teams["search"] }

    private func keys(_ fleet: Fleet) -> [Sandbox.Key] {
        fleet.sandbox.rows.keys.values.filter { $0.team == "search" }
    }

    private func secrets(_ fleet: Fleet) async throws -> [String] {
        try await fleet.store.secrets(of: #require(Self.search)).map(\.name.text)
    }

    /// What is wrong after a run of that stage.
    private func faults(_ fleet: Fleet, after stage: Stage) async throws -> [String] {
        var faults = try await plan(fleet).changes.map { "planned: \($0.action) \($0.address)" }
        if stage != .deleteTeam {
            guard let team = team(fleet) else { return faults + ["the team is gone"] }
            if !team.blocked { faults.append("it is not blocked") }
            if TeamMark(json: team.metadata["bursar"])?.pruneSince == nil {
                faults.append("the mark has no moment")
            }
        } else if team(fleet) != nil {
            faults.append("the team is there")
        }
        let keys = keys(fleet)
        switch stage {
        case .suspend:
            if keys.count != 2 || keys.contains(where: \.blocked) { faults.append("keys ended") }
            if try await secrets(fleet).count != 2 { faults.append("a secret is gone") }
        case .revoke:
            if keys.count != 2 || !keys.allSatisfy(\.blocked) { faults.append("a key is alive") }
            if try await !secrets(fleet).isEmpty { faults.append("a secret is there") }
        case .deleteKeys, .deleteTeam: if !keys.isEmpty { faults.append("a key is there") }
        }
        return faults
    }

    @Test func `its stages come one after another, and each is read back`() async throws {
        let expected: [Stage: Int] = [.suspend: 1, .revoke: 4, .deleteKeys: 2, .deleteTeam: 1]
        for stage in Stage.allCases {
            let fleet = try await reach(stage)
            let report = try await run(fleet)
            #expect(report.succeeded, "\(stage): \(report.outcomes)")
            #expect(report.operations == expected[stage])
            let id = try #require(Self.search)
            #expect((report.settled[id] != nil) == (stage != .deleteTeam))
            #expect(try await faults(fleet, after: stage) == [])
            fleet.requests.clear()
            try await run(fleet)
            #expect(fleet.writes.isEmpty)
        }
    }

    @Test(arguments: Stage.allCases)
    func `a crash at any moment is overcome by the next run, or by a manifest that comes back`(
        stage: Stage
    ) async throws {
        let whole = CrashPoint()
        try await run(try await reach(stage), until: whole)
        try #require(whole.count > 5)
        for moment in 0..<whole.count {
            let fleet = try await reach(stage)
            try await run(fleet, until: CrashPoint(after: moment))
            try await run(fleet)
            #expect(try await faults(fleet, after: stage) == [], "at moment \(moment)")

            let other = try await reach(stage)
            try await run(other, until: CrashPoint(after: moment))
            let back = try await other.run()
            #expect(back.succeeded, "at moment \(moment): \(back.outcomes)")
            #expect(try await other.dead() == [], "at moment \(moment)")
            #expect(team(other)?.blocked == false, "at moment \(moment)")
            #expect(try await other.plan().changes == [], "at moment \(moment)")
        }
    }

    private func run(_ fleet: Fleet, until crash: CrashPoint) async throws {
        let store = DirectorySecretStore(path: fleet.directory.path + "/secrets") {
            (_) throws(SecretStoreError) in
            if crash.isPast() { throw .cancelled }
        }
        let isGone: Probe = { _ in crash.isPast() }
        _ = try await run(
            fleet, ProbedIssuer(inner: fleet.issuer, isGone: isGone),
            ProbedStore(inner: store, isGone: isGone))
    }

    @Test(arguments: [Stage.revoke, .deleteKeys, .deleteTeam])
    func `a plan of before the manifest came back takes nothing from it`(stage: Stage) async throws
    {
        let fleet = try await reach(stage)
        let stale = try await plan(fleet)
        try #require(stale.changes.count > 0)
        #expect(try await fleet.run().succeeded)
        fleet.requests.clear()
        let late = await fleet.reconciler(pruning: Self.pruning).apply(
            stale, of: rest(fleet), limits: LimitSettings(), with: fleet.executor())
        guard case .moved(let why)? = late.outcomes[try #require(Self.search)] else {
            Issue.record("\(late.outcomes)")
            return
        }
        #expect(why.contains("plan again"))
        #expect(fleet.writes.isEmpty)
        #expect(try await fleet.dead() == [])
    }

    @Test func `a team that got somebody's key since the plan was made is not deleted`()
        async throws
    {
        let fleet = try await reach(.deleteTeam)
        let plan = try await plan(fleet)
        _ = fleet.sandbox.ask(
            SandboxRequest(
                method: "POST", target: "/key/generate",
                bearer: LiteLLMModel.Options().masterKey,
                body: Array(#"{"team_id": "search", "key": "sk-guest-key-0001"}"#.utf8)),
            now: fleet.time.now())
        let report = await fleet.reconciler(pruning: Self.pruning).apply(
            plan, of: rest(fleet), limits: LimitSettings(), with: fleet.executor())
        #expect(!report.succeeded)
        #expect(keys(fleet).count == 1)
    }

    @Test func `with pruneAfter 0s a run does what it said and no more`() async throws {
        let fleet = try await reach(.suspend)
        let pruning = Pruning(after: Span(seconds: 0))
        let reconciler = fleet.reconciler(pruning: pruning)
        func apply() async throws -> RunReport {
            await reconciler.apply(
                try await reconciler.plan(rest(fleet)), of: rest(fleet), limits: LimitSettings(),
                with: fleet.executor())
        }
        #expect(try await apply().operations == 1)
        #expect(keys(fleet).map(\.blocked) == [false, false])
        #expect(try await apply().operations == 4)
        #expect(keys(fleet).map(\.blocked) == [true, true])
    }

    @Test func `the controller wakes when the end falls due`() async throws {
        let fleet = try await Fleet()
        await Controller(fleet).run(for: Span(seconds: 1))
        let controller = Controller(fleet, interval: .days(1), pruning: Self.pruning)
        controller.remove("search")
        let start = fleet.time.now()
        await controller.run(for: .hours(1))
        #expect(controller.operations("update-team").map(\.at) == [start])
        // A run that sees it coming, less than an interval before.
        func ends(after span: Span) async -> Controller {
            fleet.time.advance(
                Span(seconds: (start + span).seconds(since: fleet.time.now()) - 7200))
            let controller = Controller(fleet, interval: .days(1), pruning: Self.pruning)
            controller.remove("search")
            await controller.run(for: .hours(3))
            return controller
        }
        let end = await ends(after: .days(7))
        let due = start + .days(7)
        #expect(end.operations("retire").map(\.at) == [due, due])
        #expect(end.operations("remove-secret").map(\.at) == [due, due])
        let gone = due + Span(seconds: 375)
        #expect(end.operations("delete").map(\.at) == [gone, gone])
        let last = await ends(after: .days(30))
        #expect(last.operations("delete-team").map(\.at) == [start + .days(30)])
        #expect(!last.notices.contains { $0.contains("prune") || $0.contains("held") })
        #expect(try await fleet.reconciler().plan(controller.desired).changes == [])
    }

    @Test func `the controller holds it while a limit is tripped, and a part prunes nothing`()
        async throws
    {
        let fleet = try await Fleet()
        await Controller(fleet).run(for: Span(seconds: 1))
        let held = Controller(fleet, limits: LimitSettings(removals: 0), pruning: Self.pruning)
        held.remove("search")
        await held.run(for: Span(seconds: 1))
        #expect(held.operations("update-team") == [])
        #expect(
            held.notices.contains { $0.contains("1 workspace or part of one left the manifests") })
        let part = Controller(fleet, pruning: Self.pruning)
        part.remove("search")
        part.edit(whole: false)
        await part.run(for: Span(seconds: 1))
        #expect(part.operations("update-team") == [])
        #expect(part.notices.contains { $0.hasPrefix("nothing is pruned") })
        #expect(try await fleet.dead() == [])
    }
}
