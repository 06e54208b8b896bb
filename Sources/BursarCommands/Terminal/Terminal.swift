internal import BursarCore
internal import FoundationEssentials
internal import Glibc

/// The two streams. Results go to standard output, everything else to standard error.
enum Terminal {
    static func print(_ text: String) { write(text, to: STDOUT_FILENO) }
    static func note(_ text: String) { write(text + "\n", to: STDERR_FILENO) }
    static func error(_ text: String) { note("error: " + text) }

    /// Colour only on a terminal, and not where `NO_COLOR` is set (https://no-color.org).
    static var colorOutput: Bool { color(STDOUT_FILENO) }
    static var colorErrors: Bool { color(STDERR_FILENO) }

    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// Asks on standard error; only `y` or `yes` is yes.
    static func confirms(_ question: String) -> Bool {
        write(question + " [y/N] ", to: STDERR_FILENO)
        guard let answer = readLine() else { return false }
        return ["y", "yes"].contains(answer.lowercased())
    }

    private static func color(_ descriptor: Int32) -> Bool {
        let environment = ProcessInfo.processInfo.environment
        return isatty(descriptor) == 1 && (environment["NO_COLOR"] ?? "").isEmpty
            && environment["TERM"] != "dumb"
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                // The reader went away: there is nobody to tell.
                return
            }
            rest = rest.dropFirst(count)
        }
    }
}
