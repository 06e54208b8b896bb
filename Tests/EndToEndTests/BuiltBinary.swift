import Foundation
import TestSupport
import Testing

/// The debug binary that `swift build` put beside the tests, or the one that BURSAR_TEST_BINARY names.
struct BuiltBinary {
    struct Result {
        let status: Int32
        let output: String
        let errors: String

        var all: String { output + errors }
    }

    static var path: String {
        // …/.build/<triple>/debug/<bundle>: the products stand side by side.
        let arguments = CommandLine.arguments
        let bundle = arguments.first { $0.hasSuffix(".xctest") } ?? arguments[0]
        let beside = URL(fileURLWithPath: bundle).deletingLastPathComponent()
        let named = ProcessInfo.processInfo.environment["BURSAR_TEST_BINARY"]
        let candidates = [
            named,
            beside.appendingPathComponent("bursar").path,
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent(".build/debug/bursar").path,
        ].compactMap(\.self)
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
            ?? candidates[0]
    }

    /// Runs to its end. The environment is the given one alone, and PATH. On a thread of its own: a
    /// process that is waited for must not hold one of the few that run every other test.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil,
        in directory: URL? = nil, executable: String = path,
        whileRunning: @escaping @Sendable (Process) -> Void = { _ in }
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Swift.Result {
                        try runHere(
                            arguments, environment: environment, input: input, in: directory,
                            executable: executable, whileRunning: whileRunning)
                    })
            }
        }
    }

    private static func runHere(
        _ arguments: [String], environment: [String: String], input: String?, in directory: URL?,
        executable: String, whileRunning: (Process) -> Void
    ) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = environment.merging(["PATH": "/usr/bin:/bin"]) { a, _ in a }
        if let directory { process.currentDirectoryURL = directory }
        let scratch = try TemporaryDirectory()
        let out = scratch.url.appendingPathComponent("out")
        let err = scratch.url.appendingPathComponent("err")
        for file in [out, err] {
            _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        }
        process.standardOutput = try FileHandle(forWritingTo: out)
        process.standardError = try FileHandle(forWritingTo: err)
        if let input {
            let pipe = Pipe()
            process.standardInput = pipe
            try process.run()
            pipe.fileHandleForWriting.write(Data(input.utf8))
            try pipe.fileHandleForWriting.close()
        } else {
            process.standardInput = FileHandle.nullDevice
            try process.run()
        }
        whileRunning(process)
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: try String(contentsOf: out, encoding: .utf8),
            errors: try String(contentsOf: err, encoding: .utf8))
    }
}
