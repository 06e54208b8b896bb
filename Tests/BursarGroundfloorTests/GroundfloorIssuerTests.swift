import BursarCore
import BursarEngine
import BursarGroundfloor
import Testing

struct GroundfloorIssuerTests {
    private static let mint = "POST /v1/workspaces/search/llm/virtual-key"

    @Test(arguments: [Minter.Kind.keeps, .outside, .lengthens, .remembers])
    func `A key is minted, moved home, stamped, published, and rotated with its overlap`(
        _ kind: Minter.Kind
    ) async throws {
        var site = try PlaneSite(kind)
        #expect(try await site.run().succeeded)
        #expect(try await site.faults() == [])
        let first = try #require(site.published())
        var key = try #require(try await site.keys().first { $0.hash == KeyHash(of: first) })
        #expect(key.alias == "search/LITELLM_API_KEY")
        #expect(key.team == "search")
        #expect(key.mark?.generation == .first)
        #expect(key.mark?.keyring == nil)
        #expect(key.mark?.controlPlane == .unknown)
        #expect(key.user == nil)
        #expect(key.cap == nil)
        #expect(key.routes == ["llm_api_routes"])
        #expect(key.models == .team)
        site.rotate()
        #expect(try await site.run().succeeded)
        #expect(try await site.faults() == [])
        let second = try #require(site.published())
        #expect(site.works(first))
        #expect(site.works(second))
        key = try #require(try await site.keys().first { $0.hash == KeyHash(of: second) })
        #expect(key.mark?.controlPlane == .keeps)
        #expect(key.alias == "search/LITELLM_API_KEY")
        site.time.advance(.hours(25))
        #expect(!site.works(first))
        #expect(try await site.run().succeeded)
        #expect(try await site.faults() == [])
        #expect(site.minter.count == 2)
    }

    /// The old one is gone the moment the new one is there, so the new one is published at once.
    @Test(arguments: [Minter.Kind.deletes, .blocks, .shortens])
    func `A Control Plane that ends the old key is found out, and rotated by rule no more`(
        _ kind: Minter.Kind
    ) async throws {
        var site = try PlaneSite(kind)
        #expect(try await site.run().succeeded)
        site.rotate()
        let report = try await site.run()
        #expect(report.succeeded, "\(report.outcomes)")
        #expect(report.warnings.values.joined().contains { $0.contains("ended the key before it") })
        #expect(try await site.faults() == [])
        let second = try #require(site.published())
        #expect(site.works(second))
        site.time.advance(.days(40))
        let plan = try await site.plan()
        #expect(plan.workspaces[0].warnings.contains { $0.hasPrefix("not rotated by rule") })
        #expect(try await site.run().succeeded)
        #expect(site.minter.count == 2)
        #expect(site.published().map { KeyHash(of: $0) } == KeyHash(of: second))
        let lineage = Lineage(
            workspace: site.desired.workspaces[0].id,
            secret: site.desired.workspaces[0].keys[0].secret)
        let command = RotationCommand(
            [lineage], before: site.time.now(), overlap: nil)
        #expect(try await site.run(command: command).succeeded)
        #expect(site.minter.count == 3)
        #expect(try await site.faults() == [])
    }

    @Test func `Two keys of one workspace are refused where one ends the other`() async throws {
        let site = try PlaneSite(.deletes, secrets: ["A_KEY", "B_KEY"])
        #expect(try await !site.run().succeeded)
        let plan = try await site.plan()
        #expect(plan.workspaces[0].errors.contains { $0.contains("keeps one key a workspace") })
        let count = site.minter.count
        #expect(try await !site.run().succeeded)
        #expect(site.minter.count == count)
    }

    @Test func `A Control Plane that gives the old key again mints nothing`() async throws {
        var site = try PlaneSite(.repeats)
        #expect(try await site.run().succeeded)
        let first = try #require(site.published())
        site.rotate()
        let report = try await site.run()
        guard case .failed(let text)? = report.outcomes.values.first else {
            Issue.record("it counts as done")
            return
        }
        #expect(text.contains("gave the key again that there was"))
        #expect(site.published().map { KeyHash(of: $0) } == KeyHash(of: first))
        #expect(site.works(first))
        let key = try await site.keys().first { $0.hash == KeyHash(of: first) }
        #expect(key?.mark?.generation == .first)
    }

    /// The moments are before and after each request, to LiteLLM, the realm and the Control Plane.
    @Test(
        arguments: [Minter.Kind.keeps, .deletes, .blocks, .remembers], [false, true])
    func `A crash at any moment is overcome by the next runs`(
        _ kind: Minter.Kind, _ rotates: Bool
    ) async throws {
        func begun() async throws -> PlaneSite {
            var site = try PlaneSite(kind)
            guard rotates else { return site }
            #expect(try await site.run().succeeded)
            site.rotate()
            return site
        }
        let whole = CutPoint()
        try await begun().run(whole)
        try #require(whole.count > 15)
        for moment in 0..<whole.count {
            let site = try await begun()
            _ = try? await site.run(CutPoint(after: moment))
            site.time.advance(Span(seconds: 60))
            let next = try await site.run()
            #expect(next.succeeded, "at moment \(moment): \(next.outcomes)")
            #expect(try await site.faults() == [], "at moment \(moment)")
        }
    }

    /// The whole of the second happens between two requests of the first, at every one in turn.
    @Test(arguments: [Minter.Kind.keeps, .deletes, .remembers])
    func `Of two bursars at once both are overcome by the next runs`(
        _ kind: Minter.Kind
    ) async throws {
        func begun() async throws -> PlaneSite {
            var site = try PlaneSite(kind)
            #expect(try await site.run().succeeded)
            site.rotate()
            return site
        }
        let whole = Interruption()
        let alone = try await begun()
        await alone.apply(try await alone.plan()) {
            InterruptedTransport(inner: $0, interruption: whole)
        }
        try #require(whole.count > 10)
        for moment in 0..<whole.count {
            let site = try await begun()
            let (first, second) = (try await site.plan(), try await site.plan())
            let race = Interruption(at: moment) { await site.apply(second) }
            let late = await site.apply(first) {
                InterruptedTransport(inner: $0, interruption: race)
            }
            if kind != .deletes {
                #expect(site.works(try #require(site.published())), "at \(moment)")
            }
            site.time.advance(Span(seconds: 60))
            for _ in 0..<2 where try await !site.faults().isEmpty { try await site.run() }
            let faults = try await site.faults()
            #expect(faults == [], "at \(moment): \(late.outcomes)")
        }
    }

    @Test(arguments: [Minter.Kind.keeps, .remembers])
    func `An answer of a mint that is lost leaves no key without an end`(
        _ kind: Minter.Kind
    ) async throws {
        for fault: FakePlane.Fault in [
            .lostAnswer, .status(502), .status(503), .status(504), .status(500), .status(429),
            .error(.cannotConnect("refused")), .error(.timedOut(milliseconds: 30_000)),
            .status(401), .status(200, "<html>"), .status(200, #"{"virtual_key": "a b"}"#),
            .status(200, #"{"key": "x"}"#), .status(403), .status(404), .status(409),
        ] {
            for count in [1, 2, 6] {
                let site = try PlaneSite(kind)
                for _ in 0..<count { site.plane.fail(Self.mint, fault) }
                let first = try await site.run()
                for case .failed(let text) in first.outcomes.values {
                    #expect(!text.isEmpty && !text.contains("sk-"), "\(fault): \(text)")
                }
                site.time.advance(Span(seconds: 60))
                for _ in 0..<6 where try await !site.faults().isEmpty { try await site.run() }
                #expect(try await site.faults() == [], "\(fault), \(count) times")
            }
        }
    }

    @Test func `A lost answer is asked for again under the same Idempotency-Key`() async throws {
        let site = try PlaneSite(.remembers)
        site.plane.fail(Self.mint, .error(.timedOut(milliseconds: 30_000)))
        #expect(try await site.run().succeeded)
        #expect(site.plane.log.count { $0 == Self.mint } == 2)
        #expect(site.minter.count == 1)
        #expect(try await site.faults() == [])
    }

    @Test func `A key that LiteLLM does not have is of another proxy`() async throws {
        let site = try PlaneSite()
        site.plane.fail(Self.mint, .status(200, #"{"virtual_key": "sk-of-another-proxy"}"#))
        let report = try await site.run()
        guard case .failed(let text)? = report.outcomes.values.first else {
            Issue.record("it counts as done")
            return
        }
        #expect(text.contains("both must be about one proxy"))
        #expect(!text.contains("sk-of"))
        #expect(try await site.run().succeeded)
        #expect(try await site.faults() == [])
    }

    @Test func `What gets the key again is said nowhere`() async throws {
        let site = try PlaneSite(.quotes)
        let outcomes = "\(try await site.run().outcomes)"
        #expect(outcomes.contains("the key ••• is odd"), "\(outcomes)")
    }

    @Test func `Suspending, resuming and ending go to LiteLLM alone`() async throws {
        var site = try PlaneSite()
        #expect(try await site.run().succeeded)
        let key = try #require(site.published())
        let count = site.plane.log.count
        func change(_ edit: (inout DesiredWorkspace) -> Void) {
            var workspace = site.desired.workspaces[0]
            edit(&workspace)
            site.desired = DesiredState(workspaces: [workspace], isWhole: true)
        }
        change { $0.suspended = true }
        #expect(try await site.run().succeeded)
        #expect(!site.works(key))
        change { $0.suspended = false }
        #expect(try await site.run().succeeded)
        #expect(site.works(key))
        change { $0.keys = [] }
        #expect(try await site.run().succeeded)
        site.time.advance(.hours(25))
        #expect(try await site.run().succeeded)
        #expect(!site.works(key))
        site.time.advance(.hours(1))
        #expect(try await site.run().succeeded)
        #expect(try await site.keys().isEmpty)
        #expect(site.plane.log.count == count)
    }
}
