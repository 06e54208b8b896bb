internal import BursarEngine
internal import Glibc

extension SecretFiles {
    /// Why nothing can be written there; `nil` where nothing is known against it. Nothing is made.
    func problem() -> String? {
        if let problem = groupProblem() { return problem }
        var path = root
        var status = stat()
        while stat(path, &status) != 0 {
            guard errno == ENOENT else { return "\(path): \(String(cString: strerror(errno)))" }
            if lstat(path, &status) == 0 { return "\(path) is a link to what does not exist" }
            if path == "/" { return nil }
            path = Self.parent(of: path)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return "\(path) is no directory" }
        guard faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0 else {
            let why = String(cString: strerror(errno))
            return path == root
                ? "\(path) cannot be written to: \(why)"
                : "\(root) cannot be made in \(path): \(why)"
        }
        return nil
    }

    private func groupProblem() -> String? {
        let owned: Ownership
        do throws(SecretStoreError) { owned = try ownership() } catch { return "\(error)" }
        guard let group, let id = owned.group, !Self.mayGive(id) else { return nil }
        return "files cannot be given to the group \(group): bursar's user is not in it"
    }

    /// A user gives its files to groups that it is in; who has the capability, to any.
    private static func mayGive(_ group: gid_t) -> Bool {
        if getegid() == group { return true }
        var groups = [gid_t](repeating: 0, count: Int(max(0, getgroups(0, nil))))
        let count = getgroups(Int32(groups.count), &groups)
        if groups.prefix(Int(max(0, count))).contains(group) { return true }
        return hasCapabilityToGive ?? true
    }

    /// CAP_CHOWN, the first bit; `nil` where the system does not say.
    private static var hasCapabilityToGive: Bool? {
        guard let file = fopen("/proc/self/status", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(
                decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            guard text.hasPrefix("CapEff:") else { continue }
            let digits = text.dropFirst("CapEff:".count).filter { !$0.isWhitespace }
            return UInt64(digits, radix: 16).map { $0 & 1 == 1 }
        }
        return nil
    }

    /// The paths that have another group or mode than the configuration says, the root's first.
    func differing() -> [String] {
        guard group != nil || mode != nil, let owned = try? ownership() else { return [] }
        var differing: [String] = []
        func look(_ path: String, isRoot: Bool = false) -> Bool {
            var status = stat()
            guard (isRoot ? stat(path, &status) : lstat(path, &status)) == 0 else { return false }
            let kind = status.st_mode & S_IFMT
            guard kind == S_IFDIR || kind == S_IFREG else { return false }
            if owned.differs(from: status, keepsMode: mode == nil) { differing.append(path) }
            return kind == S_IFDIR
        }
        guard look(root, isRoot: true) else { return [] }
        for name in Self.names(in: root) where look("\(root)/\(name)") {
            for file in Self.names(in: "\(root)/\(name)") { _ = look("\(root)/\(name)/\(file)") }
        }
        return differing
    }

    private static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { continue }
            let name = String(
                cString: (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self))
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
