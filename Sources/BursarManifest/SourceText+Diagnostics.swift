internal import BursarCore

extension SourceText {
    /// Problems of this file for people, by place. Lines that may hold a secret are shown by none.
    func diagnose(
        _ problems: [Located], paths: [String]
    ) -> [(problem: ManifestProblem, diagnostic: Diagnostic)] {
        let starts = lineStarts()
        let (shown, isCut) = Self.cut(problems)
        var hidden: Set<Int32> = []
        for located in shown where located.problem.hidesLines {
            let extent = located.extent
            hidden.formUnion(extent.start.line...max(extent.start.line, extent.end.line))
        }
        return shown.map { located in
            let mark = located.extent.start
            // What was left out may have hidden any line.
            let isShown =
                !isCut && !hidden.contains(mark.line) && Int(mark.line) <= starts.count
            let excerpt = isShown ? excerpt(at: mark, of: starts) : nil
            let diagnostic = Diagnostic(
                code: located.problem.code, severity: located.problem.severity,
                message: located.message(paths: paths),
                location: SourceLocation(located.extent, in: paths),
                length: located.extent.length, sourceLine: excerpt?.text,
                sourceStart: excerpt?.start ?? 0, help: located.problem.help)
            return (located.problem, diagnostic)
        }
    }

    /// The first of each severity, and whether that is not all.
    private static func cut(_ problems: [Located]) -> (shown: [Located], isCut: Bool) {
        let sorted = problems.sorted { $0.extent.start < $1.extent.start }
        guard problems.count > ProblemList.maximum else { return (sorted, false) }
        var shown: [Located] = []
        var isCut = false
        for severity in [Diagnostic.Severity.error, .warning] {
            let all = sorted.filter { $0.problem.severity == severity }
            shown += all.prefix(ProblemList.maximum)
            guard all.count > ProblemList.maximum else { continue }
            isCut = true
            let extent = all[ProblemList.maximum].extent
            shown.append(Located(problem: .more(severity), extent: extent))
        }
        return (shown, isCut)
    }

    /// The line; of a long one what stands around the place, from a character on.
    private func excerpt(at mark: Mark, of starts: [Int]) -> (text: String, start: Int) {
        let range = range(ofLine: Int(mark.line), of: starts)
        guard range.count > Self.longLine else {
            return (String(decoding: text[range], as: UTF8.self), 0)
        }
        let from = max(0, Int(mark.column) - 1 - Self.longLine / 4)
        return text.withUnsafeBufferPointer { bytes in
            var at = range.lowerBound
            var character = 0
            func skip(to count: Int) {
                while at < range.upperBound, character < count {
                    at += 1
                    // Of a character that is more than one byte the others begin with 10.
                    while at < range.upperBound, bytes[at] & 0xC0 == 0x80 { at += 1 }
                    character += 1
                }
            }
            skip(to: from)
            let (start, first) = (at, character)
            skip(to: from + Self.longLine / 2)
            return (String(decoding: bytes[start..<at], as: UTF8.self), first)
        }
    }

    /// In bytes.
    private static let longLine = 2000
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
