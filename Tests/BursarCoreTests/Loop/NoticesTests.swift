import BursarCore
import Testing

struct NoticesTests {
    private let broken = Notice(.source, isError: true, "a.yaml:1:1: unknown field")
    private let other = Notice(.source, isError: true, "b.yaml:1:1: unknown field")

    @Test func `what stays as it is is told once, what changes again`() {
        var notices = Notices()
        #expect(notices.news(.source, [broken, broken]).new == [broken])
        #expect(notices.news(.source, [broken]).new == [])
        #expect(notices.news(.source, [broken, other]).new == [other])
        #expect(notices.news(.source, [other]).new == [])
        #expect(notices.news(.source, [broken, other]).new == [broken], "it is back")
    }

    @Test func `the end is told once, when nothing is left`() {
        var notices = Notices()
        #expect(!notices.news(.source, []).isOver, "there was nothing")
        _ = notices.news(.source, [broken, other])
        #expect(!notices.news(.source, [broken]).isOver)
        #expect(!notices.news(.plan, []).isOver, "another topic")
        #expect(notices.news(.source, []).isOver)
        #expect(!notices.news(.source, []).isOver)
    }

    @Test func `a diagnostic is one line with its place and what to do`() {
        let diagnostic = Diagnostic(
            code: "unknown-field", severity: .error, message: "unknown field `buget`",
            location: SourceLocation(file: "a.yaml", line: 3, column: 5),
            help: "did you mean `budget`?"
        )
        #expect(
            Notice.about([diagnostic]).map(\.text) == [
                "a.yaml:3:5: unknown field `buget` [unknown-field]; did you mean `budget`?"
            ])
    }

    @Test func `a warning that many workspaces share is one notice`() throws {
        let plans = try (0..<5).map { number in
            var plan = WorkspacePlan(id: try #require(WorkspaceID("w\(number)")), name: "w")
            plan.warnings = ["the first of the month"]
            if number == 4 {
                plan.warnings.append("of its own")
                plan.errors = ["a foreign team"]
            }
            return plan
        }
        let notices = Notice.about(RunReport(plan: .of(plans)))
        #expect(
            notices.map(\.text) == [
                "a foreign team", "of its own", "the first of the month (w0, w1, w2 and 2 more)",
            ])
        #expect(notices.map(\.workspace?.text) == ["w4", "w4", nil])
    }
}
