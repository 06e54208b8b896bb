import Foundation
import TestSupport
import Testing

/// What somebody who can open a pull request, and no more, could try. Each runs the plan as the
/// pipelines do, and must get at nothing.
@Suite(.serialized, .timeLimit(.minutes(10)), .enabled(if: Tools.folder != nil))
struct `A thief's pull request` {
    private static let forges = RecipeSite.Forge.allCases

    /// - Parameters:
    ///   - status: what the job ends with; `nil`: as it may.
    ///   - arrange: what the branch holds; a program of it that is run makes `stolen`.
    private func plan(
        _ forge: RecipeSite.Forge, status: Int32? = 0,
        _ arrange: @escaping @Sendable (RecipeSite) async throws -> Void
    ) async throws {
        try await RecipeSite.open(forge) { site in
            try await arrange(site)
            try await site.commit()
            try await site.push()
            let result = try await site.run(.plan)
            #expect(status == nil || result.status == status, "\(result.all)")
            #expect(site.scratch.text("stolen") == nil)
            let keys = try Self.published(site)
            try #require(keys.count >= 2)
            let secrets = keys + [site.planKey, site.proxy.key, FakeForge.token]
            let told = try await site.comments().map(\.body).joined() + result.all
            for secret in secrets { #expect(!told.contains(secret)) }
            #expect(try await site.comments().allSatisfy { $0.user == FakeForge.bot })
            #expect(try Self.published(site) == keys)
        }
    }

    private static func published(_ site: RecipeSite) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: site.secrets).sorted().compactMap {
            site.scratch.text("secrets/\($0)")
        }.filter { $0.hasPrefix("sk-") }
    }

    private static func steal(_ site: RecipeSite) -> String {
        "#!/bin/sh\ntouch '\(site.scratch.path)/stolen'\nenv\n"
    }

    @Test(arguments: forges)
    func `that names a proxy and a store of its own in bursar.yaml`(
        _ forge: RecipeSite.Forge
    ) async throws {
        let trap = try Trap()
        try await plan(forge) { site in
            try site.scratch.write(
                """
                apiVersion: bursar/v1
                kind: Configuration
                metadata: {name: acme}
                spec:
                  litellm: {url: "\(trap.url)", masterKeyFile: /proc/self/environ}
                  secrets: {exec: {command: [./steal]}}
                  providerSecrets: {allow: [{exec: [./steal]}, {env: LITELLM_PLAN_KEY}]}

                """, to: "origin/bursar.yaml")
            try site.scratch.write(Self.steal(site), to: "origin/steal")
        }
        #expect(!trap.isReached())
    }

    @Test(arguments: forges)
    func `that says in the comment by which bursar.yaml it was planned`(
        _ forge: RecipeSite.Forge
    ) async throws {
        try await RecipeSite.open(forge) { site in
            try await site.edit("bursar.yaml", "name: acme", "name: other")
            try await site.push()
            #expect(try await site.run(.plan).status == 0)
            let body = try await site.ours.body
            #expect(body.hasPrefix("<!-- bursar-plan owner=acme "))
            #expect(body.contains("this plan goes by that of the base branch"))
        }
    }

    @Test(arguments: forges)
    func `that takes provider secrets from where ours are`(
        _ forge: RecipeSite.Forge
    ) async throws {
        try await plan(forge, status: nil) { site in
            try site.scratch.remove("origin/policy.yaml")
            let program = site.scratch.path + "/workspace/head/steal"
            try site.scratch.write(Self.steal(site), to: "origin/steal")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: site.origin + "/steal")
            let manifest = try #require(site.scratch.text("origin/workspaces/search.yaml"))
            try site.scratch.write(
                manifest
                    + """
                      providerSecrets:
                        - {name: A, valueFrom: {env: LITELLM_PLAN_KEY}}
                        - {name: B, valueFrom: {file: /proc/self/environ}}
                        - {name: C, valueFrom: {exec: [\(program)]}}

                    """.replacing("    ", with: "  "), to: "origin/workspaces/search.yaml")
        }
    }

    /// Whatever main lets a manifest name, a plan reads and runs none of it.
    @Test(arguments: forges)
    func `that takes provider secrets from where main lets it`(
        _ forge: RecipeSite.Forge
    ) async throws {
        try await RecipeSite.open(forge) { site in
            let (program, file) = (site.scratch.path + "/steal", site.scratch.path + "/key.txt")
            try site.scratch.write(Self.steal(site), to: "steal")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: program)
            try site.scratch.write("sk-provider-canary-2085", to: "key.txt")
            try await site.git("checkout", "--quiet", "main")
            try await site.edit(
                "bursar.yaml", "spec:\n",
                """
                spec:
                  providerSecrets:
                    allow:
                      - {file: "\(file)"}
                      - {exec: ["\(program)"]}

                """)
            try await site.git("branch", "--quiet", "--force", "change")
            try await site.git("checkout", "--quiet", "change")
            try site.scratch.remove("origin/policy.yaml")
            let manifest = try #require(site.scratch.text("origin/workspaces/search.yaml"))
            let sources = """
                  providerSecrets:
                    - {name: PLAIN_KEY, valueFrom: {file: "\(file)"}}
                    - {name: DRAWN_KEY, valueFrom: {exec: ["\(program)"]}}

                """
            try site.scratch.write(manifest + sources, to: "origin/workspaces/search.yaml")
            try await site.commit()
            try await site.push()
            let plan = try await site.run(.plan)
            #expect(plan.status == 0, "\(plan.all)")
            let body = try await site.ours.body
            #expect(body.contains("PLAIN\\_KEY") || body.contains("PLAIN_KEY"), "\(body)")
            #expect(!(plan.all + body).contains("canary-2085"))
            #expect(site.scratch.text("stolen") == nil)
        }
    }

    @Test(arguments: forges)
    func `that changes the pipeline, its programs, and what git does with files`(
        _ forge: RecipeSite.Forge
    ) async throws {
        try await plan(forge) { site in
            for name in ["install", "merge", "plan", "github", "gitlab", "apply"] {
                try site.scratch.write(Self.steal(site), to: "origin/.bursar/\(name)")
                try site.scratch.write(Self.steal(site), to: "origin/\(name)")
            }
            try site.scratch.write("jobs: {}\n", to: "origin/.github/workflows/bursar.yml")
            try site.scratch.write("plan: {script: [env]}\n", to: "origin/.gitlab-ci.yml")
            try site.scratch.write(
                "* filter=steal diff=steal merge=steal\n", to: "origin/.gitattributes")
            try site.scratch.write(
                "[lfs]\n\turl = http://127.0.0.1:9/\n", to: "origin/.lfsconfig")
            try FileManager.default.createDirectory(
                atPath: site.origin + "/.githooks", withIntermediateDirectories: true)
            try site.scratch.write(Self.steal(site), to: "origin/.githooks/post-merge")
        }
    }

    @Test(arguments: forges)
    func `that has links to what the runner can read`(_ forge: RecipeSite.Forge) async throws {
        try await plan(forge) { site in
            let manager = FileManager.default
            for (name, target) in [
                ("workspaces/environ.yaml", "/proc/self/environ"),
                ("workspaces/key.yaml", site.secrets + "/search/LITELLM_API_KEY"),
                ("workspaces/store", site.secrets),
                ("more.yaml", "../base/.git/config"), ("defaults.d", "/etc"),
            ] {
                try manager.createSymbolicLink(
                    atPath: "\(site.origin)/\(name)", withDestinationPath: target)
            }
            try site.scratch.remove("origin/bursar.yaml")
            try manager.createSymbolicLink(
                atPath: site.origin + "/bursar.yaml", withDestinationPath: "/proc/self/environ")
        }
    }

    @Test(arguments: forges)
    func `that makes a link of the folder which is read`(_ forge: RecipeSite.Forge) async throws {
        try await RecipeSite.open(forge) { site in
            let manager = FileManager.default
            try await site.git("checkout", "--quiet", "main")
            try await site.git("mv", "bursar.yaml", "workspaces/bursar.yaml")
            try await site.commit()
            try await site.git("branch", "--quiet", "--force", "change")
            try await site.git("checkout", "--quiet", "change")
            try await site.push()
            let variables = ["BURSAR_DIR": "workspaces"]
            let fine = try await site.run(.plan, variables: variables)
            #expect(fine.status == 0, "\(fine.all)")
            try await site.api.put([], on: "7")

            let runner = try TemporaryDirectory()
            try runner.write("password: canary-3391\n", to: "notes.yaml")
            try manager.removeItem(atPath: site.origin + "/workspaces")
            try manager.createSymbolicLink(
                atPath: site.origin + "/workspaces", withDestinationPath: runner.path)
            try await site.commit()
            try await site.push()
            let plan = try await site.run(.plan, variables: variables)
            #expect(plan.status == 1, "\(plan.all)")
            #expect(plan.errors.contains("is a link in this branch"), "\(plan.all)")
            #expect(!plan.all.contains("canary-3391"))
            #expect(try await site.comments().isEmpty)
        }
    }

    @Test(arguments: forges)
    func `that writes commands and comments into its manifests`(
        _ forge: RecipeSite.Forge
    ) async throws {
        let mark = "<!-- bursar-plan owner=acme checksum=\(String(repeating: "0", count: 32)) -->"
        try await RecipeSite.open(forge) { site in
            try await site.edit(
                "workspaces/search.yaml", "  labels: {team: search}\n",
                """
                  labels: {team: search}
                  annotations:
                    bursar/paused: "::add-mask::x ##[warning] \(mark) @everyone"

                """)
            try await site.edit("workspaces/search.yaml", "limit: 250.00", "limit: 300.00")
            try await site.push()
            let result = try await site.run(.plan)
            #expect(result.status == 0, "\(result.all)")
            let lines = result.output.split(separator: "\n")
            let commands = lines.filter { $0.hasPrefix("::") }
            #expect(commands.count == (forge == .github ? 2 : 0), "\(result.output)")
            if forge == .github {
                #expect(lines.first?.hasPrefix("::stop-commands::") == true)
                #expect(lines.last?.hasPrefix("::") == true)
            }
            let body = try await site.ours.body
            #expect(!body.contains(mark))
            #expect(body.split(separator: "\n").filter { $0.hasPrefix("<!--") }.count == 1)
            // Paused: nothing to approve, and the mark in its text is none.
            try await site.merge()
            #expect(try await site.run(.apply()).status == 0)
            #expect(try await site.cap("search") == 250)
        }
    }
}
