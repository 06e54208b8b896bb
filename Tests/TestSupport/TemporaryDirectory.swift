package import FoundationEssentials
package import Glibc

/// A directory of a test's own, gone with its last reference.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() throws {
        var template = Array(
            (FileManager.default.temporaryDirectory.path + "/bursar-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    package var url: URL { URL(filePath: path) }

    /// `nil` where there is no such file.
    package func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: "\(path)/\(name)").map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    package func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
    }

    package func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }

    /// The permission bits of the entry itself, also where it is a link.
    package func mode(_ name: String) -> mode_t {
        var status = stat()
        lstat("\(path)/\(name)", &status)
        return status.st_mode & 0o7777
    }
}
