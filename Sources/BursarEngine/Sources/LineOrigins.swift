internal import BursarCore

/// Which commit brought some lines of some files last, from one `git log -p` over all of them: a
/// `git blame` for each of 400 files takes twelve seconds where this takes a third of one.
///
/// Lines are followed from commit to parent as `git blame` follows them: to the first parent in which
/// they stand unchanged. Pure.
struct LineOrigins {
    /// What `git log` is to print before the changes of each commit, once for each parent.
    static let format = "%x01%H %h %ad %P"

    private struct Line {
        /// Where it stands now, and where it stood in the commit that is looked at.
        let target: SourceLocation
        var number: Int
    }

    /// By commit and file.
    private var pending: [Substring: [Substring: [Line]]] = [:]
    /// Before the first commit is known.
    private var start: [Substring: [Line]] = [:]
    private(set) var history = ChangeHistory()

    /// - Parameters:
    ///   - lines: by the path that git prints.
    ///   - edits: `git diff -U0 HEAD`: what is not committed yet.
    ///   - shallow: commits whose parents are not there, so that nothing of theirs is known.
    ///   - isWhole: `log` is not cut off.
    init(
        of lines: [String: [SourceLocation]], log: String, edits: String, shallow: Set<String>,
        isWhole: Bool
    ) {
        let edits = Self.patches(
            in: edits.split(separator: "\n", omittingEmptySubsequences: false)[...])
        for (path, places) in lines {
            let hunks = edits[Substring(path)] ?? []
            for place in places {
                switch Self.before(place.line, hunks) {
                case nil: history[place] = .uncommitted
                case let number?:
                    start[Substring(path), default: []].append(
                        Line(target: place, number: number))
                }
            }
        }
        follow(log, shallow)
        guard isWhole, shallow.isEmpty else { return }
        // In no commit at all.
        for line in start.values.joined() { history[line.target] = .uncommitted }
        for line in pending.values.flatMap(\.values).joined() {
            history[line.target] = .uncommitted
        }
    }

    private mutating func follow(_ log: String, _ shallow: Set<String>) {
        let rows = log.split(separator: "\n", omittingEmptySubsequences: false)
        var index = rows.startIndex
        var commit: Commit?
        while index < rows.endIndex {
            guard let header = Commit(rows[index]) else {
                index += 1
                continue
            }
            let begin = index + 1
            index = begin
            let patches = Self.patches(in: rows[begin...], end: &index)
            if commit?.hash == header.hash {
                commit?.patches.append(patches)
            } else {
                if let commit { settle(commit, shallow) }
                if isDone { return }
                commit = header
                commit?.patches = [patches]
            }
        }
        if let commit { settle(commit, shallow) }
    }

    private var isDone: Bool { start.isEmpty && pending.isEmpty }

    private mutating func settle(_ commit: Commit, _ shallow: Set<String>) {
        var here = pending.removeValue(forKey: commit.hash) ?? [:]
        if !start.isEmpty {
            here = start
            start = [:]
        }
        guard !here.isEmpty, !shallow.contains(String(commit.hash)) else { return }
        // Which parent a change is against cannot be told then.
        guard commit.patches.count == max(1, commit.parents.count) else { return }
        for (file, lines) in here {
            for line in lines { settle(line, of: file, in: commit) }
        }
    }

    private mutating func settle(_ line: Line, of file: Substring, in commit: Commit) {
        for (parent, patches) in zip(commit.parents, commit.patches) {
            guard let number = Self.before(line.number, patches[file] ?? []) else { continue }
            pending[parent, default: [:]][file, default: []].append(
                Line(target: line.target, number: number))
            return
        }
        // A first commit that does not hold it: git does not know the file.
        if commit.parents.isEmpty, commit.patches.first?[file] == nil {
            history[line.target] = .uncommitted
        } else {
            history[line.target] = .commit(hash: String(commit.short), date: String(commit.date))
        }
    }
}

// MARK: - What git prints

extension LineOrigins {
    private struct Commit {
        let hash: Substring
        let short: Substring
        let date: Substring
        let parents: [Substring]
        /// Against each parent, by file.
        var patches: [[Substring: [Hunk]]] = []

        init?(_ row: Substring) {
            guard row.utf8.first == 1 else { return nil }
            let words = row.dropFirst().split(separator: " ")
            guard words.count >= 3 else { return nil }
            (hash, short, date) = (words[0], words[1], words[2])
            parents = Array(words.dropFirst(3))
        }
    }

    /// Lines that were replaced: so many from there before, so many from there after.
    private struct Hunk {
        let before: Int
        let after: Range<Int>

        /// `@@ -12,2 +12,3 @@`; a count that is 1 is left out.
        init?(_ row: Substring) {
            let words = row.split(separator: " ", maxSplits: 3)
            guard words.count >= 3, words[0] == "@@", let old = Self.range(words[1], "-"),
                let new = Self.range(words[2], "+")
            else { return nil }
            before = old.count
            after = new
        }

        private static func range(_ word: Substring, _ sign: Character) -> Range<Int>? {
            guard word.first == sign else { return nil }
            let parts = word.dropFirst().split(separator: ",")
            guard let start = parts.first.flatMap({ Int($0) }), start >= 0,
                let count = parts.count > 1 ? Int(parts[1]) : 1, count >= 0, count < 1 << 30
            else { return nil }
            // Of no lines git names the one before.
            return count == 0 ? start + 1..<start + 1 : start..<start + count
        }
    }

    /// The number that a line had before; `nil`: it was not there.
    private static func before(_ number: Int, _ hunks: [Hunk]) -> Int? {
        var shift = 0
        for hunk in hunks {
            if hunk.after.contains(number) { return nil }
            if hunk.after.lowerBound > number { break }
            shift += hunk.after.count - hunk.before
        }
        return number - shift
    }

    private static func patches(in rows: ArraySlice<Substring>) -> [Substring: [Hunk]] {
        var end = rows.startIndex
        return patches(in: rows, end: &end)
    }

    /// - Parameter end: where the next commit begins.
    private static func patches(
        in rows: ArraySlice<Substring>, end index: inout Int
    ) -> [Substring: [Hunk]] {
        var found: [Substring: [Hunk]] = [:]
        var file: Substring?
        while index < rows.endIndex, rows[index].utf8.first != 1 {
            let row = rows[index]
            index += 1
            if row.hasPrefix("+++ ") {
                // Quoted where it has characters that none of ours has, and `/dev/null` where it ends.
                file = row.hasPrefix("+++ b/") ? row.dropFirst(6) : nil
            } else if row.hasPrefix("@@ "), let hunk = Hunk(row) {
                if let file { found[file, default: []].append(hunk) }
                // What was removed and added may look like anything.
                index += hunk.before + hunk.after.count
            }
        }
        return found
    }
}
