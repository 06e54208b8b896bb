package import BursarCore
package import BursarEngine
internal import FoundationEssentials
internal import Glibc

/// A store that a program keeps: one process a call, a request as JSON on its standard input, the answer as
/// JSON on its standard output. `docs/stores.md` has the protocol.
package struct ExecSecretStore: SecretStore {
    private let command: [String]
    private let directory: String
    private let process: ChildProcess

    /// - Parameters:
    ///   - command: the program and its arguments; a program with a path that is relative is taken from
    ///     `directory`.
    ///   - directory: where it runs.
    ///   - patience: how long a call may take, in milliseconds.
    package init(
        command: [String], directory: String, time: any Timekeeper, patience: Int64 = 60_000
    ) {
        self.command = command
        self.directory =
            directory.hasPrefix("/")
            ? directory : FileManager.default.currentDirectoryPath + "/" + directory
        process = ChildProcess(time: time, patience: patience, limit: Self.limit)
    }

    /// Of an answer: ten thousand secrets with their descriptions.
    private static let limit = 4 << 20

    package func secrets(
        of workspace: WorkspaceID
    ) async throws(SecretStoreError) -> [StoredSecret] {
        let answer = try await call(Request("list", workspace))
        guard let rows = answer["secrets"]?.array else {
            throw .malformed("\(command[0]): the answer of `list` has no list `secrets`")
        }
        // What bursar could not have written is none of its business.
        let found = rows.compactMap { row in
            row["name"]?.string.flatMap { SecretName($0) }.map {
                StoredSecret(name: $0, description: row["description"]?.string)
            }
        }
        guard Set(found.map(\.name)).count == found.count else {
            throw .malformed("\(command[0]): the answer of `list` has a name twice")
        }
        return found.sorted { $0.name < $1.name }
    }

    package func put(_ secret: SecretWrite) async throws(SecretStoreError) {
        var request = Request("put", secret.workspace)
        request.name = secret.name.text
        request.description = secret.description
        try await call(request, value: secret.value)
    }

    package func remove(
        _ name: SecretName, of workspace: WorkspaceID
    ) async throws(SecretStoreError) {
        var request = Request("remove", workspace)
        request.name = name.text
        try await call(request)
    }
}

// MARK: - The protocol

extension ExecSecretStore {
    private struct Request: Encodable {
        let version = 1
        let operation: String
        let workspace: String
        var name: String?
        var value: String?
        var description: String?

        init(_ operation: String, _ workspace: WorkspaceID) {
            self.operation = operation
            self.workspace = workspace.text
        }

        /// - Parameter secret: part of it here and nowhere before.
        func bytes(_ secret: SecretValue?) -> [UInt8] {
            var copy = self
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            func encoded(_ value: String?) -> [UInt8] {
                copy.value = value
                guard let data = try? encoder.encode(copy) else {
                    preconditionFailure("a request is made of text alone")
                }
                return Array(data) + [10]
            }
            return secret.map { $0.withExposed { encoded($0) } } ?? encoded(nil)
        }
    }

    @discardableResult
    private func call(
        _ request: Request, value: SecretValue? = nil
    ) async throws(SecretStoreError) -> JSONValue {
        let output: [UInt8]
        do throws(ChildProcess.Failure) {
            output = try await process.run(
                command, in: directory, input: request.bytes(value))
        } catch {
            throw failure(error, of: request.operation, value)
        }
        guard let answer = JSONValue(parsing: output), answer.object != nil else {
            throw .malformed(
                "\(command[0]): the answer of `\(request.operation)` is no JSON object")
        }
        return answer
    }

    /// What the program says itself is shown, without the value that it was given.
    private func failure(
        _ failure: ChildProcess.Failure, of operation: String, _ value: SecretValue?
    ) -> SecretStoreError {
        let text = "`\(operation)`: \(failure.text(command[0]))"
        switch failure {
        case .notStarted: return .refused("`\(operation)`: \(whyNotStarted)")
        case .timedOut: return .unreachable(text)
        case .tooMuch: return .malformed(text)
        case .cancelled: return .cancelled
        case .ended(_, let output):
            guard let answer = JSONValue(parsing: output), let said = answer["error"]?.string
            else { return .unreachable(text) }
            let shown = VisibleText.escape(
                String((value?.scrubbed(from: said) ?? said).prefix(Self.longestError)))
            let message = "\(command[0]): `\(operation)`: \(shown)"
            return answer["retry"]?.bool == true ? .unreachable(message) : .refused(message)
        }
    }

    private var whyNotStarted: String {
        let path = ChildProcess.path(of: command[0], in: directory)
        guard path.contains("/") else { return "\(path) is not on the PATH, or cannot be run" }
        if access(path, F_OK) != 0 {
            return command[0].hasPrefix("/")
                ? "\(path) is not there"
                : "\(path) is not there; a relative path counts from the directory of bursar.yaml"
        }
        if access(path, X_OK) != 0 { return "\(path) is not executable: chmod +x" }
        return "\(path) cannot be run; is the program of its first line there?"
    }

    private static let longestError = 500
}
