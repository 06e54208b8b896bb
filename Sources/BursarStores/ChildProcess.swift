internal import BursarEngine
internal import FoundationEssentials
internal import Glibc
internal import Subprocess
internal import SystemPackage

/// Runs a program for a secret: no shell, nothing of bursar's environment but what finds programs and
/// homes, a bound on time and output. What it says on standard error may hold the secret, so nobody
/// sees it.
struct ChildProcess: Sendable {
    enum Failure: Error, Sendable {
        /// There is no such program, or it cannot be run.
        case notStarted
        case timedOut
        case tooMuch
        /// By a signal where `code` is `nil`.
        case ended(code: Int32?, output: [UInt8])
        case cancelled
    }

    let time: any Timekeeper
    /// In milliseconds.
    var patience: Int64 = 30_000
    /// Of standard output, in bytes.
    var limit = 64 << 10

    /// - Parameters:
    ///   - command: the program and its arguments.
    ///   - directory: where it runs.
    /// - Returns: its standard output.
    func run(
        _ command: [String], in directory: String, input: [UInt8] = []
    ) async throws(Failure) -> [UInt8] {
        guard let program = command.first else { throw .notStarted }
        let path = Self.path(of: program, in: directory)
        let result = await atMost(patience) {
            await self.result(path, Array(command.dropFirst()), directory, input)
        }
        return try result.get()
    }

    /// A path is taken from `directory`, not from where bursar runs; a name is looked for.
    static func path(of program: String, in directory: String) -> String {
        let isRelative = program.contains("/") && !program.hasPrefix("/")
        return isRelative
            ? directory + "/" + (program.hasPrefix("./") ? String(program.dropFirst(2)) : program)
            : program
    }

    /// A file in memory alone, at its start and without a name; `nil` where there is no memory for it. No
    /// pipe: of one that nobody reads any more swift-subprocess 1.0.2 ends this process.
    private static func file(of bytes: [UInt8]) -> FileDescriptor? {
        let name = "/bursar-\(UInt64.random(in: .min ... .max))"
        let file = shm_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return nil }
        shm_unlink(name)
        let descriptor = FileDescriptor(rawValue: file)
        if (try? descriptor.writeAll(bytes)) == nil || lseek(file, 0, SEEK_SET) != 0 {
            try? descriptor.close()
            return nil
        }
        return descriptor
    }

    private func result(
        _ program: String, _ arguments: [String], _ directory: String, _ input: [UInt8]
    ) async -> Result<[UInt8], Failure> {
        var platform = PlatformOptions()
        // A group of its own, so that what it started ends with it.
        platform.createSession = true
        platform.teardownSequence = [
            .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .milliseconds(200))
        ]
        guard let input = Self.file(of: input) else { return .failure(.notStarted) }
        do {
            let ended = try await Subprocess.run(
                program.contains("/") ? .path(FilePath(program)) : .name(program),
                arguments: Arguments(arguments), environment: .custom(Self.environment),
                workingDirectory: FilePath(directory), platformOptions: platform,
                input: .fileDescriptor(input, closeAfterSpawningProcess: true),
                output: .bytes(limit: limit), error: .discarded)
            if ended.terminationStatus.isSuccess { return .success(ended.standardOutput) }
            let code: Int32? =
                if case .exited(let code) = ended.terminationStatus { code } else { nil }
            return .failure(.ended(code: code, output: ended.standardOutput))
        } catch let error as SubprocessError {
            switch error.code {
            case .outputLimitExceeded: return .failure(.tooMuch)
            default: return .failure(.notStarted)
            }
        } catch is CancellationError {
            return .failure(.cancelled)
        } catch {
            return .failure(.notStarted)
        }
    }

    private static var environment: [Environment.Key: String] {
        let ours = ProcessInfo.processInfo.environment
        var its: [Environment.Key: String] = ["LC_ALL": "C.UTF-8"]
        for name: Environment.Key in ["PATH", "HOME", "TMPDIR", "XDG_CONFIG_HOME"] {
            its[name] = ours[name.rawValue]
        }
        return its
    }

    private func atMost(
        _ milliseconds: Int64, _ body: @escaping @Sendable () async -> Result<[UInt8], Failure>
    ) async -> Result<[UInt8], Failure> {
        await withTaskGroup(of: Result<[UInt8], Failure>.self) { group in
            group.addTask { await body() }
            group.addTask { [time] in
                do throws(CancellationError) {
                    try await time.sleep(milliseconds: milliseconds)
                    return .failure(.timedOut)
                } catch {
                    return .failure(.cancelled)
                }
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failure(.cancelled)
        }
    }
}

extension ChildProcess.Failure {
    /// Without a word of what the program said.
    func text(_ program: String) -> String {
        switch self {
        case .notStarted: "\(program) cannot be run"
        case .timedOut: "\(program) took too long and was ended"
        case .tooMuch: "\(program) wrote more than a secret can be"
        case .ended(let code, _):
            (code.map { "\(program) ended with \($0)" } ?? "\(program) was ended by a signal")
                + "; what it said on standard error is not shown, since it may hold the secret"
        case .cancelled: "cancelled"
        }
    }
}
