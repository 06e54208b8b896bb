internal import BursarCore

/// A `Workspace` document with what it inherits, nothing filled in: what neither need say is optional
/// here.
struct WorkspaceManifest: Sendable {
    let extent: Extent
    /// `false` where its text has an error: it takes part in checks against others, but it is no
    /// desired workspace.
    var isSound = true
    /// `nil` where it is missing or bad, and that is noted.
    var name: String?
    /// `spec.id`, or the name where that is absent; `nil` where it can be none.
    var id: WorkspaceID?
    /// Where the name stands, or what there is in its stead.
    var namePlace: Extent
    /// Where `spec.id` stands; `nil` where there is none.
    var idPlace: Extent?
    var labels: [String: String] = [:]
    var paused: String?
    /// Those with a value, good or not.
    var labelNames: [String] = []
    var annotationNames: [String] = []
    var spec = WorkspaceSpec()
    var adopt: AdoptionSpec?
    /// `false` where `spec` is missing or no mapping, and that is noted.
    var hasSpec = false
    /// Where each field stands, by path.
    var places = Places()
    /// The paths that are written as `null`.
    var removed: Set<String> = []
    /// See `Findings.misspelt`.
    var misspelt: Set<String> = []

    init(extent: Extent) {
        self.extent = extent
        namePlace = extent
    }

    /// Of the field, or of its nearest parent that was written.
    func extent(of path: String) -> Extent {
        places.nearest(to: path) ?? extent
    }

    func has(_ path: String) -> Bool { places[path] != nil && !removed.contains(path) }

    /// In which the manifest stands; what it inherits stands in others.
    var file: Int32 { extent.file }

    /// A problem with something inherited is one of this workspace: others may live well with it.
    func located(_ problem: ManifestProblem, at place: Extent) -> Located {
        guard place.file != file else { return Located(problem: problem, extent: place) }
        return Located(problem: problem, extent: namePlace, inherited: place)
    }
}

/// What a workspace's `spec` says.
struct WorkspaceSpec: Sendable {
    enum Budget: Sendable {
        case unlimited
        case capped(limit: MicroUSD?, period: BudgetPeriod?, warnAt: Managed<Int>)
    }

    var budget: Budget?
    var models: ModelAccess?
    var limits = Limits()
    var keys: [DesiredKey]?
    var providerSecrets: [DesiredProviderSecret] = []
    var suspended: Bool?
    var prune: Bool?
}
