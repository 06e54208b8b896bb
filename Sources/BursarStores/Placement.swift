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
