internal import BursarCore

/// Problems of one file, in the order they were found. People mend two hundred at a time; a file of
/// nothing else would fill the memory with them.
struct ProblemList: Sendable {
    /// Of errors, and of warnings. One more is kept, which says that there are more.
    static let maximum = 200

    private(set) var all: [Located] = []
    private var errors = 0
    private var warnings = 0

    var isEmpty: Bool { all.isEmpty }
    /// Never `false` where an error was left out.
    var hasErrors: Bool { errors > 0 }
    /// Another error would be left out.
    var isFull: Bool { errors > Self.maximum }

    mutating func add(_ located: Located) {
        switch located.problem.severity {
        case .error:
            guard errors <= Self.maximum else { return }
            errors += 1
        case .warning:
            guard warnings <= Self.maximum else { return }
            warnings += 1
        }
        all.append(located)
    }

    mutating func add(_ problem: ManifestProblem, at extent: Extent) {
        add(Located(problem: problem, extent: extent))
    }

    mutating func add(_ list: ProblemList) {
        for located in list.all { add(located) }
    }
}
