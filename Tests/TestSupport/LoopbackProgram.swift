internal import Foundation

/// A program beside this file that prints its port once it listens, and ends when its standard input
/// does: however the test ends, it does not outlive it.
package final class LoopbackProgram: Sendable {
    package let port: Int
    private let process: Process
    private let input = Pipe()

    /// - Parameter interpreter: a path; `nil`: the program says itself.
    package init(_ name: String, _ arguments: [String] = [], by interpreter: String? = nil) throws {
        let output = Pipe()
        process = Process()
        let program = URL(filePath: #filePath).deletingLastPathComponent().appending(path: name)
        process.executableURL = interpreter.map { URL(filePath: $0) } ?? program
        process.arguments = (interpreter == nil ? [] : [program.path]) + arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = ""
        while !line.hasSuffix("\n") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Failure(told: line) }
            line += String(decoding: data, as: UTF8.self)
        }
        guard let port = Int(line.dropLast()) else { throw Failure(told: line) }
        self.port = port
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// It did not start; its standard error says why.
    package struct Failure: Error {
        package let told: String
    }
}
