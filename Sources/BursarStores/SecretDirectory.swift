internal import BursarEngine
internal import Glibc

/// The open, locked directory of one workspace: everything goes through its descriptor, so that
/// nobody can put a link in its place meanwhile. The lock ends with it.
final class SecretDirectory {
    private let descriptor: Int32
    private let path: String
    private let ownership: Ownership
    private var stream: OpaquePointer?

    private static let temporaryPrefix = ".bursar-"

    /// Takes the descriptor over. Readers wait for a writer to end its three steps, and writers for
    /// one another; where a directory cannot be locked (NFS) the hashes are all there is.
    init(_ descriptor: Int32, _ path: String, ownership: Ownership, exclusive: Bool) {
        self.descriptor = descriptor
        self.path = path
        self.ownership = ownership
        while flock(descriptor, exclusive ? LOCK_EX : LOCK_SH) != 0, errno == EINTR {}
    }

    deinit {
        if let stream { closedir(stream) } else { close(descriptor) }
    }

    func correct(keepsMode: Bool) throws(SecretStoreError) {
        try ownership.correct(descriptor, path, keepsMode: keepsMode)
    }

    /// Of the values, unsorted.
    func names() throws(SecretStoreError) -> [String] {
        // The stream owns the descriptor from here on: one of its own would cost five calls more,
        // for every workspace.
        if let stream { rewinddir(stream) }
        guard let stream = stream ?? fdopendir(descriptor) else { throw FileFailure.error(path) }
        self.stream = stream
        var names: [String] = []
        while let entry = readdir(stream) {
            // Where it stands: an entry is shorter than its declared type.
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { continue }
            let name = String(
                cString: (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self))
            if !name.hasPrefix("."), !name.hasSuffix(".json") { names.append(name) }
        }
        return names
    }

    /// `nil` where there is none. At most a mebibyte: a secret is no larger.
    func read(_ name: String) throws(SecretStoreError) -> [UInt8]? {
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        if file < 0, errno == ENOENT { return nil }
        guard file >= 0 else { throw FileFailure.error("\(path)/\(name)") }
        defer { close(file) }
        var bytes: [UInt8] = []
        while bytes.count <= 1 << 20 {
            // On the stack: most files are smaller than what a buffer of their own would take.
            let count = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { buffer in
                let count = Glibc.read(file, buffer.baseAddress, buffer.count)
                if count > 0 { bytes.append(contentsOf: buffer[..<count]) }
                return count
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileFailure.error("\(path)/\(name)") }
            // Not before: a file system in user space or on a network may give less than it has.
            if count == 0 { return bytes }
        }
        throw .malformed("\(path)/\(name) is over 1 MiB")
    }

    /// Whole or not at all, and durable: a temporary file, fsync, rename, fsync of the directory.
    func write(_ bytes: [UInt8], as name: String) throws(SecretStoreError) {
        try refuseWhatIsNoFile(name)
        let temporary = Self.temporaryPrefix + name
        var file = create(temporary)
        if file < 0, errno == EEXIST {
            // Left by a crash: under the lock nobody else writes this name.
            unlinkat(descriptor, temporary, 0)
            file = create(temporary)
        }
        guard file >= 0 else { throw FileFailure.error("\(path)/\(name)") }
        let filled = fill(file, bytes)
        let code = filled ? 0 : errno
        close(file)
        guard filled, renameat(descriptor, temporary, descriptor, name) == 0 else {
            let error = FileFailure.error("\(path)/\(name)", filled ? errno : code)
            unlinkat(descriptor, temporary, 0)
            throw error
        }
        try settle()
    }

    private func create(_ name: String) -> Int32 {
        openat(descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    }

    func remove(_ name: String) throws(SecretStoreError) {
        try refuseWhatIsNoFile(name)
        guard unlinkat(descriptor, name, 0) == 0 else {
            if errno == ENOENT { return }
            throw FileFailure.error("\(path)/\(name)")
        }
        try settle()
    }

    private func refuseWhatIsNoFile(_ name: String) throws(SecretStoreError) {
        var status = stat()
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
        if status.st_mode & S_IFMT != S_IFREG {
            throw .refused("\(path)/\(name) is not a regular file")
        }
    }

    /// False leaves the reason in `errno`.
    private func fill(_ file: Int32, _ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return false }
            rest = rest.dropFirst(count)
        }
        if let group = ownership.group, fchown(file, uid_t.max, group) != 0 { return false }
        return fchmod(file, ownership.mode) == 0 && fsync(file) == 0
    }

    /// Makes a rename or an unlink durable.
    private func settle() throws(SecretStoreError) {
        guard fsync(descriptor) == 0 else { throw FileFailure.error(path) }
    }
}
