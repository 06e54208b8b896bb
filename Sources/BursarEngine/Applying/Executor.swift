package import BursarCore

/// Runs approved plans: workspaces at once, the operations of one in order. A workspace that fails
/// does not stop the others.
package struct Executor: Sendable {
    let issuer: any Issuer
    let store: any SecretStore
    let time: any Timekeeper
    let values: KeyValues
    /// `nil`: no provider secret can be put.
    let reader: (any ValueReader)?
    /// `nil`: no model can be registered.
    let registry: (any ModelRegistry)?
    let owner: String
    let concurrency: Int
    let stop: StopFlag
    private let audit: AuditFile?
    private let observe: @Sendable (Event) -> Void

    package init(
        issuer: any Issuer, store: any SecretStore, time: any Timekeeper, owner: String,
        concurrency: Int = 8, values: KeyValues = .random, reader: (any ValueReader)? = nil,
        registry: (any ModelRegistry)? = nil, stop: StopFlag = StopFlag(),
        audit: AuditFile? = nil, observe: @escaping @Sendable (Event) -> Void = { _ in }
    ) {
        self.issuer = issuer
        self.store = store
        self.time = time
        self.values = values
        self.reader = reader
        self.registry = registry
        self.owner = owner
        self.concurrency = max(1, concurrency)
        self.stop = stop
        self.audit = audit
        self.observe = observe
    }

    package func execute(_ approved: ApprovedPlan) async -> [WorkspaceID: WorkspaceResult] {
        let work = approved.plan.workspaces.filter { !$0.steps.isEmpty }
        return await withTaskGroup(of: (WorkspaceID, WorkspaceResult).self) { group in
            var results: [WorkspaceID: WorkspaceResult] = [:]
            var next = work.makeIterator()
            func start() {
                guard let plan = next.next() else { return }
                group.addTask {
                    var run = WorkspaceRun(self, plan)
                    return (plan.id, await run.run())
                }
            }
            for _ in 0..<concurrency { start() }
            for await (id, result) in group {
                results[id] = result
                start()
            }
            return results
        }
    }

    func record(
        _ operation: Operation, of workspace: WorkspaceID, _ phase: Event.Phase, _ message: String?
    ) throws(OperationError) {
        let event = Event(
            at: time.now(), workspace: workspace, operation: operation.name,
            subject: operation.subject, phase: phase, message: message)
        do { try audit?.append(event) } catch { throw .audit(error.message) }
        observe(event)
    }
}
