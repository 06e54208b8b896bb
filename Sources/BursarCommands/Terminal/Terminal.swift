internal import BursarCore
internal import FoundationEssentials
internal import Glibc

/// The two streams. Results go to standard output, everything else to standard error.
enum Terminal {
    static func print(_ text: String) { write(text, to: STDOUT_FILENO) }
    static func note(_ text: String) { writeErrors(text + "\n") }
    static func writeErrors(_ lines: String) { write(lines, to: STDERR_FILENO) }
    static func error(_ text: String) { note("error: " + text) }

    /// As standard output wants it.
    static func text(_ report: PlanReport) -> String {
        PlanText(report, color: colorOutput, width: outputColumns).text
    }

    /// Colour only on a terminal, and not where `NO_COLOR` is set (https://no-color.org).
    static var colorOutput: Bool { color(STDOUT_FILENO) }
    static var colorErrors: Bool { color(STDERR_FILENO) }

    /// Standard error is a terminal that can rewrite a line.
    static var drawsErrors: Bool {
        isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// Asked each time, since a window changes its size; 80 where the terminal does not tell.
    static var errorColumns: Int { columns(STDERR_FILENO) ?? 80 }

    /// `nil` where standard output is no terminal: nothing is wrapped then.
    static var outputColumns: Int? { columns(STDOUT_FILENO) }

    private static func columns(_ descriptor: Int32) -> Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Puts `line` in place of the current line of standard error.
    static func redraw(_ line: String) { write("\r\u{1B}[K" + line, to: STDERR_FILENO) }

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
