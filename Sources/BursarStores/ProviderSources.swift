package import BursarCore
package import BursarEngine
internal import FoundationEssentials
internal import Glibc

/// Reads provider secrets from environment variables, files, programs, and files encrypted with age.
/// What the configuration does not allow is not read, whoever asks.
package struct ProviderSources: ValueReader {
    /// bursar's own, which opens what manifests bring along encrypted.
    package enum Identity: Sendable {
        case text(SecretValue)
        case file(String)
    }

    private let allowance: SourceAllowance
    private let directory: String
    private let environment: [String: String]
    private let identity: Identity?
    private let process: ChildProcess

    /// - Parameters:
    ///   - directory: what relative paths are relative to, the configuration's.
    ///   - identity: `nil`: nothing can be decrypted.
    ///   - patience: how long a program may take, in milliseconds.
    package init(
        _ allowance: SourceAllowance, directory: String, environment: [String: String],
        identity: Identity?, time: any Timekeeper, patience: Int64 = 30_000
    ) {
        self.allowance = allowance
        self.directory =
            directory.hasPrefix("/")
            ? directory : FileManager.default.currentDirectoryPath + "/" + directory
        self.environment = environment
        self.identity = identity
        process = ChildProcess(time: time, patience: patience)
    }

    package func value(
        of source: ValueSource, for workspace: WorkspaceID
    ) async throws(ValueSourceError) -> SecretValue {
        guard allowance.allows(source, of: workspace) else {
            throw .notAllowed("\(source) is not allowed by spec.providerSecrets.allow")
        }
        switch source {
        case .env(let name):
            guard let text = environment[name] else {
                throw .unreadable("the environment has no \(name)")
            }
            return try secret(Array(text.utf8), from: source)
        case .file(let path): return try secret(read(path), from: source)
        case .exec(let command):
            return try secret(await run(command, in: directory), from: source)
        case .age(let path): return try secret(await decrypt(path), from: source)
        }
    }

    /// Text without the one line break that editors and programs put at its end.
    private func secret(
        _ bytes: [UInt8], from source: ValueSource
    ) throws(ValueSourceError) -> SecretValue {
        guard var text = String(validating: bytes, as: UTF8.self), !text.contains("\0") else {
            throw .malformed("what \(source) holds is no text")
        }
        if text.hasSuffix("\n") || text.hasSuffix("\r\n") { text.removeLast() }
        guard !text.allSatisfy(\.isWhitespace) else { throw .malformed("\(source) is empty") }
        return SecretValue(text)
    }

    private func run(
        _ command: [String], in directory: String
    ) async throws(ValueSourceError) -> [UInt8] {
        do throws(ChildProcess.Failure) {
            return try await process.run(command, in: directory)
        } catch {
            throw ValueSourceError(error, of: command[0])
        }
    }
}

// MARK: - Files

extension ProviderSources {
    /// At most this many bytes, as of a program's output.
    private static let limit = 64 << 10

    /// - Returns: an absolute path. One that was relative has no link in it below the directory: it
    ///   came with the manifests, and a link would lead to what others may not name.
    private func place(_ path: String) throws(ValueSourceError) -> String {
        guard !path.hasPrefix("/") else { return path }
        guard let base = realpath(directory), let real = realpath(base + "/" + path) else {
            throw .unreadable("\(path): \(String(cString: strerror(errno)))")
        }
        guard real == (base == "/" ? "" : base) + "/" + path else {
            throw .unreadable("\(path) is, or is below, a link: name the file itself")
        }
        return real
    }

    private func realpath(_ path: String) -> String? {
        guard let real = Glibc.realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    private func read(_ path: String) throws(ValueSourceError) -> [UInt8] {
        let place = try place(path)
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (path.hasPrefix("/") ? 0 : O_NOFOLLOW)
        let file = Glibc.open(place, flags)
        guard file >= 0 else { throw .unreadable("\(path): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        var bytes: [UInt8] = []
        while bytes.count <= Self.limit {
            var count = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, filled in
                count = Glibc.read(file, buffer.baseAddress, buffer.count)
                filled = max(0, count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw .unreadable("\(path): \(String(cString: strerror(errno)))")
            }
            if count == 0 { return bytes }
            bytes += chunk
        }
        throw .malformed("\(path) is larger than a secret can be")
    }

    private func decrypt(_ path: String) async throws(ValueSourceError) -> [UInt8] {
        let place = try place(path)
        let (file, input): (String, [UInt8])
        switch identity {
        case nil:
            throw .unreadable(
                "\(path) is encrypted: set BURSAR_AGE_IDENTITY_FILE or BURSAR_AGE_IDENTITY")
        case .file(let path): (file, input) = (path, [])
        case .text(let text): (file, input) = ("-", text.withExposed { Array($0.utf8) })
        }
        let command = ["age", "--decrypt", "--identity", file, "--", place]
        do throws(ChildProcess.Failure) {
            return try await process.run(command, in: directory, input: input)
        } catch {
            if case .notStarted = error { throw .unreadable("there is no program age: install it") }
            throw ValueSourceError(error, of: "age of \(path)")
        }
    }
}

extension ValueSourceError {
    fileprivate init(_ failure: ChildProcess.Failure, of program: String) {
        let text = failure.text(program)
        switch failure {
        case .notStarted, .ended: self = .unreadable(text)
        case .timedOut: self = .timedOut(text)
        case .tooMuch: self = .malformed(text)
        case .cancelled: self = .cancelled
        }
    }
}
