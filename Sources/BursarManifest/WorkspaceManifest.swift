internal import BursarCore

/// A `Workspace` document as it is written, nothing filled in: what defaults may still add to is
/// optional here.
struct WorkspaceManifest: Sendable {
    /// The number of its file.
    let file: Int
    let extent: Extent
    /// `false` where its own text has an error: it takes part in checks against others, but it is
    /// no desired workspace.
    var isSound: Bool
    /// `nil` where it is missing or bad, and that is noted.
    var name: String?
    /// `spec.id`; `nil` where absent or bad.
    var id: WorkspaceID?
    var labels: [String: String]
    var paused: String?
    var spec: WorkspaceSpec
    /// `false` where `spec` is missing or no mapping, and that is noted.
    var hasSpec = false
    /// Where each field stands, by path.
    var places: [String: Extent]

    /// Of the field, or of its nearest parent that was written.
    func extent(of path: String) -> Extent {
        var path = path[...]
        while !path.isEmpty {
            if let place = places[String(path)] { return place }
            path = path.lastIndex(of: ".").map { path[..<$0] } ?? ""
        }
        return extent
    }

    func has(_ path: String) -> Bool { places[path] != nil }
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
