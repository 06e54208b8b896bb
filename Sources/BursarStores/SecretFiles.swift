internal import BursarEngine
internal import Glibc

/// Where the directories of workspaces are, and who may read them.
struct SecretFiles: Sendable {
    /// May be a link of the operator's; below it links are refused.
    let root: String
    let group: String?
    /// Of files.
    let mode: UInt32

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

    /// The directory, made with the root where they are missing, and held alone.
    func make(_ name: String) throws(SecretStoreError) -> SecretDirectory {
        for (path, parent) in [(root, "\(root)/.."), ("\(root)/\(name)", root)] {
            // Ours alone until it has its group.
            guard mkdir(path, 0o700) == 0 else {
                guard errno == EEXIST else { throw FileFailure.error(path) }
                continue
            }
            let owned = try ownership()
            if let group = owned.group, chown(path, uid_t.max, group) != 0 {
                throw FileFailure.error(path)
            }
            guard chmod(path, owned.directoryMode) == 0 else { throw FileFailure.error(path) }
            let descriptor = Glibc.open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            defer { close(descriptor) }
            guard fsync(descriptor) == 0 else { throw FileFailure.error(parent) }
        }
        guard let directory = try open(name, exclusive: true) else {
            throw .unreachable("\(root)/\(name) went away")
        }
        return directory
    }

    private func ownership() throws(SecretStoreError) -> Ownership {
        guard let group else { return Ownership(group: nil, mode: mode_t(mode)) }
        var entry = group_entry()
        var found: UnsafeMutablePointer<group_entry>?
        var names = [CChar](repeating: 0, count: 65536)
        guard getgrnam_r(group, &entry, &names, names.count, &found) == 0, found != nil else {
            throw .refused("there is no group \(group)")
        }
        return Ownership(group: entry.gr_gid, mode: mode_t(mode))
    }

    private typealias group_entry = Glibc.group
}

struct Ownership: Sendable {
    /// `nil`: the process's.
    let group: gid_t?
    let mode: mode_t

    /// The search bit goes wherever the read bit is.
    var directoryMode: mode_t { mode | (mode & 0o444) >> 2 | 0o700 }
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
