import BursarCore
import BursarEngine
import Foundation
import TestSupport
import Testing

/// Which commit brought a line, compared with `git blame`.
struct GitHistoryTests {
    /// A repository of the test's own.
    struct Repository {
        let folder: TemporaryDirectory
        var path: String { folder.path }

        init() throws {
            folder = try TemporaryDirectory()
            try git("init", "-q", "-b", "main")
        }

        @discardableResult
        func git(_ arguments: String...) throws -> String {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments =
                [
                    "git", "-C", path, "-c", "user.name=a", "-c", "user.email=a@b.c",
                    "-c", "commit.gpgsign=false",
                ] + arguments
            let pipe = Pipe()
            process.standardOutput = pipe
            process.standardError = FileHandle.nullDevice
            try process.run()
            let output = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return String(decoding: output, as: UTF8.self)
        }

        func commit(_ message: String) throws {
            try git("add", "-A")
            try git("commit", "-q", "--allow-empty", "-m", message, "--date=2026-11-20T12:00:00Z")
        }

        /// By file and line, as `git blame` has it; 0s for what is not committed.
        func blame(_ file: String) throws -> [String] {
            try git("blame", "--root", "-s", "--abbrev=39", file).split(separator: "\n").map {
                String($0.prefix(40))
            }
        }
    }

    private func origins(
        _ repository: Repository, _ places: [(String, Int)], directory: String? = nil
    ) async throws -> [ChangeHistory.Origin?] {
        let root = directory ?? repository.path
        let locations = places.map {
            SourceLocation(file: "\(root)/\($0.0)", line: $0.1, column: 1)
        }
        let id = try #require(WorkspaceID("w"))
        var workspace = WorkspacePlan(id: id, name: "w")
        workspace.steps = locations.map {
            Step(Change(Address(id, .team), .update, .manifest, reason: "", place: $0), [])
        }
        let plan = Plan(
            owner: Owner(name: "prod", source: nil), workspaces: [workspace], unclaimed: [],
            owned: 1, emptySource: false, warnings: [])
        let history = await GitHistory(directory: root, time: Never()).origins(of: plan)
        return locations.map { history[$0] }
    }

    /// Nothing here is to take that long.
    private struct Never: Timekeeper {
        func now() -> Instant { Instant(milliseconds: 0) }
        func random() -> UInt64 { 0 }
        func sleep(milliseconds: Int64) async throws(CancellationError) {
            let stream = AsyncStream<Void> { _ in }
            for await _ in stream {}
            throw CancellationError()
        }
    }

    private func lines(_ count: Int, _ text: (Int) -> String) -> String {
        (1...count).map { text($0) + "\n" }.joined()
    }

    @Test func `a line is of the commit that wrote it, with its date`() async throws {
        let repository = try Repository()
        try repository.folder.write(lines(6) { "line \($0)" }, to: "a.yaml")
        try repository.commit("first")
        let first = try repository.git("log", "-1", "--format=%h").dropLast()
        try repository.folder.write(
            "new\n" + lines(6) { $0 == 4 ? "edit" : "line \($0)" }, to: "a.yaml")
        try repository.commit("second")
        let second = try repository.git("log", "-1", "--format=%h").dropLast()
        let found = try await origins(repository, [("a.yaml", 2), ("a.yaml", 5), ("a.yaml", 1)])
        let (old, new) = (
            ChangeHistory.Origin.commit(hash: String(first), date: "2026-11-20"),
            ChangeHistory.Origin.commit(hash: String(second), date: "2026-11-20")
        )
        #expect(found == [old, new, new])
    }

    @Test func `an edit and a file that git does not know are uncommitted`() async throws {
        let repository = try Repository()
        try repository.folder.write(lines(6) { "line \($0)" }, to: "a.yaml")
        try repository.commit("first")
        try repository.folder.write("top\n" + lines(6) { "line \($0)" }, to: "a.yaml")
        try repository.folder.write("one\n", to: "b.yaml")
        let found = try await origins(repository, [("a.yaml", 1), ("a.yaml", 3), ("b.yaml", 1)])
        #expect(found[0] == .uncommitted)
        #expect(found[1] != .uncommitted && found[1] != nil)
        #expect(found[2] == .uncommitted)
    }

    @Test func `without a repository, a commit or its history nothing is said`() async throws {
        let bare = try TemporaryDirectory()
        try bare.write("one\n", to: "a.yaml")
        let repository = try Repository()
        let nowhere = try await origins(repository, [("a.yaml", 1)], directory: bare.path)
        #expect(nowhere == [nil])
        try repository.folder.write("one\n", to: "a.yaml")
        #expect(try await origins(repository, [("a.yaml", 1)]) == [nil], "no commit yet")
        try repository.commit("first")
        try repository.folder.write("one\ntwo\n", to: "a.yaml")
        try repository.commit("second")
        let shallow = try TemporaryDirectory()
        try repository.git(
            "clone", "-q", "--depth=1", "file://\(repository.path)", shallow.path + "/clone")
        let cloned = try await origins(
            repository, [("a.yaml", 1)], directory: shallow.path + "/clone")
        #expect(cloned == [nil])
    }

    @Test func `a directory below the top is told apart from one beside it`() async throws {
        let repository = try Repository()
        for name in ["one", "two"] {
            try FileManager.default.createDirectory(
                at: repository.folder.url.appending(path: name), withIntermediateDirectories: true)
            try repository.folder.write("\(name)\n", to: "\(name)/a.yaml")
            try repository.commit(name)
        }
        let head = try repository.git("log", "-1", "--format=%h", "one").dropLast()
        let found = try await origins(
            repository, [("a.yaml", 1)], directory: repository.path + "/one")
        #expect(found == [.commit(hash: String(head), date: "2026-11-20")])
    }

    /// What a pull request can commit: no `.git`, but all that is in one.
    @Test func `a directory that looks like a repository runs nothing`() async throws {
        let repository = try Repository()
        let trap = repository.path + "/workspaces"
        try FileManager.default.createDirectory(atPath: trap, withIntermediateDirectories: true)
        try repository.folder.write("one\n", to: "workspaces/a.yaml")
        try repository.folder.write("* filter=x\n", to: "workspaces/.gitattributes")
        try repository.git("-C", trap, "init", "-q")
        try repository.git("-C", trap, "add", ".")
        try repository.git("-C", trap, "commit", "-q", "-m", "bait")
        for name in try FileManager.default.contentsOfDirectory(atPath: trap + "/.git") {
            try FileManager.default.moveItem(
                atPath: "\(trap)/.git/\(name)", toPath: "\(trap)/\(name)")
        }
        try FileManager.default.removeItem(atPath: trap + "/.git")
        try repository.folder.write(
            """
            [core]
            repositoryformatversion = 0
            bare = false
            worktree = \(trap)
            [filter "x"]
            clean = "touch \(trap)/sprung; cat"

            """, to: "workspaces/config")
        try repository.folder.write("two\n", to: "workspaces/a.yaml")
        try repository.commit("trap")
        try repository.folder.write("three\n", to: "workspaces/a.yaml")
        _ = try await origins(repository, [("a.yaml", 1)], directory: trap)
        #expect(!FileManager.default.fileExists(atPath: trap + "/sprung"))
        try repository.git("-C", trap, "diff", "HEAD", "--", ".")
        #expect(FileManager.default.fileExists(atPath: trap + "/sprung"), "it is a trap")
    }

    /// Branches with edits, insertions, removals and merges.
    @Test(arguments: UInt64(0)..<6) func `every line is where git blame finds it`(
        _ seed: UInt64
    ) async throws {
        var random = Seeded(seed: seed)
        let repository = try Repository()
        var next = 0
        func edit(_ range: ClosedRange<Int>) throws {
            var text = (repository.folder.text("a.yaml") ?? lines(40) { "line \($0)" })
                .split(separator: "\n").map(String.init)
            for _ in 0..<3 {
                let at = min(text.count - 1, Int.random(in: range, using: &random))
                next += 1
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text[at] = "edit \(next)"
                case 1: text.insert("new \(next)", at: at)
                default: text.remove(at: at)
                }
            }
            try repository.folder.write(text.joined(separator: "\n") + "\n", to: "a.yaml")
            try repository.folder.write("\(next)\n", to: "other.yaml")
            try repository.commit("edit \(next)")
        }
        try edit(0...39)
        for round in 0..<4 {
            try repository.git("checkout", "-q", "-b", "side\(round)")
            for _ in 0..<2 { try edit(0...12) }
            try repository.git("checkout", "-q", "main")
            for _ in 0..<2 { try edit(22...30) }
            try repository.git("merge", "-q", "-X", "ours", "-m", "merge \(round)", "side\(round)")
        }
        let blame = try repository.blame("a.yaml")
        let found = try await origins(repository, blame.indices.map { ("a.yaml", $0 + 1) })
        for (line, (ours, theirs)) in zip(found, blame).enumerated() {
            guard case .commit(let hash, _)? = ours else {
                Issue.record("line \(line + 1) is of no commit")
                continue
            }
            #expect(theirs.hasPrefix(hash), "line \(line + 1)")
        }
    }
}
