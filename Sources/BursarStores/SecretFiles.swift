internal import BursarEngine
internal import Glibc

/// Files of one depth below a root, written whole or not at all: a temporary file, fsync, rename,
/// fsync of the directory. Links are never followed.
struct SecretFiles: Sendable {
    let root: String
    let group: String?
    let mode: UInt32

    private static let temporaryPrefix = ".bursar-"

    /// Of the values in a directory; none where it does not exist.
    func names(in directory: String) throws(SecretStoreError) -> [String] {
        let path = "\(root)/\(directory)"
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return [] }
            throw Self.failure(path)
        }
        guard let stream = fdopendir(descriptor) else {
            close(descriptor)
            throw Self.failure(path)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix("."), !name.hasSuffix(".json") { names.append(name) }
        }
        return names
    }

    /// `nil` where there is none. At most a mebibyte: a secret is no larger.
    func read(_ name: String, in directory: String) throws(SecretStoreError) -> [UInt8]? {
        let path = "\(root)/\(directory)/\(name)"
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.failure(path)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while bytes.count <= 1 << 20 {
            let count = buffer.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(path) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
        throw .malformed("\(path) is over 1 MiB")
    }

    /// Makes the directory, and the root, where they are missing.
    func prepare(_ directory: String) throws(SecretStoreError) {
        let readable = (mode & 0o444) >> 2
        for path in [root, "\(root)/\(directory)"] {
            if mkdir(path, mode_t(mode | readable | 0o700)) == 0 {
                try own(path, mode | readable | 0o700)
                continue
            }
            guard errno == EEXIST else { throw Self.failure(path) }
            var status = stat()
            guard lstat(path, &status) == 0 else { throw Self.failure(path) }
            // The root may be a link of the operator's; a workspace's directory may not.
            if path != root, status.st_mode & S_IFMT != S_IFDIR {
                throw .refused("\(path) is not a directory")
            }
        }
    }

    func write(
        _ bytes: [UInt8], as name: String, in directory: String
    ) throws(SecretStoreError) {
        let path = "\(root)/\(directory)/\(name)"
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw .refused("\(path) is not a regular file")
        }
        let temporary = "\(root)/\(directory)/\(Self.temporaryPrefix)\(name)"
        // Left by a crash: nobody else writes this name.
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path) }
        do throws(SecretStoreError) {
            try fill(descriptor, bytes, path)
            try own(temporary, mode)
            guard rename(temporary, path) == 0 else { throw Self.failure(path) }
        } catch {
            unlink(temporary)
            throw error
        }
        try settle(directory)
    }

    func remove(_ name: String, in directory: String) throws(SecretStoreError) {
        let path = "\(root)/\(directory)/\(name)"
        guard unlink(path) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return }
            throw Self.failure(path)
        }
        try settle(directory)
    }

    private func fill(
        _ descriptor: Int32, _ bytes: [UInt8], _ path: String
    ) throws(SecretStoreError) {
        var rest = bytes[...]
        var failed = false
        while !rest.isEmpty, !failed {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            failed = count < 0
            rest = rest.dropFirst(max(0, count))
        }
        let code = failed || fsync(descriptor) != 0 ? errno : 0
        close(descriptor)
        if code != 0 { throw Self.failure(path, code) }
    }

    private func own(_ path: String, _ mode: UInt32) throws(SecretStoreError) {
        if let group {
            guard let entry = getgrnam(group) else { throw .refused("there is no group \(group)") }
            guard chown(path, uid_t.max, entry.pointee.gr_gid) == 0 else {
                throw Self.failure(path)
            }
        }
        guard chmod(path, mode_t(mode)) == 0 else { throw Self.failure(path) }
    }

    /// Makes a rename or an unlink durable.
    private func settle(_ directory: String) throws(SecretStoreError) {
        let path = "\(root)/\(directory)"
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.failure(path) }
    }

    private static func failure(_ path: String, _ code: Int32 = errno) -> SecretStoreError {
        let text = "\(path): \(String(cString: strerror(code)))"
        switch code {
        case ENOSPC, EDQUOT, EFBIG: return .noSpace(text)
        case EACCES, EPERM, EROFS: return .unauthorized(text)
        case ELOOP, ENOTDIR, ENAMETOOLONG, EISDIR: return .refused(text)
        default: return .unreachable(text)
        }
    }
}
