import BursarCore
import TestSupport
import Testing

@testable import BursarManifest

struct InheritanceTests {
    private static let budgets = [
        "budget: {limit: 5}", "budget: {period: 30d}", "budget: unlimited", "budget: null",
        "budget: {limit: 7.50, warnAt: 80%}", "budget: {period: null, limit: 1}",
    ]
    private static let models = ["models: [a, b]", "models: [c]", "models: all", "models: null"]
    private static let limits = [
        "limits: {requestsPerMinute: 5}", "limits: {tokensPerMinute: null}", "limits: null",
        "limits: {requestsPerMinute: null, tokensPerMinute: 9, parallelRequests: 3}",
    ]
    private static let keys = [
        "keys: [{secret: A, rotation: {every: 30d}}, {secret: B}]", "key: {secret: C}", "keys: []",
        "keys: null", "key: null",
    ]
    private static let rest = [
        "suspended: true", "prune: false", "suspended: null",
        "providerSecrets: [{name: P, valueFrom: {env: P}, models: [{name: m, upstream: openai/m}]}]",
    ]

    private static func spec(_ random: inout Seeded) -> String {
        [budgets, models, limits, keys, rest].compactMap {
            Bool.random(using: &random) ? $0.randomElement(using: &random) : nil
        }.map { "  \($0)\n" }.joined()
    }

    private static func file(_ path: String, _ text: String) -> ManifestFile {
        ManifestFile(path: path, bytes: Array(text.utf8))
    }

    private static func source(_ seed: UInt64) -> SourceFiles {
        var random = Seeded(seed: seed)
        var files = SourceFiles()
        for directory in ["", "prod/", "prod/eu/"] where Int.random(in: 0..<4, using: &random) > 0 {
            let text = "apiVersion: bursar/v1\nkind: Defaults\nspec:\n\(spec(&random))"
            files.manifests.append(file("\(directory)defaults.yaml", text))
        }
        let text = "apiVersion: bursar/v1\nkind: Workspace\nmetadata: {name: w}\nspec:\n"
        files.manifests.append(file("prod/eu/w.yaml", text + spec(&random)))
        return files
    }

    /// What nobody gave is missing whether it is inherited or not, so most of these are no workspace.
    @Test func `An effective manifest is by itself the workspace that it came from`() throws {
        var found = 0
        for seed in 1...1500 as ClosedRange<UInt64> {
            let (loaded, manifests) = Self.source(seed).reader().effective("w")
            guard let manifest = manifests.first, var inherited = loaded.desired.workspaces.first
            else {
                #expect(!loaded.diagnostics.isEmpty)
                continue
            }
            found += 1
            let alone = loadManifests(
                configuration: nil,
                manifests: [Self.file("w.yaml", manifest.yaml(color: false))])
            var own = try #require(alone.desired.workspaces.first, "seed \(seed)")
            (inherited.places, own.places) = (Places(), Places())
            #expect(own == inherited, "seed \(seed)")
        }
        #expect(found > 300)
    }

    @Test func `What a directory above gives reaches below and nowhere else`() {
        let base =
            "apiVersion: bursar/v1\nkind: Defaults\nspec: {budget: {limit: 5}, models: [a]}\n"
        func workspace(_ name: String) -> String {
            "apiVersion: bursar/v1\nkind: Workspace\nmetadata: {name: \(name)}\nspec: {}\n"
        }
        var files = SourceFiles()
        files.manifests = [
            Self.file("x/prod/defaults.yaml", base), Self.file("x/prod/a.yaml", workspace("a")),
            Self.file("x/prod/eu/de/b.yaml", workspace("b")),
            Self.file("x/production/c.yaml", workspace("c")),
            Self.file("x/d.yaml", workspace("d")),
        ]
        let loaded = files.load()
        #expect(loaded.desired.workspaces.map(\.name) == ["a", "b"])
        #expect(loaded.diagnostics.count == 4)
    }

    @Test func `Workspaces wait for a file of theirs that cannot be read`() {
        var files = SourceFiles()
        let text =
            "apiVersion: bursar/v1\nkind: Workspace\nmetadata: {name: w}\n"
            + "spec: {budget: {limit: 5}, models: [a]}\n"
        files.manifests = [Self.file("x/prod/eu/w.yaml", text)]
        #expect(files.load().desired.workspaces.count == 1)
        files.unreadable = ["x/prod/defaults.yaml"]
        let loaded = files.load()
        #expect(loaded.desired.workspaces.isEmpty)
        #expect(!loaded.desired.isWhole)
        #expect(loaded.diagnostics.map(\.code) == ["held-back"])
        files.unreadable = ["x/test/defaults.yaml"]
        #expect(files.load().desired.workspaces.count == 1)
    }
}
