internal import BursarCore
internal import BursarEngine

/// Tries again what that can mend, within bounds.
struct Attempts: Sendable {
    let time: any Timekeeper
    var backoff = Backoff.standard

    /// - Parameter mayRepeat: asked only where the error itself says that another try may help.
    func make<Value>(
        repeating mayRepeat: (ControlPlaneError) -> Bool = { _ in true },
        _ attempt: () async throws(ControlPlaneError) -> Value
    ) async throws(ControlPlaneError) -> Value {
        var failed = 0
        while true {
            do throws(ControlPlaneError) { return try await attempt() } catch {
                failed += 1
                guard mayRepeat(error),
                    let wait = backoff.wait(
                        afterFailed: failed, error.disposition, random: time.random())
                else { throw error }
                do { try await time.sleep(milliseconds: wait) } catch { throw .cancelled }
            }
        }
    }
}
