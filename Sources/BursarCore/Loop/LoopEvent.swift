/// What the controller did or met, for its log. Holds no secret.
package enum LoopEvent: Hashable, Sendable {
    case began
    case notice(Notice)
    /// Every notice about the topic that was told is over.
    case settled(Notice.Topic)
    /// The configuration is invalid or cannot be used; nothing was done.
    case unusable(String, retryIn: Int64)
    /// LiteLLM could not be observed; nothing was done. Milliseconds.
    case unobserved(String, retryIn: Int64)
    case operation(Event)
    case failed(WorkspaceID, String)
    case interrupted(WorkspaceID)
    /// - Parameters: operations that were done, workspaces they were in, workspaces that failed and
    ///   those left out since they failed before. `nextIn`: milliseconds; `nil` where it ends.
    case finished(operations: Int, workspaces: Int, failed: Int, leftOut: Int, nextIn: Int64?)
    case hangup
    case stopping
    case ended
}

extension LoopEvent {
    package enum Level: String, Hashable, Sendable { case debug, info, warning, error }

    package var level: Level {
        switch self {
        case .began: .debug
        case .settled, .hangup, .stopping, .ended: .info
        case .unusable, .unobserved, .failed: .error
        case .interrupted: .warning
        case .notice(let notice): notice.isError ? .error : .warning
        case .operation(let event): event.phase == .before ? .debug : .info
        case .finished(_, _, let failed, _, _): failed > 0 ? .warning : .info
        }
    }

    package var workspace: WorkspaceID? {
        switch self {
        case .notice(let notice): notice.workspace
        case .operation(let event): event.workspace
        case .failed(let id, _), .interrupted(let id): id
        case .began, .settled, .unusable, .unobserved, .finished, .hangup, .stopping, .ended: nil
        }
    }

    /// One sentence, without the workspace.
    package var message: String {
        switch self {
        case .began: "reconciling"
        case .notice(let notice): notice.text
        case .settled(.source): "the source is valid again"
        case .settled(.plan): "nothing is held, refused or warned of any more"
        case .unusable(let reason, let wait): "\(reason); nothing was done, again in \(span(wait))"
        case .unobserved(let reason, let wait):
            "\(reason) Nothing was done, again in \(span(wait))"
        case .operation(let event):
            switch event.phase {
            case .before: "beginning: \(event.operation) \(event.subject)"
            case .after: "done: \(event.operation) \(event.subject)"
            case .failed:
                "failed: \(event.operation) \(event.subject): \(event.message ?? "no reason")"
            }
        case .failed(_, let reason): "\(reason). It is left out for a while; edit it or send SIGHUP"
        case .interrupted: "stopped before it was finished; the next run goes on"
        case .finished(let operations, let workspaces, let failed, let leftOut, let next):
            finished(operations, workspaces, failed, leftOut, next)
        case .hangup: "SIGHUP: reconciling at once"
        case .stopping: "stopping after the operations in hand; a second signal aborts"
        case .ended: "stopped"
        }
    }

    private func finished(
        _ operations: Int, _ workspaces: Int, _ failed: Int, _ leftOut: Int, _ next: Int64?
    ) -> String {
        var text =
            operations == 0
            ? "reconciled: nothing done"
            : "reconciled: \(counted(operations, "operation")) in "
                + counted(workspaces, "workspace")
        if failed > 0 { text += ", \(failed) failed" }
        if leftOut > 0 { text += ", \(leftOut) left out after failures" }
        return text + (next.map { "; next in \(span($0))" } ?? "")
    }

    private func span(_ milliseconds: Int64) -> String {
        let seconds = (milliseconds + 999) / 1000
        return seconds < 120 ? "\(seconds)s" : "\(seconds / 60)m\(seconds % 60)s"
    }
}
