internal import ArgumentParser
internal import BursarCore

/// Of plan and apply; the controller goes by `spec.apply.prune` alone.
struct PruneOptions: ParsableArguments {
    @Flag(
        help: """
            Suspend workspaces that left the source, and after spec.apply.pruneAfter revoke their keys; \
            also spec.apply.prune. Never one whose last manifest said prune: false.
            """)
    var prune = false
}

extension Pruning {
    /// `nil` where neither the flag nor the configuration asks for it.
    /// - Throws: where it is asked for and cannot be safe.
    init?(asked: Bool = false, _ configuration: Configuration) throws(SetupProblem) {
        guard asked || configuration.apply.prune else { return nil }
        guard configuration.owner.source != nil else {
            throw SetupProblem(
                "prune needs spec.source.id in \(configuration.file): without it the workspaces of another "
                    + "source with the owner \(configuration.owner.name) would be pruned; "
                    + "a random UUID does")
        }
        self.init(after: configuration.apply.pruneAfter)
    }
}
