import Foundation
import TestSupport
import Testing

struct `Init` {
    /// What it prints under `Next`, as it stands there, but for the proxy's own place, and for
    /// the question that nobody answers here.
    private static func script(_ output: String, url: String) -> String {
        output.split(separator: "\n").filter { $0.hasPrefix("  ") }.compactMap { line in
            if line.contains("bursar sandbox") { return nil }
            if line.contains("LITELLM_URL=") {
                return "export LITELLM_URL=\(url) LITELLM_MASTER_KEY=\(SandboxSite.masterKey)"
            }
            if line.contains("bursar apply") { return line + " --yes" }
            return String(line)
        }.joined(separator: "\n")
    }

    @Test func `what init prints leads to an empty second plan`() async throws {
        try await SandboxSite.open { site in
            let place = try TemporaryDirectory()
            let made = try await BuiltBinary.run(["init", "my workspaces"], in: place.url)
            #expect(made.status == 0, "\(made.all)")
            let script = Self.script(made.output, url: site.url)
            #expect(script.split(separator: "\n").count == 7)
            let binaries = URL(filePath: BuiltBinary.path).deletingLastPathComponent().path
            let run = try await BuiltBinary.run(
                ["-euc", script + "\nbursar plan --detailed-exitcode"],
                environment: ["PATH": "\(binaries):/usr/bin:/bin", "no_proxy": "127.0.0.1"],
                in: place.url, executable: "/bin/bash")
            #expect(run.status == 0, "\(run.all)")
            #expect(run.output.contains("Plan: create 2 workspaces, mint and publish 2 keys"))
            #expect(run.output.contains("2 workspaces done, 0 failed"))
            #expect(run.output.contains("No changes: 2 workspaces"))
            #expect(place.text("my workspaces/secrets/search/LITELLM_API_KEY") != nil)
        }
    }

    @Test func `the second key that stands in a comment can be had`() async throws {
        let place = try TemporaryDirectory()
        #expect(try await BuiltBinary.run(["init", place.path]).status == 0)
        let manifest = try #require(place.text("workspaces/search.yaml"))
        let start = try #require(manifest.range(of: "  # keys:"))
        let keys = String(manifest[start.lowerBound...]).replacing("  # ", with: "  ")
        try place.write(
            String(manifest[..<start.lowerBound]) + keys, to: "workspaces/search.yaml")
        let rendered = try await BuiltBinary.run(["render", "search", place.path])
        #expect(rendered.status == 0, "\(rendered.all)")
        #expect(rendered.output.contains("INDEXER_API_KEY"))
    }

    @Test func `nothing is overwritten`() async throws {
        let place = try TemporaryDirectory()
        try place.write("mine\n", to: "README.md")
        let first = try await BuiltBinary.run(["init", place.path, "--owner", "acme"])
        #expect(first.status == 0, "\(first.all)")
        #expect(first.output.contains("kept  README.md"))
        #expect(place.text("README.md") == "mine\n")
        #expect(place.text("bursar.yaml")?.contains("name: acme ") == true)
        try place.write("spoilt", to: "policy.yaml")
        let before = place.text("bursar.yaml")
        let second = try await BuiltBinary.run(["init", place.path])
        #expect(second.status == 1)
        #expect(place.text("bursar.yaml") == before)
        #expect(place.text("policy.yaml") == "spoilt")
    }

    @Test func `every source id is another one`() async throws {
        let (one, other) = (try TemporaryDirectory(), try TemporaryDirectory())
        for place in [one, other] {
            #expect(try await BuiltBinary.run(["init", place.path]).status == 0)
        }
        func id(_ place: TemporaryDirectory) -> Substring? {
            place.text("bursar.yaml")?.split(separator: "\n").first { $0.contains("    id: ") }
        }
        #expect(id(one) != nil)
        #expect(id(one) != id(other))
    }

    @Test(.enabled(if: tools != nil))
    func `what init writes passes yamllint and the schema`() async throws {
        let place = try TemporaryDirectory()
        #expect(try await BuiltBinary.run(["init", place.path]).status == 0)
        let folder = Self.tools ?? ""
        let lint = try await BuiltBinary.run(
            ["--strict", "."], in: place.url, executable: "\(folder)/yamllint")
        #expect(lint.status == 0, "\(lint.all)")
        let files = ["bursar", "defaults", "policy", "workspaces/search", "workspaces/assistant"]
        let check = try await BuiltBinary.run(
            ["--schemafile", "bursar.schema.json"] + files.map { "\($0).yaml" }, in: place.url,
            executable: "\(folder)/check-jsonschema")
        #expect(check.status == 0, "\(check.all)")
        let workflow = try await BuiltBinary.run(
            [
                "--builtin-schema", "vendor.github-workflows", ".github/workflows/bursar.yml",
            ], in: place.url, executable: "\(folder)/check-jsonschema")
        #expect(workflow.status == 0, "\(workflow.all)")
    }

    static let tools = ProcessInfo.processInfo.environment["BURSAR_TEST_TOOLS"]
}
