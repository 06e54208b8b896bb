internal import FoundationEssentials
internal import Glibc

/// Why a directory is no place for secrets.
package struct PlacementRefusal: Error, Sendable {
    package let message: String
}

/// Where the store's directory is: a relative path is relative to the configuration's directory. It
/// is refused in CI, where it would be lost with the machine, and inside a git work tree that does
/// not ignore it, where it would be committed.
///
/// - Parameter encrypted: what stands there may be committed.
package func checkPlacement(
    path: String, configurationDirectory: String, isCI: Bool, encrypted: Bool
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
    let absolute = URL(fileURLWithPath: relative ? base + "/" + path : path).standardized.path
    guard !encrypted, let root = workTree(above: absolute) else { return .success(absolute) }
    let probe = absolute + "/workspace/NAME"
    // Exit 0: ignored; 1: not; 128: unknown, which is no yes; without git nothing is committed.
    let answer = exitCode(of: ["git", "-C", root, "check-ignore", "--quiet", "--", probe])
    switch answer {
    case 0, nil: return .success(absolute)
    case 1:
        return .failure(
            PlacementRefusal(
                message: "\(absolute) is inside the git work tree \(root) and not ignored by git; "
                    + "add it to .gitignore, or name recipients, to whom values are encrypted"))
    default:
        return .failure(
            PlacementRefusal(
                message: "\(absolute) is inside the git work tree \(root), and git could not say "
                    + "whether it is ignored; `git -C \(root) status` tells why"))
    }
}

/// The nearest directory with a `.git`, `path` itself included.
private func workTree(above path: String) -> String? {
    var current = path
    while !current.isEmpty {
        if access(current + "/.git", F_OK) == 0 { return current }
        guard let slash = current.lastIndex(of: "/") else { return nil }
        current = String(current[..<slash])
    }
    return nil
}

/// The exit code, -1 where there is none within ten seconds; `nil` where there is no such program. It
/// reads nothing, and what it says is lost.
func exitCode(of arguments: [String]) -> Int32? {
    var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for pointer in argv { free(pointer) } }
    // PATH to be found by, HOME for the user's own list of ignored files: nothing of ours.
    var environment: [UnsafeMutablePointer<CChar>?] =
        ["PATH", "HOME", "XDG_CONFIG_HOME"].compactMap { name in
            getenv(name).flatMap { strdup(name + "=" + String(cString: $0)) }
        } + [nil]
    defer { for pointer in environment { free(pointer) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor: Int32 in 0...2 {
        posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    var pid = pid_t()
    guard posix_spawnp(&pid, arguments[0], &actions, nil, &argv, &environment) == 0 else {
        return nil
    }
    guard let status = status(of: pid, within: 10_000) else { return -1 }
    return status & 0x7f == 0 ? (status >> 8) & 0xff : -1
}

/// Waits for it, in milliseconds, and kills it then: git may hang on a file system that does.
private func status(of pid: pid_t, within patience: Int32) -> Int32? {
    var status: Int32 = 0
    var (waited, pause): (Int32, Int32) = (0, 1)
    while true {
        let ended = waitpid(pid, &status, waited < patience ? WNOHANG : 0)
        if ended == pid { return waited < patience ? status : nil }
        guard ended == 0 || errno == EINTR else { return nil }
        poll(nil, 0, pause)
        waited += pause
        pause = min(pause * 2, 50)
        if waited >= patience { kill(pid, SIGKILL) }
    }
}
