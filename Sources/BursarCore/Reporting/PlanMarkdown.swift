/// A plan as a comment on a pull request, as GitHub and GitLab render Markdown.
///
/// It never gets too long for a comment: workspaces lose their details, the last ones first, then
/// their line in the table, and the comment says how many and where the whole plan is.
package struct PlanMarkdown {
    private let report: PlanReport
    private let version: String
    private let fullPlan: String?

    /// GitHub refuses a comment of more than 65,536 characters.
    package static let limit = 60_000

    /// - Parameters:
    ///   - version: of bursar.
    ///   - fullPlan: where all of it can be read, for a comment that had to leave some out.
    package init(_ report: PlanReport, version: String, fullPlan: String? = nil) {
        self.report = report
        self.version = version
        self.fullPlan = fullPlan
    }

    private var plan: Plan { report.plan }

    package var text: String {
        let head: [String?] = [
            marker, title, money, block("CAUTION", cautions), block("WARNING", errors),
        ]
        let tail: [String?] = [
            folded(.warnings), folded(.money), folded(.upcoming), folded(.deferred), foot,
        ]
        let rows = report.workspaces.compactMap(row)
        let details = report.workspaces.map(detail)
        let always: [String?] = head + tail + [leftOut(details.count), table([], of: rows.count)]
        var room = Self.limit - Self.length(always.compactMap(\.self))
        let shownRows = Self.fitting(rows, in: room)
        room -= Self.length(shownRows)
        // Nobody reads details of a workspace that the table does not name.
        let shownDetails = Self.fitting(Array(details.prefix(shownRows.count)), in: room)
        let middle: [String?] =
            [table(shownRows, of: rows.count)] + shownDetails
            + [leftOut(details.count - shownDetails.count)]
        return (head + middle + tail).compactMap(\.self).filter { !$0.isEmpty }
            .joined(separator: "\n\n") + "\n"
    }

    /// With the line between it and the next.
    private static func length(_ parts: some Sequence<String>) -> Int {
        parts.reduce(0) { $0 + MarkdownText.length($1) + 2 }
    }

    /// The first of them.
    private static func fitting(_ parts: [String], in room: Int) -> ArraySlice<String> {
        var used = 0
        let end = parts.firstIndex { part in
            used += MarkdownText.length(part) + 2
            return used > room
        }
        return parts[..<(end ?? parts.endIndex)]
    }
}

// MARK: - The head

extension PlanMarkdown {
    /// What CI finds its own comment by; another installation's is another one. `checksum` is what the
    /// comment shows, and the only one that no text of a manifest can stand in for.
    package static func marker(of owner: Owner, checksum: String? = nil) -> String {
        let safe = owner.name.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain = scalar.properties.isAlphabetic && byte < 128 || (48...57).contains(byte)
            return isPlain || scalar == "." || scalar == "_"
                ? String(scalar) : byte == 45 ? "-" : "%" + String(byte, radix: 16)
        }.joined().replacing("--", with: "-%2d")
        let binding = checksum.map { " checksum=\($0)" } ?? ""
        return "<!-- bursar-plan owner=\(safe)\(binding) -->"
    }

    private var marker: String {
        Self.marker(of: plan.owner, checksum: plan.errors.isEmpty ? plan.checksum : nil)
    }

    /// Where no plan could be made: approves nothing.
    package static func none(of owner: Owner, version: String) -> String {
        """
        \(marker(of: owner))

        ### No plan for \(MarkdownText.code(owner.name))

        It could not be made, so nothing can be approved.

        <sub>bursar \(MarkdownText.escape(version))</sub>

        """
    }

    private var title: String {
        let counts = plan.isEmpty ? "no changes" : report.counts.joined(separator: ", ")
        let sum = CapSum(plan)
        let caps =
            sum.before == sum.after
            ? "" : "; caps \(MarkdownText.code((sum.after - sum.before).signedDollars)) per 30 days"
        return "### Plan for \(MarkdownText.code(plan.owner.name)): "
            + MarkdownText.escape(counts) + caps
    }

    private var money: String {
        let line = CapSum(plan).line
        return "**Money:** "
            + line.split(separator: "; ").map { MarkdownText.code(String($0)) }
            .joined(separator: ", ")
    }

    private var cautions: [StyledLine] {
        report.sections.filter { $0.kind == .cautions || $0.kind == .limits }.flatMap(\.lines)
    }

    private var errors: [StyledLine] {
        report.sections.filter { $0.kind == .errors }.flatMap { section in
            [StyledLine(section.title)] + section.lines
        }
    }

    /// - Returns: `nil` where there is no line.
    private func block(_ kind: String, _ lines: [StyledLine]) -> String? {
        guard !lines.isEmpty else { return nil }
        let shown = Self.fitting(lines.map(item), in: Self.blockLength)
        let rest = lines.count - shown.count
        let more = rest > 0 ? ["- and \(rest) more: \(whereAll)"] : []
        return (["[!\(kind)]"] + shown + more).map { "> " + $0 }.joined(separator: "\n")
    }

    private static let blockLength = 8_000

    private func item(_ line: StyledLine) -> String {
        (line.indent > 0 ? "- " : "") + Self.inline(line.text)
    }

    /// In prose: names and values are code, the rest is text.
    private static func inline(_ text: StyledText) -> String {
        text.pieces.map { piece in
            // An edge that is a space would be no edge of emphasis.
            let core = piece.text.trimmed
            let isName = piece.role == .name || piece.role == .place
            let short = MarkdownText.shortened(
                core.text, to: isName ? longestCell : longestPiece)
            let shown =
                switch piece.role {
                case _ where core.text.isEmpty: ""
                case .name, .place, .money, .added, .removed: MarkdownText.code(short)
                case .caution, .heading: "**" + MarkdownText.escape(short) + "**"
                case .plain, .dim, .drift, .changed: MarkdownText.escape(short)
                }
            return core.before + shown + core.after
        }.joined()
    }

    private static let longestPiece = 600

    private var whereAll: String {
        guard let fullPlan else { return "`bursar plan` prints all of it" }
        let isURL =
            fullPlan.hasPrefix("https://") && fullPlan.utf8.count <= Self.longestPiece
            && fullPlan.utf8.allSatisfy {
                (33...126).contains($0) && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">")
            }
        if isURL { return "all of it: <\(fullPlan)>" }
        let short = MarkdownText.shortened(fullPlan, to: Self.longestPiece)
        return "all of it: \(MarkdownText.code(short))"
    }
}

extension String {
    /// Without the spaces at its ends, and one for those.
    fileprivate var trimmed: (before: String, text: String, after: String) {
        let rest = drop { $0 == " " }
        var text = String(rest)
        while text.hasSuffix(" ") { text.removeLast() }
        // Two spaces are one, and more at the begin of an item would be a block of code.
        return (rest.count < count ? " " : "", text, text.count < rest.count ? " " : "")
    }
}

// MARK: - Workspaces

extension PlanMarkdown {
    /// - Parameter count: of all rows.
    private func table(_ rows: ArraySlice<String>, of count: Int) -> String {
        guard count > 0 else { return "" }
        let head = ["| workspace | changes | cap | why | where |", "|---|---|---|---|---|"]
        let rest = count - rows.count
        let more = rest > 0 ? ["| and \(counted(rest, "more workspace")) | | | | |"] : []
        return (head + rows + more).joined(separator: "\n")
    }

    private func row(_ section: ReportSection) -> String? {
        guard case .workspace(let id) = section.kind,
            let workspace = plan.workspaces.first(where: { $0.id == id })
        else { return nil }
        var actions: [String] = []
        for (change, action) in PlanReport.joined(workspace.changes) {
            let text = "\(action) \(change.address.part.subject)"
            if !actions.contains(text) { actions.append(text) }
        }
        let causes = Cause.allCases.filter { cause in
            workspace.changes.contains { $0.cause == cause }
        }
        let place = workspace.changes.compactMap(\.place).first
        let money = WorkspaceMoney(workspace)
        let origin = place.flatMap { report.history[$0] }.map { " \($0)" } ?? ""
        let cells = [
            code(workspace.name) + (workspace.paused == nil ? "" : " (paused)"),
            MarkdownText.escape(Self.list(actions)),
            money.isChanged ? code(money.change) : "",
            causes.map { $0.why }.joined(separator: ", "),
            (place.map { code("\($0.file):\($0.line)") } ?? "") + origin,
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private func code(_ text: String) -> String {
        MarkdownText.code(MarkdownText.shortened(text, to: Self.longestCell))
    }

    private static let longestCell = 120

    private static func list(_ actions: [String]) -> String {
        actions.prefix(4).joined(separator: "; ")
            + (actions.count > 4 ? "; and \(actions.count - 4) more" : "")
    }

    private func detail(_ section: ReportSection) -> String {
        let changes = section.lines.count { $0.sign != nil }
        let name = MarkdownText.html(
            MarkdownText.shortened(section.title.raw, to: Self.longestCell))
        return """
            <details><summary><code>\(name)</code>: \(counted(changes, "change"))</summary>

            \(MarkdownText.fence(section.lines.flatMap(Self.diffLines), language: "diff"))

            </details>
            """
    }

    /// A line of a `diff` block: its first column colours it.
    private static func diffLines(_ line: StyledLine) -> [String] {
        let mark =
            switch line.sign {
            case .added: "+ "
            case .removed: "- "
            case .changed: "! "
            case .checked, nil: "  "
            }
        let indent = String(repeating: "  ", count: max(0, line.indent - 2))
        let safe = MarkdownText.shortened(VisibleText.escape(line.text.raw), to: 2_000)
        let style = TextStyle(color: false, width: 110)
        return style.text(StyledLine(StyledText(safe))).split(separator: "\n").enumerated().map {
            ($0.offset == 0 ? mark : "  ") + indent + $0.element
        }
    }

    private func leftOut(_ count: Int) -> String? {
        guard count > 0 else { return nil }
        return
            "The details of \(counted(count, "workspace")) are left out, since a comment has room for "
            + "\(Self.limit) characters: \(whereAll)."
    }
}

extension Cause {
    fileprivate var why: String {
        switch self {
        case .manifest: "manifest changed"
        case .drift: "drift"
        case .rotation: "rotation rule"
        case .prune: "prune"
        case .adoption: "adoption"
        case .value: "secret value changed"
        }
    }
}

// MARK: - The tail

extension PlanMarkdown {
    private func folded(_ kind: ReportSection.Kind) -> String? {
        guard let section = report.sections.first(where: { $0.kind == kind }) else { return nil }
        let shown = Self.fitting(section.lines.map(item), in: Self.foldedLength)
        let rest = section.lines.count - shown.count
        let more = rest > 0 ? ["- and \(rest) more: \(whereAll)"] : []
        let title = MarkdownText.html(section.title.raw)
        return """
            <details><summary>\(title) (\(section.lines.count))</summary>

            \((shown + more).joined(separator: "\n"))

            </details>
            """
    }

    private static let foldedLength = 3_000

    private var foot: String {
        let approved = plan.hasSteps ? plan.checksum : nil
        let checksum = approved.map { "checksum \(MarkdownText.code($0)), " } ?? ""
        return "<sub>\(checksum)bursar \(MarkdownText.escape(version))</sub>"
    }
}
