package import BursarCore
internal import FoundationEssentials
internal import Glibc
internal import Synchronization

/// Append-only JSON lines, one before and one after every operation, each durable before the next
/// operation begins. Holds no secret: an event has none.
package final class AuditFile: Sendable {
    package struct Failure: Error, Sendable {
        package let message: String
    }

    private struct Line: Encodable {
        let at: String
        let workspace: String
        let operation: String
        let subject: String
        let phase: String
        let message: String?
    }

    private let descriptor: Mutex<Int32>

    /// Opens for appending, made with mode 0600 where it is missing.
    package init(path: String) throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure(message: "\(path): \(String(cString: strerror(errno)))")
        }
        self.descriptor = Mutex(descriptor)
    }

    deinit {
        descriptor.withLock { _ = close($0) }
    }

    package func append(_ event: Event) throws(Failure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Line(
            at: event.at.description, workspace: event.workspace.text, operation: event.operation,
            subject: event.subject, phase: event.phase.rawValue, message: event.message)
        guard let data = try? encoder.encode(line) else {
            preconditionFailure("an event is made of text alone")
        }
        let bytes = Array(data) + [UInt8(ascii: "\n")]
        // One write a line: with O_APPEND two runs never mix theirs.
        let failure: Int32? = descriptor.withLock { descriptor in
            let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if written != bytes.count { return written < 0 ? errno : ENOSPC }
            return fsync(descriptor) == 0 || errno == EINVAL ? nil : errno
        }
        if let failure { throw Failure(message: String(cString: strerror(failure))) }
    }
}
