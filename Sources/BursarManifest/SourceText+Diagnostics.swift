internal import BursarCore

extension SourceText {
    /// Problems of this file for people. Lines that may hold a secret are shown by none of them.
    func diagnostics(_ problems: [Located], paths: [String]) -> [Diagnostic] {
        let starts = lineStarts()
        var hidden: Set<Int32> = []
        for located in problems where located.problem.hidesLines {
            let extent = located.extent
            hidden.formUnion(extent.start.line...max(extent.start.line, extent.end.line))
        }
        return problems.map { located in
            let mark = located.extent.start
            let isShown = !hidden.contains(mark.line) && Int(mark.line) <= starts.count
            return Diagnostic(
                code: located.problem.code, severity: located.problem.severity,
                message: located.message(paths: paths),
                location: SourceLocation(located.extent, in: paths),
                length: located.extent.length,
                sourceLine: isShown ? line(Int(mark.line), of: starts) : nil,
                help: located.problem.help)
        }
    }
}

extension Located {
    fileprivate func message(paths: [String]) -> String {
        let message = problem.message(file: paths[Int(extent.file)], paths: paths)
        guard let inherited else { return message }
        return "\(message) (inherited from \(SourceLocation(inherited, in: paths)))"
    }
}

extension Diagnostic {
    static func isBefore(_ a: Diagnostic, _ b: Diagnostic) -> Bool {
        switch (a.location, b.location) {
        case (nil, _?): true
        case (_?, nil): false
        case (let left?, let right?) where left != right: left < right
        default: (a.code, a.message) < (b.code, b.message)
        }
    }

    /// Workspaces that wait for a file that cannot be read or has an error.
    static func held(_ count: Int, by path: String, isReadable: Bool) -> Diagnostic {
        let directory = Scopes.directory(of: path)
        let place = directory.isEmpty ? "the source" : String(directory)
        let what = count == 1 ? "1 workspace" : "\(count) workspaces"
        return Diagnostic(
            code: "held-back", severity: .warning,
            message: "\(what) of \(place) \(count == 1 ? "waits" : "wait"): defaults or a policy "
                + "may stand in \(path), which " + (isReadable ? "has an error" : "cannot be read"),
            location: isReadable ? SourceLocation(file: path, line: 1, column: 1) : nil)
    }
}
