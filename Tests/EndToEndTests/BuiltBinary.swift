import Foundation
import Testing

/// The debug binary that `swift build` put beside the tests.
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
        let candidates = [
            beside.appendingPathComponent("bursar").path,
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent(".build/debug/bursar").path,
        ]
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
            ?? candidates[0]
    }

    /// Runs to its end. The environment is the given one alone, and PATH.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil,
        in directory: URL? = nil, whileRunning: (Process) -> Void = { _ in }
    ) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = environment.merging(["PATH": "/usr/bin:/bin"]) { a, _ in a }
        if let directory { process.currentDirectoryURL = directory }
        let scratch = try Scratch()
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

/// A directory that is gone with its last reference.
final class Scratch: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent(
            "bursar-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}
