internal import ArgumentParser
internal import Glibc

/// A file that is replaced in one step, so that a crash leaves the old one or the new one.
enum ReplacedFile {
    static func write(_ bytes: [UInt8], to path: String) throws {
        var status = stat()
        let mode = stat(path, &status) == 0 ? status.st_mode & 0o777 : 0o644
        let draft = "\(path).bursar-\(getpid())"
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw unwritable(path) }
        var isWritten = fchmod(file, mode) == 0
        var rest = bytes[...]
        while isWritten, !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            isWritten = count >= 0 || errno == EINTR
            rest = rest.dropFirst(max(0, count))
        }
        isWritten = isWritten && fsync(file) == 0
        close(file)
        guard isWritten, rename(draft, path) == 0 else {
            let failure = unwritable(path)
            unlink(draft)
            throw failure
        }
    }

    static func unwritable(_ path: String) -> ExitCode {
        Terminal.error("\(path) cannot be written: \(String(cString: strerror(errno)))")
        return Exit.failed
    }
}
