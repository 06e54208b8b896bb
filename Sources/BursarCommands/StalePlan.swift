internal import ArgumentParser
internal import BursarCore

/// What is told where a plan is not the one that was approved; ends with 4.
enum StalePlan {
    static func refuse(_ staleness: Staleness, madeAt: Instant) -> ExitCode {
        let count = staleness.moved.count
        tell(
            "the plan of \(madeAt) is stale: \(counted(count, "workspace")) moved since",
            staleness.sections)
        return Exit.stale
    }

    static func refuse(_ moved: [WorkspaceID], now: Approval) -> ExitCode {
        let names = moved.isEmpty ? "" : ": " + moved.map(\.text).joined(separator: ", ")
        let wanted =
            moved.isEmpty ? now : Approval(now.workspaces.filter { moved.contains($0.key) })
        let what =
            wanted.workspaces.isEmpty
            ? "there is nothing to approve now" : "what would be done now follows"
        tell(
            "this is not what was reviewed\(names); \(what), checksum \(Checksum.of(now))",
            wanted.sections)
        return Exit.stale
    }

    /// The file, before anything is planned.
    static func refuse(file path: String) -> ExitCode {
        Terminal.error(
            "\(path) is not the plan of that --checksum\n"
                + "  = help: take the file that was made with the reviewed plan")
        return Exit.stale
    }

    private static func tell(_ what: String, _ sections: [ReportSection]) {
        let style = TextStyle(color: Terminal.colorErrors)
        Terminal.error(what)
        Terminal.note(
            style.text(sections)
                + "  = help: nothing was changed; make a new plan, and have that approved")
    }
}
