import BursarCore
import TestSupport
import Testing

@testable import BursarCommands

struct ProgressTests {
    private static let begin = Instant(milliseconds: 1_795_514_400_000)

    private func id(_ name: String) throws -> WorkspaceID { try #require(WorkspaceID(name)) }

    /// Workspaces with so many operations each, all of them the same: only their number counts.
    private func plan(_ counts: [(String, Int)], paused: Set<String> = []) throws -> Plan {
        let workspaces = try counts.map { name, count in
            let id = try id(name)
            var workspace = WorkspacePlan(id: id, name: name)
            let lineage = Lineage(workspace: id, secret: try #require(SecretName("KEY")))
            let change = Change(
                Address(id, .key(lineage.secret)), .remove, .manifest, reason: "x", place: nil)
            workspace.steps = [
                Step(change, Array(repeating: .removeSecret(lineage), count: count))
            ]
            if paused.contains(name) { workspace.paused = "x" }
            return workspace
        }
        return Plan(
            owner: Owner(name: "prod", source: nil), workspaces: workspaces, unclaimed: [],
            owned: 0, emptySource: false, warnings: [])
    }

    private func event(_ phase: Event.Phase, _ name: String) throws -> Event {
        Event(
            at: Self.begin, workspace: try id(name), operation: "publish",
            subject: "key \(name)/KEY generation 1", phase: phase)
    }

    private func line(
        _ progress: Progress, after seconds: Int64 = 0, width: Int = 100, color: Bool = false
    ) -> String {
        progress.line(now: Self.begin + Span(seconds: seconds), width: width, color: color)
    }

    @Test func `the line counts, and tells the time left from the pace so far`() throws {
        var progress = Progress(try plan([("a", 6), ("b", 4)]), begin: Self.begin)
        #expect(line(progress) == "[------------------------------] 0/10 0 %")
        try progress.saw(event(.before, "a"))
        #expect(
            line(progress, after: 9)
                == "[------------------------------] 0/10 0 % publish key a/KEY generation 1")
        try progress.saw(event(.after, "a"))
        try progress.saw(event(.after, "b"))
        #expect(
            line(progress, after: 20)
                == "[######------------------------] 2/10 20 % ETA 1:20 "
                + "publish key a/KEY generation 1")
        #expect(line(progress, after: 3_600).contains(" ETA 4:00:00 "))
        for name in ["a", "a", "a", "a", "a", "b", "b", "b"] {
            try progress.saw(event(.after, name))
        }
        #expect(
            line(progress, after: 99)
                == "[##############################] 10/10 100 % reading back")
    }

    @Test func `what a failed workspace leaves undone is no longer waited for`() throws {
        var progress = Progress(try plan([("a", 6), ("b", 4)]), begin: Self.begin)
        try progress.saw(event(.after, "a"))
        try progress.saw(event(.failed, "a"))
        #expect(
            line(progress, after: 2)
                == "[##########--------------------] 2/6 1 failed 33 % ETA 0:04")
        #expect(line(progress, after: 2, color: true).contains("\u{1B}[31m1 failed\u{1B}[0m"))
    }

    @Test func `a paused workspace is not waited for, and nothing to do is no line`() throws {
        let paused = Progress(try plan([("a", 6), ("b", 4)], paused: ["a"]), begin: Self.begin)
        #expect(line(paused).hasSuffix(" 0/4 0 %"))
        #expect(line(Progress(try plan([]), begin: Self.begin)) == "")
    }

    /// What the reading back finds is done besides.
    @Test func `operations beyond the plan count as well`() throws {
        var progress = Progress(try plan([("a", 1)]), begin: Self.begin)
        try progress.saw(event(.after, "a"))
        try progress.saw(event(.after, "a"))
        #expect(line(progress).hasSuffix(" 2/2 100 % reading back"))
    }

    @Test(arguments: 0..<30 as Range<UInt64>)
    func `a line fits, and colour changes nothing that is read`(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        let names = ["a", "bb", String(repeating: "c", count: 64)]
        let counts = names.map { ($0, Int.random(in: 1...2_000, using: &random)) }
        var progress = Progress(try plan(counts), begin: Self.begin)
        for _ in 0..<200 {
            let name = try #require(names.randomElement(using: &random))
            let phase: Event.Phase =
                Int.random(in: 0..<60, using: &random) == 0
                ? .failed : Bool.random(using: &random) ? .before : .after
            try progress.saw(event(phase, name))
            let seconds = Int64.random(in: 0...500_000, using: &random)
            let width = Int.random(in: 0...150, using: &random)
            let plain = line(progress, after: seconds, width: width)
            #expect(plain.count < max(1, width), "at \(width): \(plain)")
            #expect(plain.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
            let colored = line(progress, after: seconds, width: width, color: true)
            let bare = ["31", "32", "0"].reduce(colored) {
                $0.replacing("\u{1B}[\($1)m", with: "")
            }
            #expect(bare == plain)
            if width > 20 { #expect(!plain.isEmpty) }
        }
    }

    @Test func `a narrow terminal loses the operation first, then the bar, then the time`() throws {
        var progress = Progress(try plan([("a", 6), ("b", 4)]), begin: Self.begin)
        try progress.saw(event(.before, "a"))
        try progress.saw(event(.after, "a"))
        let lines = [70, 40, 27, 20, 10, 6, 3].map { line(progress, after: 10, width: $0) }
        #expect(
            lines == [
                "[###---------------------------] 1/10 10 % ETA 1:30 publish key a/...",
                "[#-----------------] 1/10 10 % ETA 1:30",
                "[-----] 1/10 10 % ETA 1:30",
                "1/10 10 % ETA 1:30", "1/10 10 %", "1/10", "",
            ])
    }
}
