import BursarCore
import Testing

@testable import BursarManifest

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A directory a case: `input.yaml` or a tree `input`, and in `expected.txt` what people read of it.
struct GoldenTests {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Goldens")

    static var cases: [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: directory.path)
        return (names ?? []).sorted()
    }

    @Test(arguments: cases) func `A manifest is answered as recorded`(name: String) throws {
        let folder = Self.directory.appending(path: name)
        let files = try Self.files(name)
        if name.hasPrefix("gateway") {
            let (settings, diagnostics) = GatewayFile.load(try #require(files.manifests.first))
            let answer = settings.map { "\(Self.answer($0))\n" } ?? ""
            let text = render(diagnostics, color: false)
            #expect(!text.contains("hunter2"), "a secret is printed")
            try Self.compare(answer + text, with: folder.appending(path: "expected.txt"))
            return
        }
        let loaded = files.load()
        var answer = Self.answer(loaded)
        if name.hasPrefix("render") {
            for manifest in files.reader().effective("search").manifests {
                answer += manifest.yaml(color: false) + manifest.json()
            }
        }
        #expect(!answer.contains("hunter2"), "a secret is printed")
        #expect(!answer.contains("sk-1234"), "a secret is printed")
        try Self.compare(answer, with: folder.appending(path: "expected.txt"))
        let colored = render(loaded.diagnostics, color: true)
        // Escape characters are written as `ESC`, so that a difference can be read.
        try Self.compare(
            colored.replacing("\u{1B}", with: "ESC"), with: folder.appending(path: "color.txt"))
    }

    /// What is empty has no file.
    private static func compare(_ answer: String, with file: URL) throws {
        let recorded = try? String(contentsOf: file, encoding: .utf8)
        guard answer != recorded ?? "" else { return }
        if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
            try Data(answer.utf8).write(to: file)
            Issue.record("recorded \(file.path)")
        } else {
            #expect(answer == recorded ?? "")
        }
    }

    static func files(_ name: String) throws -> SourceFiles {
        let folder = directory.appending(path: name)
        let isConfiguration = name.hasPrefix("configuration")
        var files = SourceFiles()
        let single = folder.appending(path: "input.yaml")
        let tree = folder.appending(path: "input")
        let below =
            FileManager.default.fileExists(atPath: single.path)
            ? nil : try FileManager.default.subpathsOfDirectory(atPath: tree.path)
        for path in (below ?? ["input.yaml"]).sorted() where path.hasSuffix(".yaml") {
            let input = try Data(
                contentsOf: below == nil ? single : tree.appending(path: path))
            let file = ManifestFile(path: path, bytes: Array(input))
            if isConfiguration || path == "bursar.yaml" {
                files.configuration = file
            } else {
                files.manifests.append(file)
            }
        }
        return files
    }

    @Test func `There are goldens`() {
        #expect(Self.cases.count >= 60)
    }

    private static func answer(_ settings: GatewaySettings) -> String {
        let accounts = settings.accounts.sorted { $0.key < $1.key }
        return """
            gateway \(settings.name) listen \(settings.listen) database \(settings.database)
              litellm \(settings.liteLLMURL) sealing \(settings.sealingKeyFile ?? "-")
              \(settings.tokens)
              webhook \(settings.webhookTokenFile ?? "-")
              accounts \(accounts)
              \(settings.rates)
            """
    }

    private static func answer(_ loaded: Loaded) -> String {
        var lines: [String] = []
        if let configuration = loaded.configuration { lines.append("\(configuration)\n") }
        for workspace in loaded.desired.workspaces {
            lines.append("workspace \(workspace.id) \(workspace.name)")
            lines.append("  labels \(workspace.labels.sorted { $0.key < $1.key })")
            lines.append("  paused \(workspace.paused ?? "-") suspended \(workspace.suspended)")
            lines.append("  budget \(workspace.budget) warn \(workspace.warnAtPercent)")
            lines.append("  limits \(workspace.limits)")
            if case .only(let models) = workspace.models {
                lines.append("  models \(models.sorted())")
            } else {
                lines.append("  models all")
            }
            for key in workspace.keys {
                let models = key.models.map { "\($0.sorted())" } ?? "-"
                let rotation = key.rotation.map { "\($0)" } ?? "-"
                lines.append("  key \(key.secret) models \(models) \(rotation)")
                let place = workspace.place(of: "spec.keys.\(key.secret).limits")
                lines.append("    at \(place.map { "\($0)" } ?? "-")")
            }
            if let adoption = workspace.adoption {
                let keys = adoption.keys.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                lines.append("  adopt team \(adoption.team) \(keys) from \(adoption.from ?? "-")")
            }
            for secret in workspace.providerSecrets { lines.append("  secret \(secret)") }
        }
        lines.append("whole \(loaded.desired.isWhole)\n")
        return lines.joined(separator: "\n") + render(loaded.diagnostics, color: false)
    }
}
