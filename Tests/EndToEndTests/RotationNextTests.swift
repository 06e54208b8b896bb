import Foundation
import TestSupport
import Testing

/// `bursar rotation next`, the built binary.
struct `Rotation next` {
    private static let manifest = """
        apiVersion: bursar/v1
        kind: Workspace
        metadata: {name: search}
        spec:
          budget: unlimited
          models: all
          keys:
            - secret: BY_AGE
              rotation: {every: 30d, maxAge: 90d}
            - secret: BY_SCHEDULE
              rotation: {schedule: "30 2 1 * *", timeZone: Europe/Paris}
            - secret: NEVER
        """

    private struct Report: Decodable {
        struct Row: Decodable {
            struct Date: Decodable {
                let at: String
                let local: String
                let reason: String
            }

            let name: String
            let secret: String
            let rule: String?
            let time_zone: String?
            let minted_at: String?
            let dates: [Date]
            let note: String?
        }

        let format_version: String
        let keys: [Row]

        subscript(secret: String) -> Row? { keys.first { $0.secret == secret } }
    }

    private static func report(_ result: BuiltBinary.Result) throws -> Report {
        try #require(result.status == 0, "\(result.all)")
        return try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
    }

    private static func hours(_ instant: String) throws -> Int {
        try #require(Int(instant.split(separator: "T")[1].prefix(2)))
    }

    /// A static build, and a process that loads no Foundation, know no zone but UTC unless
    /// FoundationInternationalization is linked.
    @Test func `The binary knows Europe/Paris, and its summer`() async throws {
        let folder = try TemporaryDirectory()
        try folder.write(Self.manifest, to: "search.yaml")
        let result = try await BuiltBinary.run(
            ["rotation", "next", "--offline", "-n", "12", "--output", "json", folder.path])
        let row = try #require(try Self.report(result)["BY_SCHEDULE"])
        #expect(row.dates.count == 12)
        for date in row.dates {
            let summer = date.local.hasSuffix("T02:30:00+02:00")
            #expect(summer || date.local.hasSuffix("T02:30:00+01:00"), "\(date.local)")
            #expect(try Self.hours(date.at) == (summer ? 0 : 1))
        }
        #expect(row.dates.count { $0.local.hasSuffix("+02:00") } == 7)
        #expect(row.time_zone == "Europe/Paris")
        #expect(Set(row.dates.map(\.at)).count == 12)
    }

    @Test func `Offline, what goes by age has no dates and says why`() async throws {
        let folder = try TemporaryDirectory()
        try folder.write(Self.manifest, to: "search.yaml")
        let result = try await BuiltBinary.run(["rotation", "next", "--offline", folder.path])
        #expect(result.status == 0, "\(result.all)")
        let lines = result.output.split(separator: "\n").map(String.init)
        try #require(lines.count == 4, "\(result.all)")
        #expect(lines[0].hasPrefix("WORKSPACE  SECRET       RULE"))
        #expect(lines[1].contains("every 30d, maxAge 90d"))
        #expect(lines[1].hasSuffix("its age is not known"))
        #expect(lines[2].hasSuffix(":00  schedule"))
        #expect(lines[3].contains("NEVER        never "))
    }

    @Test func `An unknown zone is an error with the nearest name`() async throws {
        let folder = try TemporaryDirectory()
        try folder.write(
            Self.manifest.replacingOccurrences(of: "Europe/Paris", with: "Europe/Parsi"),
            to: "search.yaml")
        let result = try await BuiltBinary.run(["rotation", "next", "--offline", folder.path])
        #expect(result.status == 1)
        #expect(result.errors.contains("did you mean `Europe/Paris`?"))
        #expect(result.errors.contains("search.yaml:11:52"))
    }

    @Test(arguments: ["0", "1001", "x"]) func `No such number of dates`(count: String) async throws
    {
        let result = try await BuiltBinary.run(["rotation", "next", "-n", count])
        #expect(result.status == 64)
    }

    @Test(.timeLimit(.minutes(2)))
    func `Dates go by when the published key was minted`() async throws {
        try await SandboxSite.open { site in
            try site.directory.write(Self.manifest, to: "workspaces/search.yaml")
            let arguments = [
                "rotation", "next", "-n", "2", "--output", "json", site.directory.path,
            ]
            let before = try Self.report(
                try await BuiltBinary.run(arguments, environment: site.environment))
            #expect(before["BY_AGE"]?.note == "not minted yet")
            #expect(before["BY_AGE"]?.dates.isEmpty == true)
            #expect(before["BY_SCHEDULE"]?.dates.count == 2)

            let apply = try await site.bursar("apply", "--yes", environment: site.environment)
            try #require(apply.status == 0, "\(apply.all)")
            let result = try await BuiltBinary.run(arguments, environment: site.environment)
            #expect(!result.all.contains(SandboxSite.masterKey))
            let row = try #require(try Self.report(result)["BY_AGE"])
            #expect(row.note == nil)
            let format = ISO8601DateFormatter()
            format.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
            func date(_ text: String?) throws -> Date {
                let text = try #require(text)
                let whole = text.contains(".") ? text : text.dropLast() + ".000Z"
                return try #require(format.date(from: whole))
            }
            let minted = try date(row.minted_at)
            #expect(abs(minted.timeIntervalSinceNow) < 120)
            // Not later than every, and at most a tenth of it before.
            let days = try row.dates.map { try date($0.at).timeIntervalSince(minted) / 86_400 }
            #expect(days.count == 2)
            #expect((27...30).contains(days[0]) && abs(days[1] - days[0] * 2) < 1e-6, "\(days)")
            #expect(row.dates.map(\.reason) == ["every 30d", "every 30d"])
            #expect(try Self.report(result)["NEVER"]?.dates.isEmpty == true)
        }
    }
}
