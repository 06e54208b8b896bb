import BursarCore
import FoundationEssentials
import Testing

@testable import BursarManifest

struct DiagnosticReferenceTests {
    struct Example {
        let problem: ManifestProblem
        let diagnostic: Diagnostic
    }

    /// By the name of the case, from the first golden that has it.
    private static func examples() throws -> [String: Example] {
        var examples: [String: Example] = [:]
        for files in try GoldenTests.cases.map(GoldenTests.files) + [Self.huge] {
            let reader = files.reader()
            let found = reader.diagnose([reader.read(reader.files)]).1
            for (problem, diagnostic) in found.sorted(by: {
                Diagnostic.isBefore($0.diagnostic, $1.diagnostic)
            }) where examples[problem.caseName] == nil {
                examples[problem.caseName] = Example(problem: problem, diagnostic: diagnostic)
            }
        }
        return examples
    }

    /// Too long for a file of its own.
    private static var huge: SourceFiles {
        var files = SourceFiles()
        let text = String(repeating: "- a\n", count: DocumentParser.maximumNodes)
        files.manifests = [ManifestFile(path: "input.yaml", bytes: Array(text.utf8))]
        return files
    }

    private static func cases(of type: String, in file: String) throws -> [String] {
        let source = root.appending(path: "Sources/BursarManifest/\(file).swift")
        let text = try String(contentsOf: source, encoding: .utf8)
        let body = text.split(separator: "enum \(type): ").last.map(String.init) ?? ""
        let end = body.split(separator: "\n}\n").first.map(String.init) ?? body
        return end.split(separator: "\n").compactMap { line in
            let words = line.split { $0 == " " || $0 == "(" || $0 == "," }
            guard let at = words.firstIndex(of: "case"), at <= 1, words.count > at + 1 else {
                return nil
            }
            return String(words[at + 1])
        }
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test func `Every problem has a golden`() throws {
        let problems = try Self.cases(of: "ManifestProblem", in: "ManifestProblem")
        let breaches = try Self.cases(of: "What", in: "Policy")
        #expect(problems.count >= 60)
        #expect(breaches.count == 13)
        let wanted = Set(
            problems.filter { $0 != "policyBreach" } + breaches.map { "policyBreach.\($0)" })
        let missing = wanted.subtracting(try Self.examples().keys)
        #expect(missing.sorted() == [])
    }

    @Test func `The reference of diagnostics is that of the goldens`() throws {
        let text = Self.markdown(try Self.examples())
        let file = Self.root.appending(path: "docs/reference/diagnostics.md")
        if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
            try Data(text.utf8).write(to: file)
            Issue.record("recorded diagnostics.md")
            return
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }

    private static func markdown(_ examples: [String: Example]) -> String {
        var lines = [
            "# Diagnostics", "",
            "What can be wrong with a manifest, by the code in brackets. Made by a test from examples that it runs; do not edit.",
            "",
            "All errors of all files are reported in one run. `held-back` is a warning beside them: workspaces that wait, because defaults or a",
            "policy of theirs may stand in a file that has an error or cannot be read.",
            "",
        ]
        let byCode = Dictionary(grouping: examples) { $0.value.diagnostic.code }
        for (code, cases) in byCode.sorted(by: { $0.key < $1.key }) {
            lines += ["## \(code)", ""]
            for (_, example) in cases.sorted(by: { $0.key < $1.key }) {
                lines += [example.problem.explanation, "", "```text"]
                lines.append(render([example.diagnostic], color: false) + "```")
                lines.append("")
            }
        }
        return lines.dropLast().joined(separator: "\n") + "\n"
    }
}
