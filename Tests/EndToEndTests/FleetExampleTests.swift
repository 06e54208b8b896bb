import Foundation
import TestSupport
import Testing

/// `examples/fleet` and `examples/kustomize` on the stand-in.
struct `Examples` {
    private static func environment(_ site: SandboxSite) -> [String: String] {
        [
            "LITELLM_URL": site.url, "LITELLM_MASTER_KEY": SandboxSite.masterKey,
            "no_proxy": "127.0.0.1",
        ]
    }

    @Test func `a fleet with defaults and policies is planned and applied`() async throws {
        try await SandboxSite.open("fleet") { site in
            let environment = Self.environment(site)
            let plan = try await site.bursar(
                "plan", "--detailed-exitcode", environment: environment)
            #expect(plan.status == 2, "\(plan.all)")
            #expect(plan.output.contains("Plan: create 45 workspaces, mint and publish 46 keys"))
            // The soft start of dev/policy.yaml.
            #expect(plan.errors.contains("warning[policy-breach]: `gf-chat-pro` is forbidden"))
            let apply = try await site.bursar("apply", "--yes", environment: environment)
            #expect(apply.status == 0, "\(apply.all)")
            #expect(apply.output.contains("45 workspaces done, 0 failed"))
            let again = try await site.bursar(
                "plan", "--detailed-exitcode", environment: environment)
            #expect(again.status == 0, "\(again.all)")
            let published = try #require(
                try? FileManager.default.contentsOfDirectory(
                    atPath: "\(site.directory.path)/secrets"))
            #expect(published.filter { !$0.hasPrefix(".") }.count == 44)
        }
    }

    @Test func `a workspace of the fleet inherits from three directories`() async throws {
        try await SandboxSite.open("fleet") { site in
            let render = try await site.bursar("render", "eu-search", environment: [:])
            #expect(render.status == 0, "\(render.all)")
            for line in [
                "limit: 420.00", "/prod/eu/search.yaml:8", "maxAge: 45d",
                "/prod/eu/defaults.yaml:8",
                "warnAt: 90%", "/prod/defaults.yaml:5", "period: 30d", "/defaults.yaml:6",
            ] { #expect(render.output.contains(line), "\(line)") }
        }
    }

    @Test func `a breach of a policy stops the one workspace`() async throws {
        try await SandboxSite.open("fleet") { site in
            let file = site.directory.url.appending(path: "prod/eu/search.yaml")
            let text = try String(contentsOf: file, encoding: .utf8)
            try text.replacing("limit: 420.00", with: "limit: 2420.00")
                .write(to: file, atomically: true, encoding: .utf8)
            let result = try await site.bursar("validate", environment: [:])
            #expect(result.status == 1)
            #expect(
                result.errors.contains("/policy.yaml:6:37"), "\(result.all)")
            #expect(result.errors.contains("prod/eu/search.yaml:8:19"))
        }
    }

    @Test func `what kustomize builds is planned and applied`() async throws {
        try await SandboxSite.open("kustomize") { site in
            var environment = Self.environment(site)
            let binaries = URL(filePath: BuiltBinary.path).deletingLastPathComponent().path
            environment["PATH"] = "\(binaries):\(Self.path)"
            environment["HOME"] = site.directory.path
            try await Self.spellForOldKustomize(site, environment)
            func shell(_ command: String, overlay: String) async throws -> BuiltBinary.Result {
                try await BuiltBinary.run(
                    [
                        "-euo", "pipefail", "-c",
                        "kubectl kustomize overlays/\(overlay) | bursar \(command) -f -",
                    ], environment: environment, in: site.directory.url, executable: "/bin/bash")
            }
            let plan = try await shell("plan", overlay: "prod")
            #expect(plan.status == 0, "\(plan.all)")
            #expect(plan.output.contains("prod-search"))
            #expect(plan.output.contains("budget.limit: $250.00"))
            let apply = try await shell("apply --yes", overlay: "prod")
            #expect(apply.status == 0, "\(apply.all)")
            let again = try await shell("plan --detailed-exitcode", overlay: "prod")
            #expect(again.status == 0, "\(again.all)")
            // The other overlay is another part of the same source: nothing of prod leaves.
            let other = try await shell("plan", overlay: "test")
            #expect(other.output.contains("Plan: create 2 workspaces"))
        }
    }

    private static let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"

    /// Debian 12's kubectl 1.20 has a kustomize of 2019, which knows `labels`, `patches` and directories by
    /// older names; kubectl tells which kustomize it has since 1.24. May go with Debian 12.
    private static func spellForOldKustomize(
        _ site: SandboxSite, _ environment: [String: String]
    ) async throws {
        let version = try await BuiltBinary.run(
            ["kubectl", "version", "--client", "--output", "json"], environment: environment,
            executable: "/usr/bin/env")
        try #require(version.status == 0, "`make setup` installs kubectl: \(version.all)")
        guard !version.output.contains("\"kustomizeVersion\"") else { return }
        for overlay in ["prod", "test"] {
            let file = site.directory.url.appending(
                path: "overlays/\(overlay)/kustomization.yaml")
            let text = try String(contentsOf: file, encoding: .utf8)
            try text.replacing("resources: ", with: "bases: ")
                .replacing("labels:\n  - pairs: ", with: "commonLabels: ")
                .replacing("patches:\n  - path: ", with: "patchesStrategicMerge:\n  - ")
                .write(to: file, atomically: true, encoding: .utf8)
        }
    }
}
