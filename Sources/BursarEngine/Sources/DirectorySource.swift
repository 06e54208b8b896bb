internal import BursarCore
package import BursarManifest
internal import FoundationEssentials
internal import Glibc

/// A directory of manifests, as product and users see it: `bursar.yaml` and every other `*.yaml`
/// and `*.yml` below it.
package struct DirectorySource: Sendable {
    /// As it was named.
    package let root: String
    private let configuration: String?

    /// - Parameter configuration: the file that takes the place of `bursar.yaml`, wherever it is; that
    ///   of the directory then counts for nothing.
    package init(_ root: String, configuration: String? = nil) {
        self.root = root
        self.configuration = configuration
    }

    /// Reads and links everything. What cannot be read is a diagnostic, and makes the source
    /// incomplete like a manifest that is wrong.
    package func load() -> Loaded { files().load() }

    /// The bytes of everything that belongs to the source.
    package func files() -> SourceFiles {
        var files = SourceFiles()
        files.configuration = configurationFile(&files.problems)
        let exclude =
            loadManifests(configuration: files.configuration, manifests: [])
            .configuration?.exclude ?? []
        var paths: [String] = []
        walk(root, relative: "", exclude, &paths, &files.problems)
        paths.removeAll { isConfiguration($0) }
        files.read(paths) { Self.bytes(of: $0) }
        files.problems += files.unreadable.map { Self.unreadable($0) }
        return files
    }

    /// `nil` where there is none or it cannot be read.
    package func configurationFile() -> ManifestFile? {
        var problems: [Diagnostic] = []
        return configurationFile(&problems)
    }

    private func configurationFile(_ problems: inout [Diagnostic]) -> ManifestFile? {
        let path = configurationPath
        guard configuration != nil || access(path, F_OK) == 0 else { return nil }
        let file = read(path)
        if file == nil { problems.append(Self.unreadable(path)) }
        return file
    }

    package static let configurationName = "bursar.yaml"

    /// Where it is looked for.
    package var configurationPath: String { configuration ?? join(root, Self.configurationName) }

    /// One that was named may stand among the manifests.
    private func isConfiguration(_ path: String) -> Bool {
        guard let configuration else { return false }
        var (ours, its) = (stat(), stat())
        return stat(configuration, &ours) == 0 && stat(path, &its) == 0
            && ours.st_ino == its.st_ino && ours.st_dev == its.st_dev
    }

    private func walk(
        _ directory: String, relative: String, _ exclude: [String], _ paths: inout [String],
        _ problems: inout [Diagnostic]
    ) {
        guard let entries = Self.entries(of: directory) else {
            problems.append(Self.unreadable(directory))
            return
        }
        for (name, kind) in entries where !name.hasPrefix(".") {
            let path = join(directory, name)
            let below = relative.isEmpty ? name : relative + "/" + name
            if exclude.contains(where: { Self.matches($0, below) }) { continue }
            switch kind ?? Self.kind(of: path) {
            case .directory:
                if access(join(path, Self.configurationName), F_OK) == 0 {
                    problems.append(
                        Diagnostic(
                            code: "nested-source", severity: .warning,
                            message: "\(path) has its own bursar.yaml: another source, skipped",
                            location: nil))
                } else {
                    walk(path, relative: below, exclude, &paths, &problems)
                }
            case .file where name.hasSuffix(".yaml") || name.hasSuffix(".yml"):
                if below != Self.configurationName { paths.append(path) }
            case .file, .other: continue
            }
        }
    }

    private enum Kind { case file, directory, other }

    /// By name; the kind is `nil` where the file system does not tell. `nil` where it cannot be read.
    private static func entries(of directory: String) -> [(name: String, kind: Kind?)]? {
        guard let stream = opendir(directory) else { return nil }
        defer { closedir(stream) }
        var entries: [(name: String, kind: Kind?)] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                return errno == 0 ? entries.sorted { $0.name < $1.name } : nil
            }
            // Where it stands: an entry is shorter than its declared type.
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return nil }
            let name = String(
                cString: (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self))
            let kind: Kind? =
                switch Int(entry.pointee.d_type) {
                case Int(DT_REG): .file
                case Int(DT_DIR): .directory
                case Int(DT_UNKNOWN): nil
                default: .other
                }
            entries.append((name, kind))
        }
    }

    /// Links are neither followed nor read.
    private static func kind(of path: String) -> Kind {
        var status = stat()
        guard lstat(path, &status) == 0 else { return .other }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        default: return .other
        }
    }

    /// `**` crosses slashes, `*` does not.
    private static func matches(_ pattern: String, _ path: String) -> Bool {
        let crossing = pattern.contains("**")
        let plain = pattern.replacing("**", with: "*")
        return fnmatch(plain, path, crossing ? 0 : FNM_PATHNAME) == 0
    }

    private func read(_ path: String) -> ManifestFile? {
        Self.bytes(of: path).map { ManifestFile(path: path, bytes: $0) }
    }

    /// `nil` where the file cannot be read to its end.
    private static func bytes(of path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { return nil }
        // A byte more than its size: a file that is no pipe shows its end in one call.
        let isFile = status.st_mode & S_IFMT == S_IFREG
        var room = isFile ? Int(status.st_size) + 1 : 65_536
        var bytes: [UInt8] = []
        while true {
            guard let chunk = chunk(of: file, room) else { return nil }
            bytes = bytes.isEmpty ? chunk : bytes + chunk
            if chunk.isEmpty || isFile && chunk.count < room { return bytes }
            room = 65_536
        }
    }

    private static func chunk(of file: Int32, _ room: Int) -> [UInt8]? {
        var count = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
            repeat {
                count = Glibc.read(file, buffer.baseAddress, room)
            } while count < 0
                && errno == EINTR
            filled = max(0, count)
        }
        return count < 0 ? nil : chunk
    }

    private static func unreadable(_ path: String) -> Diagnostic {
        Diagnostic(
            code: "unreadable", severity: .error, message: "\(path) cannot be read", location: nil,
            help: "check that it exists and that this user may read it")
    }

    private func join(_ directory: String, _ name: String) -> String {
        directory == "."
            ? name : directory.hasSuffix("/") ? directory + name : directory + "/" + name
    }
}
