import BursarCore
import Foundation
import TestSupport
import Testing

@testable import BursarManifest

struct SchemaTests {
    struct Manifest {
        let kind: Schema.Kind
        let text: String

        /// As the decoder of its kind finds them.
        var problems: [ManifestProblem] {
            let source = SourceText(
                ManifestFile(path: "m.yaml", bytes: Array(text.utf8)), number: 0)
            let reading = FileReading(source)
            var problems = reading.problems.all
            for (_, document) in reading.documents {
                problems += Self.problems(document, kind)
            }
            return problems.map(\.problem)
        }

        private static func problems(_ document: Document, _ kind: Schema.Kind) -> [Located] {
            switch kind {
            case .workspace:
                let (manifest, found) = WorkspaceDecoder.decode(document.root)
                let link = WorkspaceLinker.link(
                    manifest, terms: [], paths: ["m.yaml"], keyCacheTTL: Span(seconds: 60),
                    sources: nil)
                return found.all + link.problems.all
            case .configuration:
                return ConfigurationDecoder.decode(document, path: "m.yaml").problems.all
            case .defaults: return DefaultsDecoder.decode(document).problems.all
            case .policy: return PolicyDecoder.decode(document).problems.all
            case .gateway: return GatewayDecoder.decode(document, path: "m.yaml").problems.all
            }
        }
    }

    private static let kinds = Schema.Kind.allCases

    private static func manifests(_ choose: KeyPath<Samples, [Sample]>) -> [Manifest] {
        kinds.flatMap { kind in
            return Samples(.group(kind.document))[keyPath: choose].map {
                Manifest(kind: kind, text: $0.text + "\n")
            }
        }
    }

    static let good = manifests(\.good)
    /// Those of another kind or version are nobody's: the decoders never see them.
    static let bad = manifests(\.bad)

    @Test func `The decoders take every value that the schema means`() {
        #expect(Self.good.count > 300)
        var clean = 0
        for manifest in Self.good {
            let problems = manifest.problems
            if problems.isEmpty { clean += 1 }
            #expect(
                problems.allSatisfy {
                    [.betweenFields, .inherited].contains($0.beyondSchema)
                },
                "\(manifest.text) \(problems)")
        }
        #expect(clean * 10 > Self.good.count * 9)
    }

    @Test func `The decoders refuse every value that the schema does not mean`() {
        #expect(Self.bad.count > 500)
        for manifest in Self.bad {
            #expect(!manifest.problems.isEmpty, "\(manifest.text)")
        }
    }

    /// Several fields at once, now and then a bad one.
    private static func mixed(count: Int) -> [Manifest] {
        var random = Seeded(seed: 20)
        return (0..<count).compactMap { _ in
            kinds.randomElement(using: &random).map { kind in
                Manifest(kind: kind, text: mixed(.group(kind.document), &random).text + "\n")
            }
        }
    }

    private static func mixed(_ shape: Schema.Shape, _ random: inout Seeded) -> Sample {
        let isBad = Int.random(in: 0..<100, using: &random) == 0
        switch shape {
        case .group(let group) where !isBad:
            return .map(
                group.fields.compactMap { field in
                    guard field.isRequired || Bool.random(using: &random) else { return nil }
                    return (field.name, mixed(field.shape, &random))
                })
        case .list(let item) where !isBad:
            return .list(
                (0..<Int.random(in: 0...2, using: &random)).map { _ in mixed(item, &random) })
        case .either(let one, let other):
            return mixed(Int.random(in: 0..<4, using: &random) == 0 ? one : other, &random)
        default:
            let samples = Samples(shape)
            let some = isBad && !samples.bad.isEmpty ? samples.bad : samples.good
            return some.randomElement(using: &random) ?? .scalar("null")
        }
    }

    /// The two halves of the promise, by a checker that is none of ours.
    @Test(.enabled(if: Tools.folder != nil))
    func `The schema takes what the decoders take, and more only where it says so`() throws {
        let folder = try TemporaryDirectory()
        try folder.write(JSONSchema.text(), to: "schema.json")
        let manifests = Self.good + Self.bad + Self.mixed(count: 400)
        for (index, manifest) in manifests.enumerated() {
            try folder.write(manifest.text, to: "\(index).yaml")
        }
        let refused = try Tools.refused(
            (0..<manifests.count).map { "\(folder.path)/\($0).yaml" },
            by: "\(folder.path)/schema.json")
        var taken = 0
        for (index, manifest) in manifests.enumerated() {
            let problems = manifest.problems
            if refused.contains("\(folder.path)/\(index).yaml") {
                #expect(!problems.isEmpty, "the schema refuses: \(manifest.text)")
            } else {
                taken += 1
                #expect(
                    problems.allSatisfy { $0.beyondSchema != nil },
                    "the schema takes: \(manifest.text) \(problems)")
            }
        }
        #expect(taken > 400)
        #expect(refused.count > 500)
    }

    @Test(.enabled(if: Tools.folder != nil)) func `The schema is a schema`() throws {
        let folder = try TemporaryDirectory()
        try folder.write(JSONSchema.text(), to: "schema.json")
        let status = try Tools.run(
            "check-jsonschema", ["--check-metaschema", "\(folder.path)/schema.json"]
        ).status
        #expect(status == 0)
    }

    @Test func `The reference is that of the schema`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/reference/manifest.md")
        let text = SchemaReference.markdown()
        if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
            try Data(text.utf8).write(to: file)
            Issue.record("recorded \(file.lastPathComponent)")
            return
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }
}
