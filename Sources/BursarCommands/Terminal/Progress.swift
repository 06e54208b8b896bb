internal import BursarCore

/// How far the execution of a plan is, and the line that shows it. Pure: whoever draws it says when.
struct Progress {
    private let begin: Instant
    /// Operations still to come. What a failed workspace will not do any more is not among them.
    private var left: [WorkspaceID: Int]
    private(set) var done = 0
    private(set) var failed = 0
    private var label = ""

    init(_ plan: Plan, begin: Instant) {
        self.begin = begin
        left = plan.workspaces.reduce(into: [:]) { left, workspace in
            let count = workspace.steps.reduce(0) { $0 + $1.operations.count }
            if workspace.paused == nil, count > 0 { left[workspace.id] = count }
        }
    }

    private var remaining: Int { left.values.reduce(0, +) }

    mutating func saw(_ event: Event) {
        switch event.phase {
        case .before: label = "\(event.operation) \(event.subject)"
        case .after:
            done += 1
            // None is left where the reading back found something to do again.
            left[event.workspace] = max(0, (left[event.workspace] ?? 0) - 1)
        case .failed:
            failed += 1
            left[event.workspace] = 0
        }
    }

    /// - Parameter width: the columns of the terminal. The line takes fewer, so that it never wraps,
    ///   and drops what does not fit: first the operation in hand, then the bar.
    func line(now: Instant, width: Int, color: Bool) -> String {
        let total = done + failed + remaining
        guard total > 0 else { return "" }
        var parts = [Part("\(done + failed)/\(total)")]
        if failed > 0 { parts.append(Part("\(failed) failed", color ? "31" : nil)) }
        let percent = (done + failed) * 100 / total
        parts.append(Part("\(percent) %"))
        if let eta = eta(now) { parts.append(Part(eta)) }
        let columns = max(0, width - 1)
        var room = columns - Self.columns(parts)
        while room < 0, parts.count > 1 {
            parts.removeLast()
            room = columns - Self.columns(parts)
        }
        guard room >= 0 else { return "" }
        let bar = min(Self.widestBar, room - 3)
        if bar >= Self.narrowestBar {
            let full = (done + failed) * bar / total
            let text =
                "[" + String(repeating: "#", count: full)
                + String(repeating: "-", count: bar - full) + "]"
            parts.insert(Part(text, color ? "32" : nil), at: 0)
            room -= bar + 3
        }
        if remaining > 0, room >= Self.narrowestLabel, !label.isEmpty {
            parts.append(Part(Self.cut(label, to: room - 1)))
        }
        return parts.map(\.styled).joined(separator: " ")
    }

    private static let widestBar = 30
    private static let narrowestBar = 5
    private static let narrowestLabel = 12

    private struct Part {
        let text: String
        let style: String?

        init(_ text: String, _ style: String? = nil) {
            self.text = text
            self.style = style
        }

        var styled: String { style.map { "\u{1B}[\($0)m\(text)\u{1B}[0m" } ?? text }
    }

    /// Everything here is ASCII: a character is a column.
    private static func columns(_ parts: [Part]) -> Int {
        parts.reduce(parts.count - 1) { $0 + $1.text.count }
    }

    private static func cut(_ text: String, to columns: Int) -> String {
        text.count <= columns ? text : text.prefix(columns - 3) + "..."
    }

    /// At the pace so far; `nil` before there is one. Nothing left to do is the reading back.
    private func eta(_ now: Instant) -> String? {
        guard remaining > 0 else { return "reading back" }
        let finished = Int64(done + failed)
        guard finished > 0 else { return nil }
        let elapsed = max(0, now.milliseconds - begin.milliseconds)
        let seconds = (elapsed * Int64(remaining) / finished + 999) / 1_000
        return "ETA " + Self.clock(seconds)
    }

    private static func clock(_ seconds: Int64) -> String {
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (minutes, rest) = seconds.quotientAndRemainder(dividingBy: 60)
        guard minutes >= 60 else { return "\(minutes):\(two(rest))" }
        return "\(minutes / 60):\(two(minutes % 60)):\(two(rest))"
    }
}
