import Foundation
import TestSupport
import Testing

@testable import BursarCore

/// `CronSchedule` against croniter (PyPI), which shares no line and no time-zone database with it.
///
/// They differ on purpose, and nowhere else:
/// - In a repeat croniter runs a fixed-time job twice; cron and bursar once. It leaves out some runs
///   of wild jobs there; cron and bursar none.
/// - After a gap croniter runs every job that has a minute in it; cron and bursar only fixed-time
///   jobs, and after a gap of three hours or more none.
/// - A field that is all of its range without a leading star (`1-31`, `1-3,*`) is a star to croniter;
///   to cron it is not one, which counts for days and for fixed times. Not compared.
/// - A range from a value to itself is the whole field to croniter. Not compared.
///
/// The judge of these is `VixieClock`, in `CronLaws`.
@Suite(.enabled(if: Croniter.python != nil)) struct CroniterLaws {
    private static let start = Instant(milliseconds: 978_307_200_000)  // 2001
    private static let end = Instant(milliseconds: 2_145_916_800_000)  // 2038

    private struct Case {
        let job: RandomJob
        let zone: IANAZone
        let after: Instant
    }

    @Test func `A schedule runs when croniter runs it`() throws {
        var random = Seeded(seed: 20_261_124)
        let agreeing = try Self.agreeing()
        var cases: [Case] = []
        for index in 0..<6000 {
            guard
                let zone = agreeing.keys.sorted(by: { $0.name < $1.name })
                    .randomElement(using: &random), let spans = agreeing[zone]
            else { continue }
            var after = Instant(
                milliseconds: .random(
                    in: Self.start.milliseconds / 1000...(Self.end - .days(3000)).milliseconds
                        / 1000,
                    using: &random) * 1000)
            let isNear = index % 2 == 0
            if isNear, let change = spans.changes.randomElement(using: &random) {
                after = change - Span(seconds: .random(in: 1...100_000, using: &random))
            }
            let job = RandomJob(near: isNear, using: &random)
            guard !job.isWholeWithoutStar else { continue }
            cases.append(Case(job: job, zone: zone, after: after))
        }
        let answers = try Croniter.runs(
            cases.map { ($0.job.text, $0.zone.name, $0.after.milliseconds / 1000) }, count: 4)
        var compared = 0
        for (one, runs) in zip(cases, answers) {
            let spans = try #require(agreeing[one.zone])
            guard let last = runs.last, spans.agree(one.after - .days(2), last + .days(2)) else {
                continue
            }
            compared += 1
            try compare(one, runs)
        }
        // The databases are of different years; still most of the past is the same.
        #expect(compared > 4000, "only \(compared) cases could be compared")
    }

    private func compare(_ one: Case, _ theirs: [Instant]) throws {
        let schedule = try CronSchedule(one.job.text)
        let last = try #require(theirs.last)
        var ours: [Instant] = []
        var at = one.after
        while let next = schedule.next(after: at, in: one.zone), next <= last {
            ours.append(next)
            at = next
        }
        let expected = Set(theirs)
        let differences = Set(ours).symmetricDifference(expected).sorted().filter { run in
            !Self.isKnown(run, ofCroniter: expected.contains(run), schedule, one.zone)
        }
        #expect(
            differences.isEmpty,
            """
            \(one.job.text) in \(one.zone) after \(one.after): differs at \(differences.prefix(3)); \
            bursar \(ours.prefix(6)), croniter \(theirs)
            """)
    }

    /// Whether a run that one of the two alone has is of the first two kinds.
    private static func isKnown(
        _ run: Instant, ofCroniter: Bool, _ schedule: CronSchedule, _ zone: IANAZone
    ) -> Bool {
        let before = run - .hours(3) - Span(seconds: 1)
        guard let change = zone.firstChange(after: before, through: run) else { return false }
        let (old, new) = (zone.offset(at: change - Span(seconds: 1)), zone.offset(at: change))
        if new > old {
            return ofCroniter && run == change && (schedule.isWild || new - old >= 3 * 3600)
        }
        let isRepeated = run.milliseconds + new * 1000 < change.milliseconds + old * 1000
        return isRepeated && ofCroniter != schedule.isWild
    }

    /// When the two databases have the same offsets, by zone.
    private static func agreeing() throws -> [IANAZone: Agreement] {
        let zones = CronLaws.zones.compactMap { IANAZone($0) }
        let theirs = try Croniter.changes(of: zones.map(\.name), from: start, to: end)
        return Dictionary(
            uniqueKeysWithValues: zip(zones, theirs).map { zone, changes in
                (zone, Agreement(zone, theirs: changes, from: start, to: end))
            })
    }
}

/// Where bursar's database of zones and another one say the same of a zone.
private struct Agreement {
    /// By bursar's.
    let changes: [Instant]
    private let disputed: [ClosedRange<Instant>]

    init(
        _ zone: IANAZone, theirs: [(at: Instant, offset: Int64)], from start: Instant,
        to end: Instant
    ) {
        var changes: [Instant] = []
        var at = start
        while let change = zone.firstChange(after: at, through: end) {
            changes.append(change)
            at = change
        }
        self.changes = changes
        let edges = Set(changes + theirs.map(\.at) + [end]).sorted()
        disputed = zip(edges, edges.dropFirst()).compactMap { low, high in
            let offset = theirs.last { $0.at <= low }?.offset
            return offset == zone.offset(at: low) ? nil : low...high
        }
    }

    func agree(_ from: Instant, _ to: Instant) -> Bool {
        from <= to && !disputed.contains { $0.overlaps(from...to) }
    }
}

/// One Python process a question, JSON lines in and out.
private enum Croniter {
    /// Of the tools that `.ci/tools` installs; absent, what needs it is skipped.
    static let python = ProcessInfo.processInfo.environment["BURSAR_TEST_TOOLS"].map {
        "\($0)/python"
    }

    static func changes(
        of zones: [String], from start: Instant, to end: Instant
    ) throws -> [[(at: Instant, offset: Int64)]] {
        struct Question: Encodable {
            let zone: String
            let from: Int64
            let to: Int64
        }
        struct Answer: Decodable { let changes: [[Int64]] }
        let questions = zones.map {
            Question(zone: $0, from: start.milliseconds / 1000, to: end.milliseconds / 1000)
        }
        return try ask(questions, Answer.self).map { answer in
            answer.changes.map { (Instant(milliseconds: $0[0] * 1000), $0[1]) }
        }
    }

    static func runs(
        _ cases: [(cron: String, zone: String, after: Int64)], count: Int
    ) throws -> [[Instant]] {
        struct Question: Encodable {
            let cron: String
            let zone: String
            let after: Int64
            let count: Int
        }
        struct Answer: Decodable {
            let runs: [Int64]?
            let error: String?
        }
        let questions = cases.map {
            Question(cron: $0.cron, zone: $0.zone, after: $0.after, count: count)
        }
        return try zip(questions, ask(questions, Answer.self)).map { question, answer in
            let runs = try #require(
                answer.runs, "\(question.cron): \(answer.error ?? "no answer")")
            return runs.map { Instant(milliseconds: $0 * 1000) }
        }
    }

    private static func ask<Answer: Decodable>(
        _ questions: [some Encodable], _: Answer.Type
    ) throws -> [Answer] {
        let folder = try TemporaryDirectory()
        let encoder = JSONEncoder()
        let lines = try questions.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
        try folder.write(lines.joined(separator: "\n") + "\n", to: "questions")
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Oracles/croniter_runs.py")
        let process = Process()
        process.executableURL = URL(filePath: try #require(python))
        process.arguments = [script.path]
        process.standardInput = try FileHandle(
            forReadingFrom: folder.url.appending(path: "questions"))
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        let decoder = JSONDecoder()
        return try output.split(separator: UInt8(ascii: "\n")).map {
            try decoder.decode(Answer.self, from: Data($0))
        }
    }
}

extension RandomJob {
    fileprivate var isWholeWithoutStar: Bool {
        fields.indices.contains { index in
            // Days of the month and months begin with 1.
            !starred[index]
                && fields[index].dropFirst(index == 2 || index == 3 ? 1 : 0)
                    .allSatisfy(\.self)
        }
    }
}
