import BursarCore
import Foundation
import TestSupport
import Testing

/// What others wrote stays text in a comment, whatever it says.
@Suite(.enabled(if: Tools.folder != nil)) struct MarkdownLaws {
    private static let pieces = [
        "@alice", " #12", "GH-12", "https://evil.example", "http://a.b", "www.evil.com", "a@b.co",
        "evil.com", "1.2.3.4", "//x.y", "[x](http://y)", "![x](y)", "<b>", "<!-- ", "-->",
        "<img src=x>", "</details>", "</code>", "&lt;", "&#64;", "*", "**", "_", "__", "~~", "`",
        "```", "|", "||", "\\", "\\|", "- ", "+ ", "1. ", "# ", "> ", "deadbeefcafe", "$x$", "$12",
        "!5", "%7", "~l", "^", "ftp://x.y", "mailto:a@b.c", "javascript:alert(1)", "x", "  ", " ",
        "\u{301}", "é", "日本.jp", "[ ]", "---", "===", ":smile:", "[^1]", "user/repo#3",
        "<https://x.y>", "<a@b.c>", "\u{1FEF}", "\n\n", "\t", "\r\n# ", "\u{202E}", "🇫🇷", "|\u{301}",
        "`\u{301}",
    ]

    private struct Rendered: Decodable {
        let tags: Set<String>
        let prose: String
        let all: String

        /// Something that a forge makes a link of, or that calls somebody.
        var linked: Bool {
            prose.contains(
                /(^|[^A-Za-z0-9_])@[A-Za-z0-9]|#[0-9]|GH-[0-9]|https?:\/\/|www\.[a-z]|[a-z]@[a-z]|[0-9a-f]{7}/
            )
        }
    }

    private static func render(_ texts: [String]) throws -> [Rendered] {
        let folder = try TemporaryDirectory()
        try folder.write(
            String(decoding: try JSONEncoder().encode(texts), as: UTF8.self), to: "texts.json")
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Oracles/markdown.py")
        let run = try Tools.run("python3", [script.path], input: "\(folder.path)/texts.json")
        try #require(run.status == 0)
        return try JSONDecoder().decode([Rendered].self, from: run.output)
    }

    private static func hostile(_ random: inout Seeded) -> String {
        (0..<Int.random(in: 1...7, using: &random)).map { _ in
            pieces[Int.random(in: 0..<pieces.count, using: &random)]
        }.joined()
    }

    /// Without the spaces that take none, and one for several.
    private static func words(_ text: String) -> String {
        text.unicodeScalars.filter { $0 != "\u{200B}" }.split { $0.properties.isWhitespace }
            .map { String(String.UnicodeScalarView($0)) }.joined(separator: " ")
    }

    private static func barred(_ text: String) -> String {
        text.unicodeScalars.map { $0 == "|" ? #"\u{7C}"# : String($0) }.joined()
    }

    @Test(arguments: UInt64(0)..<8) func `escaped text is text, in prose, lists and tables`(
        _ seed: UInt64
    ) throws {
        var random = Seeded(seed: seed)
        var documents: [String] = []
        var expected: [(text: String, tags: Set<String>)] = []
        for _ in 0..<150 {
            let text = "x" + Self.hostile(&random) + "x"
            let (prose, code) = (MarkdownText.escape(text), MarkdownText.code(text))
            let cells: Set<String> = ["table", "thead", "tbody", "tr", "th", "td", "code"]
            documents += [
                prose.dropFirst() + "\n", "- \(prose.dropFirst())\n", "> - \(prose)\n",
                "| a | b | c |\n|---|---|---|\n| \(prose) | \(code) | end |\n",
            ]
            let tags: [Set<String>] = [
                ["p"], ["ul", "li"], ["blockquote", "ul", "li"], cells,
            ]
            expected += tags.map { (text, $0) }
        }
        for (rendered, (text, tags)) in zip(try Self.render(documents), expected) {
            #expect(rendered.tags == tags, "\(text.debugDescription)")
            #expect(!rendered.linked, "\(text.debugDescription): \(rendered.prose)")
            let shown = Self.words(rendered.prose)
            // Without the letters at its ends, with which marks may have become one.
            let core = String(text.dropFirst())
            let whole = Self.words(Self.barred(VisibleText.escape(core)))
            #expect(
                shown.unicodeScalars.lazy.map(\.value).contains(
                    whole.unicodeScalars.dropLast().map(\.value)),
                "\(text.debugDescription): \(shown)")
            if tags.contains("td") {
                #expect(rendered.prose.contains("end"), "\(text.debugDescription)")
            }
        }
    }

    @Test func `the renderer that judges it sees links, HTML and mentions`() throws {
        let found = try Self.render(Self.pieces.map { "a \($0) b" })
        #expect(found.count { $0.linked } > 10)
        let tags = found.reduce(into: Set<String>()) { $0.formUnion($1.tags) }
        #expect(tags.isSuperset(of: ["a", "img", "b", "h1"]))
    }

    @Test(arguments: UInt64(0)..<4) func `a comment of hostile names holds what bursar puts there`(
        _ seed: UInt64
    ) throws {
        var random = Seeded(seed: seed)
        var scene = try Scene.named("errors")
        for index in scene.desired.indices {
            scene.desired[index].name = Self.hostile(&random)
            scene.desired[index].models = .only([Self.hostile(&random), "gf-chat-default"])
        }
        scene.desired[2].paused = Self.hostile(&random)
        for id in scene.unreadable.keys { scene.unreadable[id] = Self.hostile(&random) }
        let text = PlanMarkdown(
            scene.report, version: "0.0.0", fullPlan: Self.hostile(&random)
        ).text
        let rendered = try #require(try Self.render([text]).first)
        #expect(
            rendered.tags.isSubset(of: [
                "h3", "p", "strong", "code", "pre", "blockquote", "ul", "li", "table", "thead",
                "tbody", "tr", "th", "td", "details", "summary", "sub",
            ]), "\(text)")
        #expect(!rendered.linked, "\(rendered.prose)")
    }

    @Test func `it never gets too long, and says what it left out`() throws {
        var random = Seeded(seed: 7)
        var scene = Scene()
        scene.policy.rotations = 0
        for number in 1...300 {
            let name = "w\(number)"
            try scene.add(try Scene.workspace(name, dollars: 100, every: .days(30)), days: 31)
            try scene.editManifest(name) {
                $0.name = String(repeating: Self.hostile(&random), count: 40)
                $0.models = .only(["none-of-the-proxy-\(number)"])
                if number.isMultiple(of: 2) { $0.suspended = true }
            }
        }
        scene.limits.changes = 3
        let text = PlanMarkdown(scene.report, version: "0", fullPlan: "https://ci.example/run/1")
            .text
        #expect(text.unicodeScalars.count <= 60_000)
        #expect(text.utf16.count > 40_000, "as much as there is room for")
        #expect(text.contains("The details of"))
        #expect(text.contains("all of it: <https://ci.example/run/1>"))
        #expect(text.contains("**stops 150 workspaces**"))
        #expect(text.contains("<sub>checksum `"))
    }
}
