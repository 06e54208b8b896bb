internal import FoundationEssentials
internal import Glibc

/// Why a directory is no place for secrets.
package struct PlacementRefusal: Error, Sendable {
    package let message: String
}

/// Where the store's directory is: a relative path is relative to the configuration's directory. It
/// is refused in CI, where it would be lost with the machine, and inside a git work tree that does
/// not ignore it, where it would be committed.
package func checkPlacement(
    path: String, configurationDirectory: String, isCI: Bool
) -> Result<String, PlacementRefusal> {
    let relative = !path.hasPrefix("/")
    if relative && isCI {
        return .failure(
            PlacementRefusal(
                message: "\(path) is relative: in CI its keys would be lost with the machine; "
                    + "name an absolute path or another store"))
    }
    var base = configurationDirectory
    if !base.hasPrefix("/") { base = FileManager.default.currentDirectoryPath + "/" + base }
    let absolute = relative ? URL(fileURLWithPath: base + "/" + path).standardized.path : path
    guard let root = workTree(above: absolute) else { return .success(absolute) }
    // Exit 0: ignored; 1: not; 128 or no git: unknown, which is no yes.
    guard run(["git", "-C", root, "check-ignore", "--quiet", absolute + "/x"]) == 0 else {
        return .failure(
            PlacementRefusal(
                message: "\(absolute) is inside the git work tree \(root) and not ignored by git; "
                    + "add it to .gitignore"))
    }
    return .success(absolute)
}

private func workTree(above path: String) -> String? {
    var current = path
    while let slash = current.lastIndex(of: "/"), slash != current.startIndex {
        current = String(current[..<slash])
        if access(current + "/.git", F_OK) == 0 { return current }
    }
    return nil
}

/// The exit code; `nil` where the program cannot be run.
private func run(_ arguments: [String]) -> Int32? {
    var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for pointer in argv { free(pointer) } }
    // git alone needs to be found; nothing of ours goes to a child.
    var environment: [UnsafeMutablePointer<CChar>?] = [
        strdup("PATH=" + (getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin")), nil,
    ]
    defer { for pointer in environment { free(pointer) } }
    var pid = pid_t()
    guard posix_spawnp(&pid, arguments[0], nil, nil, &argv, &environment) == 0 else { return nil }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 { if errno != EINTR { return nil } }
    return status & 0x7f == 0 ? (status >> 8) & 0xff : nil
}
