/// What is to be done for one workspace.
package struct WorkspacePlan: Hashable, Sendable {
    package let id: WorkspaceID
    package let name: String
    /// The source does not name it: this is its prune.
    package var leaves = false
    /// The team must still be pruned since then when something of it ends; `nil`: nothing does.
    package var pruneSince: Instant?
    /// In the order in which they run.
    package var steps: [Step] = []
    /// What a review may have approved and what time makes needless in this run: nothing is done for
    /// it, but that it is due all the same must not make the plan another one.
    package var overtaken: [Change] = []
    package var upcoming: [Upcoming] = []
    package var warnings: [String] = []
    /// Why nothing is done for it; not empty means `steps` is.
    package var errors: [String] = []
    /// The manifest's reason to leave it alone; its steps are shown and not run.
    package var paused: String?
    /// Lineages, provider secrets and models that left the manifest and end in this plan, or the
    /// workspace itself.
    package var removals = 0
    /// Models of its own that are registered.
    package var registrations = 0
    /// Lineages that are minted anew because the store lost their published value.
    package var lostSecrets = 0
    package var capBefore: Budget?
    package var capAfter: Budget?
    package var spend: Money = .zero
    /// When that was spent; `nil` where there is no team.
    package var period: SpendPeriod?
    /// Rotations that are due and wait for a later run, since this one has enough.
    package var deferred: [Upcoming] = []
    /// What the values of its keys are derived with beside the keyring; `nil` before there is a
    /// team, or where LiteLLM does not tell when it was made.
    package var salt: TeamSalt?
    /// What the steps rest on, by secret.
    package var basis: [SecretName: LineageSnapshot] = [:]
    /// Keys in other teams or none that bear an alias of this workspace, ours or a stranger's:
    /// LiteLLM refuses theirs to any other key, and a look at the team does not show them.
    package var outside: [ObservedKey] = []

    package init(id: WorkspaceID, name: String) {
        self.id = id
        self.name = name
    }

    package var changes: [Change] { steps.map(\.change) }
}

/// What is to be done, sorted by workspace.
package struct Plan: Sendable {
    package let owner: Owner
    package var workspaces: [WorkspacePlan]
    /// Teams of ours that the source no longer names and that are left as they are.
    package let unclaimed: [WorkspaceID]
    /// What left the source is pruned, where it may be.
    package var prunes = false
    /// What is wrong with the source: the workspaces that it is about are not among these, and are
    /// left as they are.
    package var sourceErrors: [String] = []
    /// Of `unclaimed`, those that a prune has suspended.
    package var suspendedByPrune: Set<WorkspaceID> = []
    /// Whatever of others reaches the models that workspaces bring along; empty where none does so.
    package var open: [OpenAccess] = []
    /// A command asked for it by name, and there is nothing that a review could approve before.
    package var isCommanded = false
    /// How many teams of ours there are.
    package let owned: Int
    /// The source is whole and names no workspace.
    package let emptySource: Bool
    package let warnings: [String]
    /// Of no single workspace; not empty means that nothing is done in any.
    package let errors: [String]

    package init(
        owner: Owner, workspaces: [WorkspacePlan], unclaimed: [WorkspaceID], owned: Int,
        emptySource: Bool, warnings: [String], errors: [String] = []
    ) {
        self.owner = owner
        self.workspaces = workspaces
        self.unclaimed = unclaimed
        self.owned = owned
        self.emptySource = emptySource
        self.warnings = warnings
        self.errors = errors
    }

    package var changes: [Change] { workspaces.flatMap(\.changes) }
    package var hasErrors: Bool {
        !errors.isEmpty || !sourceErrors.isEmpty || workspaces.contains { !$0.errors.isEmpty }
    }
    /// Nothing to do and nothing wrong.
    package var isEmpty: Bool { !hasErrors && !hasSteps }

    /// Something to do, and so to approve.
    package var hasSteps: Bool { workspaces.contains { !$0.steps.isEmpty } }

    /// What `apply --checksum` takes; `nil` where the plan is a command's.
    package var checksum: String? { isCommanded ? nil : Checksum.of(self) }

    package func count(_ actions: Action...) -> Int {
        changes.count { actions.contains($0.action) }
    }

    /// The same, with nothing to do in the workspaces that `isLeftOut` names.
    func leavingOut(_ isLeftOut: (WorkspacePlan) -> Bool) -> Plan {
        var copy = self
        for index in copy.workspaces.indices where isLeftOut(copy.workspaces[index]) {
            copy.workspaces[index].steps = []
            copy.workspaces[index].overtaken = []
        }
        return copy
    }
}

/// `bursar rotate`: these lineages, now, and nothing else.
package struct RotationCommand: Hashable, Sendable {
    package let lineages: Set<Lineage>
    /// Keys minted before it; so a second plan of the same command has nothing to do.
    package let before: Instant
    /// `nil`: the rule's.
    package let overlap: Span?

    package init(_ lineages: Set<Lineage>, before: Instant, overlap: Span? = nil) {
        self.lineages = lineages
        self.before = before
        self.overlap = overlap
    }
}

/// The rules a plan is made by.
package struct PlanPolicy: Hashable, Sendable {
    package let owner: Owner
    package let keyCacheTTL: Span
    /// The keyring entry that new keys are derived with; `nil`: their values are drawn.
    package let keyring: String?
    /// Who mints.
    package let issuer: Configuration.Issuer
    /// Rotations that rules bring, at most this many a run; the rest is deferred.
    package var rotations: Int
    /// Asked for on the command line.
    package var command: RotationCommand?
    /// `nil`: what left the source is left as it is.
    package var pruning: Pruning?
    /// Classes of change that are left out; see `ApprovedPlan.holding`.
    package var held: Set<Limit> = []
    /// Planned, so that limits count them, but not executed in this run: their rotations take no
    /// place in the pace.
    package var leftOut: Set<WorkspaceID> = []

    package init(
        owner: Owner, keyCacheTTL: Span, keyring: String? = nil,
        issuer: Configuration.Issuer = .liteLLM, rotations: Int = 50,
        command: RotationCommand? = nil, pruning: Pruning? = nil
    ) {
        self.pruning = pruning
        self.owner = owner
        self.keyCacheTTL = keyCacheTTL
        self.keyring = keyring
        self.issuer = issuer
        self.rotations = rotations
        self.command = command
    }

    /// How far an expiry may be from what the mark says before it counts as changed: bursar's clock
    /// and LiteLLM's are two.
    package static let expiryTolerance = Span(seconds: 300)

    /// From a block to the delete: longer than any proxy process serves the key from its cache, by
    /// LiteLLM's clock or by bursar's.
    package var settled: Span {
        Span(seconds: keyCacheTTL.seconds * 5 / 4 + Self.expiryTolerance.seconds)
    }
}
