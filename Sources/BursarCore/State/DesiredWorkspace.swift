/// A workspace as its manifest wants it, with every default filled in.
package struct DesiredWorkspace: Hashable, Sendable {
    package var id: WorkspaceID
    /// LiteLLM's `team_alias`; unique in the source.
    package var name: String
    package var labels: [String: String]
    /// Why nothing is applied to it (annotation `bursar/paused`); `nil` where it is not paused.
    package var paused: String?
    package var budget: Budget
    /// Percent of the budget, 1 to 100.
    package var warnAtPercent: Managed<Int>
    package var models: ModelAccess
    package var limits: Limits
    /// By ascending secret name; empty is a workspace without keys.
    package var keys: [DesiredKey]
    /// By ascending name.
    package var providerSecrets: [DesiredProviderSecret]
    package var suspended: Bool
    /// `false`: never pruned, whatever the flags.
    package var prune: Bool
    /// `nil`: nothing is taken over.
    package var adoption: Adoption?
    /// Where each field was written, by its path in the manifest: `spec.budget.limit`,
    /// `spec.keys.LITELLM_API_KEY`, `metadata.name`. The document itself is the empty path.
    package var places: Places

    package init(
        id: WorkspaceID, name: String, labels: [String: String] = [:], paused: String? = nil,
        budget: Budget, warnAtPercent: Managed<Int> = .unmanaged, models: ModelAccess,
        limits: Limits = Limits(), keys: [DesiredKey],
        providerSecrets: [DesiredProviderSecret] = [],
        suspended: Bool = false, prune: Bool = true, adoption: Adoption? = nil,
        places: Places = Places()
    ) {
        self.id = id
        self.name = name
        self.labels = labels
        self.paused = paused
        self.budget = budget
        self.warnAtPercent = warnAtPercent
        self.models = models
        self.limits = limits
        self.keys = keys.sorted { $0.secret < $1.secret }
        self.providerSecrets = providerSecrets.sorted { $0.name < $1.name }
        self.suspended = suspended
        self.prune = prune
        self.adoption = adoption
        self.places = places
    }

    /// Where `path` was written, or the nearest parent of it that was.
    package func place(of path: String) -> SourceLocation? {
        places.location(nearest: path)
    }
}

/// One lineage: the keys that are published one after another under one secret name.
package struct DesiredKey: Hashable, Sendable {
    package var secret: SecretName
    /// `nil`: the workspace's. Within the workspace's.
    package var models: Set<String>?
    package var limits: Limits
    /// `nil`: never rotated by rule.
    package var rotation: RotationSpec?

    package init(
        secret: SecretName, models: Set<String>? = nil, limits: Limits = Limits(),
        rotation: RotationSpec? = nil
    ) {
        self.secret = secret
        self.models = models
        self.limits = limits
        self.rotation = rotation
    }
}

/// When a key is replaced and how long the old one still works.
package struct RotationSpec: Hashable, Sendable {
    package enum Trigger: Hashable, Sendable {
        /// By age.
        case every(Span)
        case schedule(CronSchedule)
    }

    /// `nil`: only `after` and `maxAge` make it due.
    package var trigger: Trigger?
    /// Of the schedule and the window.
    package var timeZone: IANAZone
    /// Rotated by `trigger` only then.
    package var window: RotationWindow?
    /// Rotated at this age, even outside the window.
    package var maxAge: Span?
    package var overlap: Span
    /// `true`: the overlap is extended while the old key is still used, up to `maxAge`.
    package var overlapWhileInUse: Bool
    /// Due at once when the key was minted before it and it has come.
    package var after: Instant?
    /// The overlap of a rotation that `after` brings; `nil`: `overlap`.
    package var afterOverlap: Span?

    package static let defaultOverlap = Span.hours(24)

    package init(
        trigger: Trigger? = nil, timeZone: IANAZone = .utc, window: RotationWindow? = nil,
        maxAge: Span? = nil, overlap: Span = RotationSpec.defaultOverlap,
        overlapWhileInUse: Bool = false, after: Instant? = nil, afterOverlap: Span? = nil
    ) {
        self.trigger = trigger
        self.timeZone = timeZone
        self.window = window
        self.maxAge = maxAge
        self.overlap = overlap
        self.overlapWhileInUse = overlapWhileInUse
        self.after = after
        self.afterOverlap = afterOverlap
    }

    /// Between two rotations that follow one another soonest, leaving the spread of `every`, daylight
    /// saving and `after` aside; `nil` where `after` is all there is.
    package var interval: Span? {
        switch trigger {
        case .every(let every): every
        case .schedule(let cron): cron.shortestGap
        case nil: maxAge
        }
    }
}

/// A secret of a provider that the workspace brings along, and the models it makes available.
package struct DesiredProviderSecret: Hashable, Sendable {
    package var name: SecretName
    package var valueFrom: ValueSource
    /// By ascending name.
    package var models: [DesiredModel]

    package init(name: SecretName, valueFrom: ValueSource, models: [DesiredModel] = []) {
        self.name = name
        self.valueFrom = valueFrom
        self.models = models.sorted { $0.name < $1.name }
    }
}

/// Where a provider secret's value is read; never the value.
package enum ValueSource: Hashable, Sendable {
    /// The name of an environment variable.
    case env(String)
    case file(String)
    /// A command and its arguments, at least one element.
    case exec([String])
    /// The path of a file encrypted to bursar's identity.
    case age(String)
}

/// A bring-your-own model.
package struct DesiredModel: Hashable, Sendable {
    /// The public name, without the workspace's prefix.
    package var name: String
    /// LiteLLM's `litellm_params.model`: `openai/gpt-4o`.
    package var upstream: String
    package var apiBase: String?
    package var apiVersion: String?
    /// Further `litellm_params`; none is a secret.
    package var params: [String: JSONValue]
    /// Further `litellm_params` whose values are provider secrets of the same workspace.
    package var credentials: [String: SecretName]

    package init(
        name: String, upstream: String, apiBase: String? = nil, apiVersion: String? = nil,
        params: [String: JSONValue] = [:], credentials: [String: SecretName] = [:]
    ) {
        self.name = name
        self.upstream = upstream
        self.apiBase = apiBase
        self.apiVersion = apiVersion
        self.params = params
        self.credentials = credentials
    }
}
