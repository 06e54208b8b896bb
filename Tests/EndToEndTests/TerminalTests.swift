import BursarSandbox
import Foundation
import TestSupport
import Testing

/// What `apply` shows, on a terminal of `script`'s making and without one.
struct `Progress of an apply` {
    /// Slow enough for the bar to be drawn several times.
    private static let slow = FaultPlan([.init(.everyNth(1), .latency(milliseconds: 120))])

    private struct Shown {
        /// What the terminal was sent.
        let terminal: String
        /// What went into a file instead.
        let file: String
        let status: Int32
    }

    /// - Parameter redirection: `>"$FILE"` or `2>"$FILE"`, or nothing.
    private func apply(
        _ site: SandboxSite, options: String = "", redirection: String = "",
        environment: [String: String] = [:]
    ) async throws -> Shown {
        let result = try await BuiltBinary.run(
            [
                "-qec", #"stty cols 60; "$BURSAR" apply --yes \#(options) "$DIR" \#(redirection)"#,
                "/dev/null",
            ],
            environment: [
                "BURSAR": BuiltBinary.path, "DIR": site.directory.path,
                "FILE": site.directory.path + "/file", "LITELLM_URL": site.url,
                "LITELLM_MASTER_KEY": SandboxSite.masterKey, "TERM": "xterm", "SHELL": "/bin/sh",
            ].merging(environment) { $1 },
            executable: "/usr/bin/script")
        return Shown(
            terminal: result.all, file: site.directory.text("file") ?? "", status: result.status)
    }

    private func frames(_ text: String) -> [Substring] {
        text.split(separator: "\r\u{1B}[K", omittingEmptySubsequences: false)
    }

    @Test func `is a bar on a terminal, as wide as that, and is gone in the end`() async throws {
        try await SandboxSite.open(faults: Self.slow) { site in
            let shown = try await apply(site)
            #expect(shown.status == 0, "\(shown.terminal)")
            let frames = frames(shown.terminal)
            let bars = frames.filter { $0.contains("[") && $0.contains(" % ETA 0:0") }
            #expect(bars.count > 2, "\(shown.terminal)")
            #expect(bars.contains { $0.contains("\u{1B}[32m[####") })
            #expect(!shown.terminal.contains("  done: "))
            let last = try #require(frames.last)
            #expect(last.hasPrefix("Applied: 19 operations; 3 workspaces done, 0 failed"))
            let bare = frames.map {
                $0.replacing("\u{1B}[32m", with: "").replacing("\u{1B}[0m", with: "")
            }
            for frame in bare.dropFirst().dropLast() { #expect(frame.count < 60, "\(frame)") }
        }
    }

    @Test func `has no colour under NO_COLOR`() async throws {
        try await SandboxSite.open(faults: Self.slow) { site in
            let shown = try await apply(site, environment: ["NO_COLOR": "1"])
            #expect(shown.terminal.contains(" % ETA 0:0"))
            #expect(!shown.terminal.replacing("\u{1B}[K", with: "").contains("\u{1B}"))
        }
    }

    @Test func `stays out of standard output`() async throws {
        try await SandboxSite.open(faults: Self.slow) { site in
            let shown = try await apply(site, redirection: #">"$FILE""#)
            #expect(shown.terminal.contains(" % ETA 0:0"))
            #expect(!shown.file.contains("\u{1B}"))
            #expect(!shown.file.contains("ETA"))
            #expect(shown.file.contains("Applied: 19 operations; 3 workspaces done, 0 failed\n"))
            let path = site.directory.path + "/secrets/search/LITELLM_API_KEY"
            #expect(shown.file.hasSuffix("  \(path)\n"), "where the last key is")
        }
    }

    @Test func `is a line an operation where standard error is no terminal`() async throws {
        try await SandboxSite.open(faults: Self.slow) { site in
            let shown = try await apply(site, redirection: #"2>"$FILE""#)
            #expect(!shown.file.contains("\u{1B}"))
            #expect(shown.file.split(separator: "\n").count { $0.hasPrefix("  done: ") } == 19)
        }
    }

    @Test func `is a line an operation where the terminal is dumb`() async throws {
        try await SandboxSite.open { site in
            let shown = try await apply(site, environment: ["TERM": "dumb"])
            #expect(!shown.terminal.contains("\u{1B}"))
            #expect(
                shown.terminal.split(separator: "\r\n").count { $0.hasPrefix("  done: ") } == 19)
        }
    }

    /// A failure stays to be read: it is not drawn over.
    @Test func `leaves the line of a failure above the bar`() async throws {
        let faults = FaultPlan([
            .init(.matching(method: "GET", pathPrefix: "/v1/model"), .html),
            .init(.everyNth(1), .latency(milliseconds: 120)),
        ])
        try await SandboxSite.open(faults: faults) { site in
            let shown = try await apply(site, options: "--concurrency 1")
            #expect(shown.status == 1)
            let lines = shown.terminal.split(separator: "\r\n").flatMap { frames(String($0)) }
            #expect(lines.count { $0.hasPrefix("  failed: verify key ") } == 3)
            #expect(lines.contains { $0.contains(/\x1B\[31m[12] failed\x1B\[0m/) })
        }
    }
}
