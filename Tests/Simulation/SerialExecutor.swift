import Dispatch

/// Runs the jobs of one world one after another in the order in which they came, so that a seed
/// is one history.
final class SerialTaskExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "world")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
