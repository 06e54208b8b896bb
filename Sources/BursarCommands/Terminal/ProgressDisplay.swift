internal import BursarCore
internal import BursarEngine
internal import Synchronization

/// Shows on standard error how far a run is: a bar on a terminal, else a line an operation.
final class ProgressDisplay: Sendable {
    private struct State {
        var progress: Progress
        var isShown = false
        /// Not written yet: whoever reads them is not woken for each of thousands a second.
        var lines = ""
    }

    private let state: Mutex<State>
    private let time: any Timekeeper
    private let hasBar = Terminal.drawsErrors

    init(_ plan: Plan, time: any Timekeeper) {
        state = Mutex(State(progress: Progress(plan, begin: time.now())))
        self.time = time
    }

    func saw(_ event: Event) {
        state.withLock { state in
            state.progress.saw(event)
            switch event.phase {
            case .before: return
            case .after where hasBar: return
            case .after: state.lines += "  done: \(event.operation) \(event.subject)\n"
            case .failed:
                erase(&state)
                Terminal.note("  failed: \(event.operation) \(event.subject)")
            }
        }
    }

    func note(_ text: String) {
        state.withLock { state in
            erase(&state)
            Terminal.note(text)
        }
    }

    func erase() { state.withLock { erase(&$0) } }

    /// Writes ten times a second until it is cancelled: thousands of operations a second are no more
    /// writes, and the time left moves while one of them hangs.
    func run() async {
        while !Task.isCancelled {
            state.withLock { state in
                guard hasBar else { return erase(&state) }
                let line = state.progress.line(
                    now: time.now(), width: Terminal.errorColumns, color: Terminal.colorErrors)
                guard !line.isEmpty else { return }
                Terminal.redraw(line)
                state.isShown = true
            }
            do { try await time.sleep(milliseconds: 100) } catch { return }
        }
    }

    /// What follows comes after the lines of what is done.
    private func erase(_ state: inout State) {
        if !state.lines.isEmpty {
            Terminal.writeErrors(state.lines)
            state.lines = ""
        }
        guard state.isShown else { return }
        Terminal.redraw("")
        state.isShown = false
    }
}
