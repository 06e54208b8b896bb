/// What a manifest may say: the fields of every group, as data. The decoders ask for no field that
/// does not stand here, and what a manifest writes beside these is an unknown field.
enum Schema {
    struct Field: Sendable {
        let name: String
        /// One clause for help texts and the reference.
        let doc: String
        /// `false`: checked for its shape, then refused.
        var isSupported = true

        init(_ name: String, _ doc: String, isSupported: Bool = true) {
            self.name = name
            self.doc = doc
            self.isSupported = isSupported
        }
    }

    struct Group: Sendable {
        /// As a sentence names it: `spec.budget`.
        let name: String
        let fields: [Field]

        init(_ name: String, _ fields: [Field]) {
            self.name = name
            self.fields = fields
        }

        subscript(name: String) -> Field? { fields.first { $0.name == name } }
    }

    static let version = "bursar/v1"

    /// Kinds of `bursar/v1`, whether this version reads them or not.
    enum Kind: String, CaseIterable, Sendable {
        case workspace = "Workspace"
        case configuration = "Configuration"
        case defaults = "Defaults"
        case policy = "Policy"
        case gateway = "Gateway"
    }

    static let document = Group(
        "the document",
        [
            Field("apiVersion", "always `bursar/v1`"),
            Field(
                "kind",
                "`Workspace`, `Defaults`, `Policy`, or `Configuration` in bursar.yaml"),
            Field("metadata", "the name, labels and annotations"),
            Field("spec", "what is wanted"),
        ])

    static let metadata = Group(
        "metadata",
        [
            Field("name", "the workspace's name, unique in the source"),
            Field("labels", "texts to select workspaces by"),
            Field("annotations", "`bursar/paused: <why>` plans and shows it, but applies nothing"),
        ])

    static let annotations = Group(
        "metadata.annotations", [Field("bursar/paused", "why nothing is applied")])

    static let spec = Group(
        "spec",
        [
            Field("id", "LiteLLM's team_id; the name where absent"),
            Field("budget", "`{limit: <dollars>, period: 30d}` or the word `unlimited`"),
            Field("models", "a list of model names, or the word `all`"),
            Field("limits", "calls and tokens a minute, calls at once"),
            Field("keys", "one lineage of keys each; absent: one LITELLM_API_KEY"),
            Field("key", "shorthand for a list of one"),
            Field("providerSecrets", "provider keys that the workspace brings along"),
            Field("suspended", "true: every call is refused"),
            Field("prune", "false: never pruned"),
            Field("adopt", "takes over a team and a key that exist", isSupported: false),
        ])

    /// What a directory may give to the workspaces in and below it.
    static let defaultsSpec = Group(
        "the spec of Defaults", spec.fields.filter { !["id", "adopt"].contains($0.name) })

    static let severities = ["error", "warn"]

    static let policySpec = Group(
        "the spec of Policy",
        [
            Field("severity", "`error`, the default, or `warn`: breaches are warnings"),
            Field("budget", "how much a workspace may spend"),
            Field("models", "which models a workspace may name, its own among them"),
            Field("rotation", "how old a key may get"),
            Field("overlap", "how long an old key may work"),
            Field("labels", "which labels a workspace has"),
            Field("annotations", "which annotations a workspace has"),
            Field("valueFrom", "where provider secrets may come from"),
        ])

    static let policyBudget = Group(
        "spec.budget",
        [
            Field("required", "true: `unlimited` is refused"),
            Field(
                "maximum",
                "US dollars in 30 days, whatever the period; in all where there is none; `unlimited` is refused"
            ),
        ])

    static let policyModels = Group(
        "spec.models",
        [
            Field("allowed", "patterns with `*` and `?`: every model is one of these"),
            Field("forbidden", "patterns with `*` and `?`: no model can be one of these"),
        ])

    static let policyRotation = Group(
        "spec.rotation",
        [
            Field("required", "true: every key has `every`, `schedule` or `maxAge`"),
            Field("maximumAge", "no key gets older; a schedule needs a `maxAge`"),
        ])

    static let policyOverlap = Group(
        "spec.overlap",
        [
            Field("minimum", "of `overlap`; `afterOverlap` may be shorter"),
            Field("maximum", "of `overlap` and `afterOverlap`"),
        ])

    static let policyLabels = Group("spec.labels", [Field("required", "names of labels")])

    static let policyAnnotations = Group(
        "spec.annotations", [Field("required", "names of annotations")])

    static let policyValueFrom = Group(
        "spec.valueFrom", [Field("forbidden", "some of `env`, `file`, `exec`, `age`")])

    static let directoryMetadata = Group(
        "metadata",
        [
            Field("name", "what people call it"),
            Field("labels", "texts for other tools"),
            Field("annotations", "texts for other tools"),
        ])

    static let budget = Group(
        "spec.budget",
        [
            Field("limit", "the cap in US dollars over all keys, above 0"),
            Field("period", "`1d`, `7d`, `30d`, `1mo`, or `Nd`, `Nh`; absent: never starts anew"),
            Field("warnAt", "a share of the limit: `80%`"),
        ])

    static let limits = Group(
        "limits",
        [
            Field("requestsPerMinute", "calls a minute"),
            Field("tokensPerMinute", "tokens a minute"),
            Field("parallelRequests", "calls at once"),
        ])

    static let key = Group(
        "a key",
        [
            Field("secret", "the name of the secret it is published in"),
            Field("models", "some of the workspace's"),
            Field("limits", "calls and tokens a minute, calls at once"),
            Field("rotation", "when it is replaced"),
        ])

    static let rotation = Group(
        "rotation",
        [
            Field("every", "by age: `30d`"),
            Field("schedule", "five-field cron, or a word like `@monthly`"),
            Field("timeZone", "the schedule's IANA time zone; default UTC"),
            Field("window", "only then: `Mon-Fri 09:00-17:00`"),
            Field("maxAge", "at this age even outside the window"),
            Field("overlap", "how long the old key still works; default 24h"),
            Field("overlapWhileInUse", "true: extended while the old key is used"),
            Field("after", "due at once for keys minted before this instant"),
            Field("afterOverlap", "the overlap of such a rotation"),
        ])

    static let providerSecret = Group(
        "a provider secret",
        [
            Field("name", "the name of the secret"),
            Field(
                "valueFrom", "`{env: NAME}`, `{file: PATH}`, `{exec: [COMMAND]}` or `{age: PATH}`"),
            Field("models", "the models that it makes available"),
        ])

    static let valueFrom = Group(
        "valueFrom",
        [
            Field("env", "the name of an environment variable"),
            Field("file", "the path of a file"),
            Field("exec", "a command and its arguments, as a list"),
            Field("age", "the path of a file encrypted to bursar's identity"),
        ])

    static let model = Group(
        "a provider secret's model",
        [
            Field("name", "the name that apps call"),
            Field("upstream", "provider and model: `openai/gpt-4o`"),
            Field("apiBase", "the provider's URL"),
            Field("apiVersion", "the provider's API version"),
            Field("params", "further parameters; no secrets"),
            Field("credentials", "further parameters, each the name of a provider secret"),
        ])

    static let adopt = Group(
        "spec.adopt",
        [
            Field("team", "true: the team of this id"),
            Field("key", "the alias of a key"),
            Field("from", "the owner it is taken from"),
        ])
}
