import BursarStores
import Glibc
import TestSupport
import Testing

struct PlacementTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func place(
        _ path: String, isCI: Bool = false, encrypted: Bool = false
    ) -> String? {
        try? checkPlacement(
            path: path, configurationDirectory: directory.path, isCI: isCI, encrypted: encrypted
        ).get()
    }

    /// `git init` makes no more than this of what git needs to answer.
    private func makeWorkTree(ignoring pattern: String) throws {
        for name in [".git", ".git/objects", ".git/refs"] {
            try #require(mkdir("\(directory.path)/\(name)", 0o755) == 0)
        }
        try directory.write("ref: refs/heads/main\n", to: ".git/HEAD")
        try directory.write(pattern + "\n", to: ".gitignore")
    }

    @Test func `a relative path is relative to the file that names it`() {
        #expect(place("./secrets") == directory.path + "/secrets")
        #expect(place("/var/lib/x/../bursar") == "/var/lib/bursar")
    }

    @Test func `a relative path is refused in CI`() {
        #expect(place("secrets", isCI: true) == nil)
        #expect(place("/var/lib/bursar", isCI: true) == "/var/lib/bursar")
    }

    @Test func `inside a work tree git must ignore the directory`() throws {
        try makeWorkTree(ignoring: "/secrets/")
        #expect(place("secrets") == directory.path + "/secrets")
        #expect(place("other") == nil)
        #expect(place("secrets/../other") == nil)
        #expect(place(directory.path + "/other") == nil)
        #expect(place(".") == nil)
    }

    @Test func `what is encrypted may be committed`() throws {
        try makeWorkTree(ignoring: "/secrets/")
        #expect(place("other", encrypted: true) == directory.path + "/other")
        #expect(place("other", isCI: true, encrypted: true) == nil)
    }
}
