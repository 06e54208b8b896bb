internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc

/// A file that is replaced in one step and for good, so that a crash leaves the old one or the new one.
enum ReplacedFile {
    /// - Parameter mode: `nil`: of the file that is there, else 0644.
    static func write(_ bytes: [UInt8], to path: String, mode fixed: mode_t? = nil) throws {
        var status = stat()
        let mode = fixed ?? (stat(path, &status) == 0 ? status.st_mode & 0o777 : 0o644)
        let draft = "\(path).bursar-\(getpid())"
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw unwritable(path) }
        let isWritten = fchmod(file, mode) == 0 && writeAll(bytes, to: file) && fsync(file) == 0
        close(file)
        guard isWritten, rename(draft, path) == 0 else {
            let failure = unwritable(path)
            unlink(draft)
            throw failure
        }
        try settle(folderOf: path)
    }

    /// `false` where it is there already.
    static func create(_ bytes: [UInt8], at path: String, mode: mode_t = 0o644) throws -> Bool {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else {
            if errno == EEXIST { return false }
            throw unwritable(path)
        }
        defer { close(file) }
        guard writeAll(bytes, to: file) else { throw unwritable(path) }
        return true
    }

    private static func writeAll(_ bytes: [UInt8], to file: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else { return false }
            rest = rest.dropFirst(max(0, count))
        }
        return true
    }

    /// A rename lasts once the folder is on the disk.
    private static func settle(folderOf path: String) throws {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unwritable(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw unwritable(path) }
    }

    static func unwritable(_ path: String) -> ExitCode {
        Terminal.error("\(path) cannot be written: \(String(cString: strerror(errno)))")
        return Exit.failed
    }
}
