import Foundation
import TestSupport
import Testing

/// The commit beside the line of a change.
@Suite(.serialized, .timeLimit(.minutes(3))) struct `The commit of a change` {
    private func open(
        _ body: @escaping @Sendable (SandboxSite, _ commit: String) async throws -> Void
    ) async throws {
        try await SandboxSite.open { site in
            try site.directory.write("secrets/\n", to: ".gitignore")
            for arguments in [
                ["init", "--quiet", "--initial-branch=main"], ["add", "."],
                [
                    "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet",
                    "-m", "first",
                ],
            ] {
                let git = try await BuiltBinary.run(
                    arguments, in: site.directory.url, executable: "/usr/bin/git")
                try #require(git.status == 0, "\(git.all)")
            }
            let head = try await BuiltBinary.run(
                ["rev-parse", "--short", "HEAD"], in: site.directory.url,
                executable: "/usr/bin/git")
            try await body(site, String(head.output.dropLast()))
        }
    }

    @Test func `stands in what plan shows, and in what apply shows before it asks`() async throws {
        try await open { site, commit in
            let plan = try await site.bursar("plan", environment: site.environment)
            #expect(plan.output.contains("workspaces/search.yaml:6  \(commit) "), "\(plan.all)")
            let apply = try await site.bursar("apply", "--yes", environment: site.environment)
            #expect(apply.status == 0, "\(apply.all)")
            #expect(apply.output.contains("workspaces/search.yaml:6  \(commit) "), "\(apply.all)")
        }
    }

    /// Whether the secrets would be committed is not known then.
    @Test func `a git that hangs holds up nothing for long, and no secrets are put beside it`()
        async throws
    {
        try await open { site, _ in
            let programs = try TemporaryDirectory()
            try programs.write("#!/bin/sh\nexec /usr/bin/tail -f /dev/null\n", to: "git")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: programs.path + "/git")
            let plan = try await site.bursar(
                "plan", environment: site.environment.merging(["PATH": programs.path]) { $1 })
            #expect(plan.status == 1)
            #expect(plan.errors.contains("git could not say whether it is ignored"), "\(plan.all)")
        }
    }

    @Test func `the command of the documentation writes a comment with it`() async throws {
        try await open { site, commit in
            let text = try Documentation.text("plan.md")
            let commands = text.split(separator: "\n").filter { $0.hasPrefix("    bursar ") }
            try #require(commands.count == 1)
            let programs = URL(filePath: BuiltBinary.path).deletingLastPathComponent().path
            let run = try await BuiltBinary.run(
                ["-euc", String(commands[0])],
                environment: site.environment.merging([
                    "PATH": "\(programs):/usr/bin:/bin", "URL_OF_THIS_RUN": "https://ci.example/1",
                ]) { a, _ in a }, in: site.directory.url, executable: "/bin/bash")
            #expect(run.status == 0, "\(run.all)")
            let comment = try #require(site.directory.text("comment.md"))
            #expect(comment.contains("`workspaces/search.yaml:6` \(commit) "), "\(comment)")
        }
    }

    /// - Parameter script: what stands there for git; `nil`: nothing.
    @Test(arguments: [nil, "exit 3", "exec tail -f /dev/null"])
    func `is left out where git is missing, broken or hangs`(_ script: String?) async throws {
        try await open { site, commit in
            let programs = try TemporaryDirectory()
            if let script {
                try programs.write("#!/bin/sh\nPATH=/usr/bin:/bin\n\(script)\n", to: "git")
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o755], ofItemAtPath: programs.path + "/git")
            }
            let secrets = try TemporaryDirectory()
            let plan = try await site.bursar(
                "plan",
                environment: site.environment.merging([
                    "PATH": programs.path, "BURSAR_SECRETS_DIRECTORY": secrets.path + "/secrets",
                ]) { a, _ in a })
            #expect(plan.status == 0, "\(plan.all)")
            #expect(plan.output.contains("workspaces/search.yaml:6"))
            #expect(!plan.output.contains(commit))
        }
    }
}
