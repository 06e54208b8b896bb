import BursarCore
import Foundation
import TestSupport
import Testing

/// Every format of a plan, word for word: whoever changes one reads what a reader will.
struct PlanGoldenTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Goldens")

    static let formats: [(file: String, make: @Sendable (PlanReport) -> String)] = [
        ("plain.txt", { PlanText($0, color: false).text }),
        // Escape characters are written as `ESC`, so that a difference can be read.
        (
            "colour.txt",
            { PlanText($0, color: true, width: 100).text.replacing("\u{1B}", with: "ESC") }
        ),
        ("comment.md", { PlanMarkdown($0, version: "0.0.0").text }),
        ("plan.json", { PlanJSON.text($0) }),
    ]

    @Test(arguments: Scene.names) func `every format is as it was recorded`(_ name: String) throws {
        let report = try Scene.named(name).report
        for (file, make) in Self.formats {
            let golden = Self.folder.appending(path: "\(name)/\(file)")
            let text = make(report)
            if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
                try FileManager.default.createDirectory(
                    at: golden.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: golden)
                Issue.record("recorded \(name)/\(file)")
            } else {
                let recorded = try String(contentsOf: golden, encoding: .utf8)
                #expect(text == recorded, "\(name)/\(file)")
            }
        }
    }

    @Test(arguments: Scene.names) func `colours are all that a wide terminal adds`(
        _ name: String
    ) throws {
        let report = try Scene.named(name).report
        let colour = PlanText(report, color: true, width: 100_000).text
        #expect(
            colour.replacing(/\u{1b}\[[0-9;]*m/, with: "") == PlanText(report, color: false).text)
    }

    @Test(arguments: Scene.names) func `a comment has room in a pull request`(
        _ name: String
    ) throws {
        let text = PlanMarkdown(try Scene.named(name).report, version: "0.0.0").text
        #expect(text.unicodeScalars.count <= 60_000)
        #expect(text.hasPrefix("<!-- bursar-plan owner=prod checksum="))
    }
}
