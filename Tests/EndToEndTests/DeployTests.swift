import BursarCore
import BursarEngine
import BursarSandbox
import Foundation
import TestSupport
import Testing

struct `What stands in deploy` {
    private static let analyzer = "/usr/bin/systemd-analyze"

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: analyzer)),
        arguments: [
            ["systemd/bursar.service"],
            ["ci/systemd/bursar-apply.service", "ci/systemd/bursar-apply.timer"],
        ])
    func `is a unit that systemd understands`(_ units: [String]) async throws {
        let scratch = try TemporaryDirectory()
        for unit in units {
            let name = String(unit.split(separator: "/").last ?? "")
            // It looks for the program, and exits 0 whatever else it finds wrong.
            let text = try Self.text(unit).replacing(
                "/usr/local/bin/bursar", with: BuiltBinary.path)
            try scratch.write(text, to: name)
            let path = "\(scratch.path)/\(name)"
            let result = try await BuiltBinary.run(["verify", path], executable: Self.analyzer)
            #expect(result.status == 0)
            #expect(result.all == "")
            try scratch.write(text + "\n[Unit]\nAfterwards=x\n", to: name)
            let wrong = try await BuiltBinary.run(["verify", path], executable: Self.analyzer)
            #expect(wrong.all.contains("Afterwards"))
            try scratch.write(text, to: name)
        }
    }

    @Test func `has a line for cron that pulls, applies and never runs twice at once`() async throws
    {
        let line = try Self.command(of: "ci/cron/bursar")
        try await SandboxSite.open { site in
            let host = try TemporaryDirectory()
            try site.directory.write("secrets/\n", to: ".gitignore")
            try await git(["init", "--quiet", "--initial-branch=main"], in: site.directory)
            try await commit(in: site.directory)
            try await git(["clone", "--quiet", site.directory.path, "manifests"], in: host)
            try host.write(
                site.environment.map { "\($0.key)=\($0.value)\n" }.joined(), to: "bursar.env")
            let run = {
                try await BuiltBinary.run(
                    [
                        "-c",
                        line.replacing("/etc/bursar.env", with: "\(host.path)/bursar.env")
                            .replacing("/var/lib/bursar", with: host.path)
                            .replacing(" bursar apply", with: " \(BuiltBinary.path) apply"),
                    ], executable: "/bin/sh")
            }

            let first = try await run()
            #expect(first.status == 0, "\(first.all)")
            #expect(first.output == "")
            #expect(first.errors.contains("publish"))
            #expect(host.text("manifests/secrets/search/LITELLM_API_KEY")?.hasPrefix("sk-") == true)
            #expect(host.text("audit.jsonl")?.contains("mint") == true)

            let idle = try await run()
            #expect(idle.status == 0)
            #expect(idle.all == "", "cron mails what is printed")

            let manifest = try #require(site.directory.text("workspaces/search.yaml"))
            try site.directory.write(
                manifest.replacing("limit: 5.00", with: "limit: 6.25"), to: "workspaces/search.yaml"
            )
            try await commit(in: site.directory)
            let lock = open("\(host.path)/lock", O_RDWR)
            #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
            #expect(try await run().status == 1)
            #expect(cap(of: "search", in: site) == "5.0")
            close(lock)
            let second = try await run()
            #expect(second.status == 0, "\(second.all)")
            #expect(cap(of: "search", in: site) == "6.25")

            try FileManager.default.moveItem(
                atPath: "\(site.directory.path)/.git", toPath: "\(site.directory.path)/gone")
            let unreachable = try await run()
            #expect(unreachable.status == 0, "the last revision stays in force")
            #expect(unreachable.errors.contains("\(site.directory.path)"))
        }
    }

    /// What cron gives to the shell: the last line without its five times and the user.
    private static func command(of file: String) throws -> String {
        let line = try #require(try text(file).split(separator: "\n").last)
        let fields = line.split(separator: " ", maxSplits: 6)
        try #require(fields.count == 7 && fields[5] == "bursar" && !line.contains("%"))
        return String(fields[6])
    }

    private static func text(_ file: String) throws -> String {
        let deploy = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "deploy")
        return try String(contentsOf: deploy.appending(path: file), encoding: .utf8)
    }

    private func commit(in directory: TemporaryDirectory) async throws {
        try await git(["add", "."], in: directory)
        try await git(
            [
                "-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "commit",
                "--quiet", "-m", "Change",
            ], in: directory)
    }

    private func git(_ arguments: [String], in directory: TemporaryDirectory) async throws {
        let result = try await BuiltBinary.run(
            arguments, in: directory.url, executable: "/usr/bin/git")
        try #require(result.status == 0, "\(result.all)")
    }

    private func cap(of team: String, in site: SandboxSite) -> String? {
        let answer = site.sandbox.ask(
            SandboxRequest(
                method: "GET", path: "/team/info", query: ["team_id": team],
                bearer: SecretValue(SandboxSite.masterKey)), now: SystemTimekeeper().now())
        let json = JSONValue(parsing: answer.body)?["team_info"]?["max_budget"]
        if case .number(let text)? = json { return text }
        return nil
    }
}
