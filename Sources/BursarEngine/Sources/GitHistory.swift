package import BursarCore
internal import FoundationEssentials
internal import Subprocess

/// Asks git which commits brought the lines that a plan's changes come from. It never fails: without
/// git, a checkout or its history, less is known.
package struct GitHistory: Sendable {
    private let directory: String
    private let time: any Timekeeper

    /// - Parameter directory: as the source names it.
    package init(directory: String, time: any Timekeeper) {
        self.directory = directory
        self.time = time
    }

    /// Of every change that has a place in the directory.
    package func origins(of plan: Plan) async -> ChangeHistory {
        let places = Set(plan.changes.compactMap(\.place))
        var lines: [String: [SourceLocation]] = [:]
        for place in places {
            guard let path = relative(place.file) else { continue }
            lines[path, default: []].append(place)
        }
        guard !lines.isEmpty else { return ChangeHistory() }
        return await atMost(Self.patience) { [lines] in await read(lines) } ?? ChangeHistory()
    }

    /// A plan that is ready is not kept waiting for it.
    private static let patience: Int64 = 10_000

    private func relative(_ file: String) -> String? {
        guard directory != "." else { return file.hasPrefix("/") ? nil : file }
        let prefix = directory.hasSuffix("/") ? directory : directory + "/"
        return file.hasPrefix(prefix) ? String(file.dropFirst(prefix.count)) : nil
    }

    private func read(_ lines: [String: [SourceLocation]]) async -> ChangeHistory {
        guard let shallowFile = await git(["rev-parse", "--git-path", "shallow"]),
            let edits = await git(["diff", "HEAD"] + Self.patch + ["--", "."]),
            let log = await git(
                ["log", "--topo-order", "--parents", "-m", "--max-count=\(Self.longest)"]
                    + ["--no-show-signature", "--no-notes", "--date=short"]
                    + ["--format=tformat:" + LineOrigins.format] + Self.patch + ["--", "."])
        else { return ChangeHistory() }
        let commits = log.utf8.count { $0 == 1 }
        return LineOrigins(
            of: lines, log: log, edits: edits, shallow: shallow(shallowFile),
            isWhole: commits < Self.longest
        ).history
    }

    /// Commits that touch the directory; older ones are not asked for.
    private static let longest = 20_000

    /// As the parser reads it, whatever the user's configuration says.
    private static let patch = [
        "--patch", "--unified=0", "--relative", "--no-color", "--no-ext-diff", "--no-textconv",
        "--no-renames", "--src-prefix=a/", "--dst-prefix=b/", "--no-indent-heuristic",
        "--diff-algorithm=myers", "--ignore-submodules=all",
    ]

    private func shallow(_ printed: String) -> Set<String> {
        var path = String(printed.split(separator: "\n").first ?? "")
        if !path.hasPrefix("/") { path = directory + "/" + path }
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return Set(String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init))
    }
}

// MARK: - The process

extension GitHistory {
    /// What it printed; `nil` where it failed, is not there, or printed too much.
    private func git(_ arguments: [String]) async -> String? {
        let safe = [
            "-C", directory, "--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false",
            // What a directory of manifests holds may look like a repository, with a configuration
            // that runs programs.
            "-c", "safe.bareRepository=explicit", "-c", "core.quotePath=false", "-c",
            "log.showRoot=true", "-c", "diff.external=",
        ]
        let result = try? await run(
            .name("git"), arguments: Arguments(safe + arguments),
            environment: .custom(Self.environment),
            output: .bytes(limit: 64 << 20), error: .discarded)
        guard let result, result.terminationStatus.isSuccess else { return nil }
        return String(decoding: result.standardOutput, as: UTF8.self)
    }

    /// Nothing of bursar's own: it holds the master key. `HOME` for `safe.directory`, which CI sets.
    private static var environment: [Environment.Key: String] {
        let ours = ProcessInfo.processInfo.environment
        var its: [Environment.Key: String] = [
            "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0",
            // A partial clone must not fetch what it left out.
            "GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1",
        ]
        its["PATH"] = ours["PATH"]
        its["HOME"] = ours["HOME"]
        its["XDG_CONFIG_HOME"] = ours["XDG_CONFIG_HOME"]
        return its
    }

    /// - Returns: `nil` where it took longer; a process that it runs is killed then.
    private func atMost(
        _ milliseconds: Int64, _ body: @escaping @Sendable () async -> ChangeHistory
    ) async -> ChangeHistory? {
        await withTaskGroup(of: ChangeHistory?.self) { group in
            group.addTask { await body() }
            group.addTask { [time] in
                try? await time.sleep(milliseconds: milliseconds)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
