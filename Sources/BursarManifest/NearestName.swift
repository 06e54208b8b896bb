/// What somebody meant who wrote something else.
enum NearestName {
    /// The candidate fewest edits away, the first of equals; `nil` where none is near enough: a
    /// third of the longer name's length, and at least one edit, is allowed.
    static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
        guard name.utf8.count <= 64 else { return nil }
        let written = Array(name.lowercased().unicodeScalars)
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let scalars = Array(candidate.lowercased().unicodeScalars)
            let allowed = max(1, max(written.count, scalars.count) / 3)
            guard abs(written.count - scalars.count) <= allowed else { continue }
            let distance = distance(written, scalars)
            guard distance <= allowed, distance < best?.distance ?? .max else { continue }
            best = (candidate, distance)
        }
        return best?.name
    }

    /// Edits that turn one into the other: insert, delete, replace, or swap two neighbours
    /// (optimal string alignment).
    static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var before = [Int](repeating: 0, count: b.count + 1)
        var above = Array(0...b.count)
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                let replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                var fewest = min(above[j] + 1, row[j - 1] + 1, replaced)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    fewest = min(fewest, before[j - 2] + 1)
                }
                row.append(fewest)
            }
            (before, above) = (above, row)
        }
        return above[b.count]
    }
}
