/// `bursar.yaml`: who this installation is, what it talks to and how far it may go.
package struct Configuration: Hashable, Sendable {
    package enum Issuer: String, Hashable, Sendable, CaseIterable {
        case liteLLM = "litellm", groundfloor
    }

    package enum SecretStore: Hashable, Sendable {
        /// A relative path is relative to the file that names it. Recipients are age public keys.
        case directory(path: String, recipients: [String], group: String?, mode: UInt32?)
        /// A command and its arguments, at least one element.
        case exec([String])
        case groundfloor
    }

    package var owner: Owner
    /// Globs of files that are no manifests, relative to the configuration's directory.
    package var exclude: [String]
    package var liteLLM: LiteLLM
    package var issuer: Issuer
    package var secrets: SecretStore
    package var controlPlane: ControlPlane
    package var apply: Apply
    package var controller: Controller
    /// What manifests may name as a source of provider secrets.
    package var providerSources: SourceAllowance
    /// The path of the file it was read from, as diagnostics name it.
    package var file: String

    package static let defaultSecrets = SecretStore.directory(
        path: "./secrets", recipients: [], group: nil, mode: nil)

    package init(
        owner: Owner, exclude: [String] = [], liteLLM: LiteLLM = LiteLLM(),
        issuer: Issuer = .liteLLM, secrets: SecretStore = Configuration.defaultSecrets,
        controlPlane: ControlPlane = ControlPlane(), apply: Apply = Apply(),
        controller: Controller = Controller(),
        providerSources: SourceAllowance = SourceAllowance(), file: String
    ) {
        self.providerSources = providerSources
        self.owner = owner
        self.exclude = exclude
        self.liteLLM = liteLLM
        self.issuer = issuer
        self.secrets = secrets
        self.controlPlane = controlPlane
        self.apply = apply
        self.controller = controller
        self.file = file
    }

    package struct LiteLLM: Hashable, Sendable {
        /// `nil`: from the environment or a flag.
        package var url: String?
        /// How long LiteLLM may go on serving a key it has cached.
        package var keyCacheTTL: Span
        /// A credential from the environment never goes to a URL from a file; this one does.
        package var masterKeyFile: String?
        /// PEM file of the authorities to trust for `url`, and for that alone.
        package var caFile: String?

        package static let defaultKeyCacheTTL = Span(seconds: 60)

        package init(
            url: String? = nil, keyCacheTTL: Span = LiteLLM.defaultKeyCacheTTL,
            masterKeyFile: String? = nil, caFile: String? = nil
        ) {
            self.url = url
            self.keyCacheTTL = keyCacheTTL
            self.masterKeyFile = masterKeyFile
            self.caFile = caFile
        }
    }

    /// What is `nil` comes from the environment.
    package struct ControlPlane: Hashable, Sendable {
        package var url: String?
        package var tokenURL: String?
        package var clientID: String?
        /// A secret from the environment never goes to a URL from a file; this one does.
        package var clientSecretFile: String?
        /// Asked for with each token.
        package var scope: String?

        package static let defaultClientID = "bursar"

        package init(
            url: String? = nil, tokenURL: String? = nil, clientID: String? = nil,
            clientSecretFile: String? = nil, scope: String? = nil
        ) {
            self.url = url
            self.tokenURL = tokenURL
            self.clientID = clientID
            self.clientSecretFile = clientSecretFile
            self.scope = scope
        }
    }

    /// Whether anything is asked of a Control Plane.
    package var usesControlPlane: Bool { issuer == .groundfloor || secrets == .groundfloor }

    package struct Apply: Hashable, Sendable {
        /// Workspaces at once.
        package var concurrency: Int
        package var prune: Bool
        /// From the suspension of a workspace that left git to the end of its keys.
        package var pruneAfter: Span
        package var limits: SafetyLimits
        /// In the order of the file, those that are over among them.
        package var allow: [Allowance]

        package init(
            concurrency: Int = 8, prune: Bool = false, pruneAfter: Span = .days(7),
            limits: SafetyLimits = SafetyLimits(), allow: [Allowance] = []
        ) {
            self.allow = allow
            self.concurrency = concurrency
            self.prune = prune
            self.pruneAfter = pruneAfter
            self.limits = limits
        }
    }

    package struct Controller: Hashable, Sendable {
        /// From the end of one reconcile to the beginning of the next, when nothing falls due before.
        package var interval: Span

        package static let defaultInterval = Span(seconds: 300)
        /// Shorter ones would only load the proxy; longer ones would notice an edit a day late.
        package static let intervals = Span(seconds: 10)...Span.days(1)

        package init(interval: Span = Controller.defaultInterval) {
            self.interval = interval
        }
    }

    /// How much one run may do.
    package struct SafetyLimits: Hashable, Sendable {
        /// `nil`: max(1, min(3, a tenth of the workspaces observed)).
        package var removals: Int?
        /// `nil`: off.
        package var changes: Int?
        package var rotations: Int
        package var lostSecrets: Int
        package var openTeams: Int
        /// By how much the caps may rise in sum, a 30-day month; `nil`: off.
        package var capIncrease: Money?

        package init(
            removals: Int? = nil, changes: Int? = nil, rotations: Int = 50, lostSecrets: Int = 0,
            openTeams: Int = 0, capIncrease: Money? = nil
        ) {
            self.removals = removals
            self.changes = changes
            self.rotations = rotations
            self.lostSecrets = lostSecrets
            self.openTeams = openTeams
            self.capIncrease = capIncrease
        }
    }
}
