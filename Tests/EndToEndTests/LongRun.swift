import Foundation
import Testing

/// The built binary, or another, going on until it is told to end, and its log line by line.
struct LongRun: Sendable {
    private enum Output: Sendable { case started(pid_t), line(String), ended(Int32) }

    private let outputs: AsyncStream<Output>
    private let process: pid_t
    private(set) var lines: [String] = []

    /// The environment is the given one alone, and PATH.
    init(
        _ arguments: [String], environment: [String: String],
        executable path: String = BuiltBinary.path
    ) async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Output.self)
        let environment = environment.merging(["PATH": "/usr/bin:/bin"]) { a, _ in a }
        // A thread of its own: it waits for the process.
        Thread.detachNewThread {
            // A process inherits what its thread blocks, and those of the runtime block them all.
            var signals = sigset_t()
            sigfillset(&signals)
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
            let process = Process()
            process.executableURL = URL(filePath: path)
            process.arguments = arguments
            process.environment = environment
            let pipe = Pipe()
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            process.standardError = pipe
            guard (try? process.run()) != nil else { return continuation.finish() }
            continuation.yield(.started(process.processIdentifier))
            var rest = Data()
            while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty {
                rest += data
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    continuation.yield(.line(String(decoding: rest[..<end], as: UTF8.self)))
                    rest = Data(rest[rest.index(after: end)...])
                }
            }
            process.waitUntilExit()
            let isSignal = process.terminationReason == .uncaughtSignal
            continuation.yield(
                .ended(isSignal ? -process.terminationStatus : process.terminationStatus))
            continuation.finish()
        }
        outputs = stream
        guard case .started(let process)? = await stream.first(where: { _ in true }) else {
            throw CocoaError(.executableLoad)
        }
        self.process = process
    }

    /// Waits for a line that holds `text`; the ones before it are passed over, up to a great many.
    mutating func wait(for text: String) async throws {
        for await case .line(let line) in outputs {
            lines.append(line)
            if line.contains(text) { return }
            if lines.count >= 20_000 { break }
        }
        Issue.record("no line has \(text):\n\(lines.suffix(100).joined(separator: "\n"))")
        throw CancellationError()
    }

    func send(_ signal: Int32) { kill(process, signal) }

    /// - Returns: its status; below 0 where a signal ended it.
    mutating func end(_ signal: Int32 = SIGTERM) async -> Int32? {
        send(signal)
        for await output in outputs {
            switch output {
            case .line(let line): lines.append(line)
            case .ended(let status): return status
            case .started: continue
            }
        }
        return nil
    }
}
