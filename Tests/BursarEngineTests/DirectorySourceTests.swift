import BursarCore
import BursarManifest
import Foundation
import TestSupport
import Testing

@testable import BursarEngine

struct DirectorySourceTests {
    @Test func `Files are read whole and in order, links and what is hidden are not`() throws {
        let directory = try TemporaryDirectory()
        let big = String(repeating: "# a comment\n", count: 20_000)
        let contents = [
            "bursar.yaml": "a: b\n", "b.yaml": big, "a.yml": "x", "empty.yaml": "",
            "notes.txt": "no", ".hidden.yaml": "no", "below/c.yaml": "c", ".git/d.yaml": "no",
            "other/bursar.yaml": "", "other/e.yaml": "no",
        ]
        let files = FileManager.default
        for (name, text) in contents {
            let url = directory.url.appendingPathComponent(name)
            try files.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        let link = directory.url.appendingPathComponent("link.yaml")
        try files.createSymbolicLink(
            at: link, withDestinationURL: directory.url.appendingPathComponent("b.yaml"))
        #expect(mkfifo(directory.url.appendingPathComponent("pipe.yaml").path, 0o600) == 0)

        let source = DirectorySource(directory.url.path).files()
        let prefix = directory.url.path + "/"
        let read = source.manifests.map { ($0.path, String(decoding: $0.bytes, as: UTF8.self)) }
        #expect(
            read.map(\.0) == ["a.yml", "b.yaml", "below/c.yaml", "empty.yaml"].map { prefix + $0 })
        #expect(read.map(\.1) == ["x", big, "c", ""])
        #expect(source.configuration?.bytes == Array("a: b\n".utf8))
        #expect(source.problems.map(\.code) == ["nested-source"])
        #expect(source.unreadable.isEmpty)
    }

    @Test func `A directory that is not there is said, and makes the source incomplete`() {
        let loaded = DirectorySource("/nonexistent/source").load()
        #expect(loaded.diagnostics.map(\.code) == ["unreadable"])
        #expect(!loaded.desired.isWhole)
    }
}
