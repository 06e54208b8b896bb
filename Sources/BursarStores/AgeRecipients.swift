internal import BursarCore
package import BursarEngine

/// Encrypts values by the program `age`, to recipients who open them with identities that bursar has not got.
package struct AgeRecipients: Sendable {
    /// Of the recipients, in whatever order: what a value was encrypted to cannot be told from it.
    let digest: String
    private let recipients: [String]
    private let process: ChildProcess

    /// - Parameter recipients: `age1…`, at least one.
    package init(_ recipients: [String], time: any Timekeeper) {
        precondition(!recipients.isEmpty, "a value that nobody can open is lost")
        self.recipients = recipients
        digest = String(Hex.sha256(Set(recipients).sorted().joined(separator: "\n")).prefix(16))
        process = ChildProcess(time: time, limit: 1 << 20)
    }

    private static let start = Array("-----BEGIN AGE ENCRYPTED FILE-----\n".utf8)

    private var command: [String] {
        ["age", "--encrypt", "--armor"] + recipients.flatMap { ["--recipient", $0] }
    }

    /// Encrypts nothing to them, so that no key is minted that cannot be published then.
    ///
    /// - Returns: what is wrong; `nil` where it works.
    package func problem() -> String? {
        switch exitCode(of: command) {
        case 0: nil
        case nil: "there is no program age: install it"
        default: "age refuses them; `age \(command.dropFirst().joined(separator: " "))` says why"
        }
    }

    /// - Returns: a file of age's, as text.
    func encrypted(_ value: SecretValue) async throws(SecretStoreError) -> [UInt8] {
        let file: [UInt8]
        do throws(ChildProcess.Failure) {
            file = try await process.run(
                command, in: "/", input: value.withExposed { Array($0.utf8) })
        } catch {
            throw Self.failure(error)
        }
        guard file.starts(with: Self.start) else {
            throw .malformed("what age wrote is not encrypted")
        }
        return file
    }

    private static func failure(_ failure: ChildProcess.Failure) -> SecretStoreError {
        switch failure {
        case .notStarted: .refused("there is no program age: install it")
        case .timedOut: .unreachable(failure.text("age"))
        case .tooMuch: .refused("age wrote more than a secret can be")
        case .ended: .refused(failure.text("age"))
        case .cancelled: .cancelled
        }
    }
}
