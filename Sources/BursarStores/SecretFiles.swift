internal import BursarEngine
internal import Glibc

/// Where the directories of workspaces are, and who may read them.
struct SecretFiles: Sendable {
    /// May be a link of the operator's; below it links are refused.
    let root: String
    let group: String?
    /// Of files; `nil`: 0600, and what is there already keeps its own.
    let mode: UInt32?

    /// The directory as it is; `nil` where there is none.
    func open(
        _ name: String, exclusive: Bool
    ) throws(SecretStoreError) -> SecretDirectory? {
        let path = "\(root)/\(name)"
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw FileFailure.error(path) }
        return SecretDirectory(descriptor, path, ownership: try ownership(), exclusive: exclusive)
    }

    /// The directory, made with the root where they are missing, and held alone. Those that are there get
    /// the group and the mode of the configuration, which may have come later than they.
    func make(_ name: String) throws(SecretStoreError) -> SecretDirectory {
        let present = try open(name, exclusive: true)
        let directory = if let present { present } else { try made(name) }
        if group != nil || mode != nil {
            let owned = try ownership()
            let descriptor = Glibc.open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { throw FileFailure.error(root) }
            defer { close(descriptor) }
            try owned.correct(descriptor, root, keepsMode: mode == nil)
            try directory.correct(keepsMode: mode == nil)
        }
        return directory
    }

    private func made(_ name: String) throws(SecretStoreError) -> SecretDirectory {
        let owned = try ownership()
        try makeParents()
        for path in [root, "\(root)/\(name)"] { try make(path, owned) }
        guard let directory = try open(name, exclusive: true) else {
            throw .unreachable("\(root)/\(name) went away")
        }
        return directory
    }

    private func make(_ path: String, _ owned: Ownership) throws(SecretStoreError) {
        // Ours alone until it has its group.
        guard mkdir(path, 0o700) == 0 else {
            guard errno == EEXIST else { throw FileFailure.error(path) }
            return
        }
        if let group = owned.group, chown(path, uid_t.max, group) != 0 {
            throw FileFailure.error(path)
        }
        guard chmod(path, owned.directoryMode) == 0 else { throw FileFailure.error(path) }
        try Self.settle(Self.parent(of: path))
    }

    /// What is above the root holds no secret: anybody may pass through it.
    private func makeParents() throws(SecretStoreError) {
        var missing: [String] = []
        var path = Self.parent(of: root)
        while access(path, F_OK) != 0, errno == ENOENT, path != "/" {
            missing.append(path)
            path = Self.parent(of: path)
        }
        for path in missing.reversed() {
            guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw FileFailure.error(path) }
            try Self.settle(Self.parent(of: path))
        }
    }

    /// Makes a name in it durable.
    private static func settle(_ directory: String) throws(SecretStoreError) {
        let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileFailure.error(directory) }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    func removeEmpty(_ name: String) { rmdir("\(root)/\(name)") }

    func ownership() throws(SecretStoreError) -> Ownership {
        let mode = mode_t(mode ?? 0o600)
        guard let group else { return Ownership(group: nil, mode: mode) }
        var entry = group_entry()
        var found: UnsafeMutablePointer<group_entry>?
        var names = [CChar](repeating: 0, count: 65536)
        guard getgrnam_r(group, &entry, &names, names.count, &found) == 0, found != nil else {
            throw .refused("there is no group \(group)")
        }
        return Ownership(group: entry.gr_gid, mode: mode)
    }

    private typealias group_entry = Glibc.group
}

struct Ownership: Sendable {
    /// `nil`: the process's.
    let group: gid_t?
    let mode: mode_t

    /// The search bit goes wherever the read bit is.
    var directoryMode: mode_t { mode | (mode & 0o444) >> 2 | 0o700 }

    /// Whether a file or directory has another group or mode than this says.
    func differs(from status: stat, keepsMode: Bool) -> Bool {
        let wanted = status.st_mode & S_IFMT == S_IFDIR ? directoryMode : mode
        return group.map { $0 != status.st_gid } ?? false
            || !keepsMode && status.st_mode & 0o777 != wanted
    }

    /// Of a directory. One that is somebody else's is left as it is: it was given to us so.
    func correct(
        _ descriptor: Int32, _ path: String, keepsMode: Bool
    ) throws(SecretStoreError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileFailure.error(path) }
        guard differs(from: status, keepsMode: keepsMode),
            status.st_uid == geteuid() || geteuid() == 0
        else { return }
        if let group, group != status.st_gid, fchown(descriptor, uid_t.max, group) != 0 {
            throw FileFailure.error(path)
        }
        // After the group, so that the old one sees no more than it did.
        let mode = keepsMode ? status.st_mode & 0o777 : directoryMode
        guard fchmod(descriptor, status.st_mode & 0o7000 | mode) == 0 else {
            throw FileFailure.error(path)
        }
    }
}

enum FileFailure {
    static func error(_ path: String, _ code: Int32 = errno) -> SecretStoreError {
        let text = "\(path): \(String(cString: strerror(code)))"
        switch code {
        case ENOSPC, EDQUOT, EFBIG: return .noSpace(text)
        case EACCES, EPERM, EROFS: return .unauthorized(text)
        case ELOOP, ENOTDIR, ENAMETOOLONG, EISDIR: return .refused(text)
        default: return .unreachable(text)
        }
    }
}
