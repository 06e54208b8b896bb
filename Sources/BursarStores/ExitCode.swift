internal import Glibc

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
