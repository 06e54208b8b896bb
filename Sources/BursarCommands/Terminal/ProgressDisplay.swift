internal import BursarCore
internal import BursarEngine
internal import Synchronization

/// Shows on standard error how far a run is: a bar on a terminal, else a line an operation.
final class ProgressDisplay: Sendable {
    private struct State {
        var progress: Progress
        var isShown = false
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
            case .after: Terminal.note("  done: \(event.operation) \(event.subject)")
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

    /// Draws ten times a second until it is cancelled: thousands of operations a second are no more
    /// writes, and the time left moves while one of them hangs.
    func run() async {
        guard hasBar else { return }
        while !Task.isCancelled {
            state.withLock { state in
                let line = state.progress.line(
                    now: time.now(), width: Terminal.errorColumns, color: Terminal.colorErrors)
                guard !line.isEmpty else { return }
                Terminal.redraw(line)
                state.isShown = true
            }
            do { try await time.sleep(milliseconds: 100) } catch { return }
        }
    }

    private func erase(_ state: inout State) {
        guard state.isShown else { return }
        Terminal.redraw("")
        state.isShown = false
    }
}
