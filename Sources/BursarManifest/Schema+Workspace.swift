extension Schema {
    static let metadata = Group(
        "metadata",
        [
            Field("name", .text, "the workspace's name, unique in the source", isRequired: true),
            Field("labels", .map(.text), "texts to select workspaces by"),
            Field(
                "annotations", .group(annotations),
                "`bursar/paused: <why>` plans and shows it, but applies nothing"),
        ])

    static let annotations = Group(
        "metadata.annotations", [Field("bursar/paused", .text, "why nothing is applied")],
        prefix: "bursar/")

    static let spec = Group(
        "spec",
        [
            Field("id", .format(.id), "LiteLLM's team_id; the name where absent"),
            Field(
                "budget", .either(.word(["unlimited"]), .group(budget)),
                "`{limit: <dollars>, period: 30d}` or the word `unlimited`"),
            Field(
                "models", .either(.word(["all"]), .set(.format(.model))),
                "a list of model names, or the word `all`"),
            Field("limits", .group(limits), "calls and tokens a minute, calls at once"),
            Field(
                "keys", .list(.group(key)), "one lineage of keys each; absent: one LITELLM_API_KEY"),
            Field("key", .group(key), "shorthand for a list of one"),
            Field(
                "providerSecrets", .list(.group(providerSecret)),
                "provider keys that the workspace brings along"),
            Field("suspended", .truth, "true: every call is refused"),
            Field("prune", .truth, "false: never pruned"),
            Field(
                "adopt", .group(adopt),
                "takes over a team and keys that exist; without effect once they are taken over"),
        ], rules: [.exclusive("key", "keys")])

    static let budget = Group(
        "spec.budget",
        [
            Field("limit", .amount, "the cap in US dollars over all keys, above 0"),
            Field(
                "period", .format(.period),
                "`1d`, `7d`, `30d`, `1mo`, or `Nd`, `Nh`; absent: never starts anew"),
            Field("warnAt", .format(.percent), "a share of the limit: `80%`"),
        ])

    static let limits = Group(
        "limits",
        [
            Field("requestsPerMinute", .number(1...maximumLimit), "calls a minute"),
            Field("tokensPerMinute", .number(1...maximumLimit), "tokens a minute"),
            Field("parallelRequests", .number(1...maximumLimit), "calls at once"),
        ])

    /// LiteLLM keeps them as 64-bit integers; beyond this JavaScript dashboards lose digits.
    static let maximumLimit = 9_007_199_254_740_991

    static let key = Group(
        "a key",
        [
            Field(
                "secret", .format(.secretName), "the name of the secret it is published in",
                isRequired: true),
            Field("models", .set(.format(.model)), "some of the workspace's"),
            Field("limits", .group(limits), "calls and tokens a minute, calls at once"),
            Field("rotation", .group(rotation), "when it is replaced"),
        ])

    static let rotation = Group(
        "rotation",
        [
            Field("every", .format(.positiveSpan), "by age: `30d`"),
            Field("schedule", .format(.schedule), "five-field cron, or a word like `@monthly`"),
            Field(
                "timeZone", .format(.timeZone), "that of schedule and window; default UTC"),
            Field(
                "window", .format(.window),
                "only then: `Mon-Fri 09:00-17:00`, several parts with `;`"),
            Field("maxAge", .format(.positiveSpan), "at this age even outside the window"),
            Field("overlap", .format(.span), "how long the old key still works; default 24h"),
            Field("overlapWhileInUse", .truth, "true: extended while the old key is used"),
            Field(
                "after", .format(.instant), "due at once for keys minted before this instant"),
            Field("afterOverlap", .format(.span), "the overlap of such a rotation"),
        ],
        rules: [
            .exclusive("schedule", "every"), .needs("timeZone", ["schedule", "window"]),
            .needs("window", ["every", "schedule"]), .needs("afterOverlap", ["after"]),
        ])

    static let providerSecret = Group(
        "a provider secret",
        [
            Field("name", .format(.secretName), "the name of the secret", isRequired: true),
            Field(
                "valueFrom", .group(valueFrom),
                "`{env: NAME}`, `{file: PATH}`, `{exec: [COMMAND]}` or `{age: PATH}`",
                isRequired: true),
            Field("models", .list(.group(model)), "the models that it makes available"),
        ])

    static let valueFrom = Group(
        "valueFrom",
        [
            Field("env", .text, "the name of an environment variable"),
            Field("file", .text, "the path of a file"),
            Field("exec", .command, "a command and its arguments, as a list"),
            Field("age", .text, "the path of a file encrypted to bursar's identity"),
        ], rules: [.exactlyOne(["env", "file", "exec", "age"])])

    static let model = Group(
        "a provider secret's model",
        [
            Field(
                "name", .format(.ownModel), "the name that apps call; not among spec.models",
                isRequired: true),
            Field(
                "upstream", .format(.upstream), "provider and model: `openai/gpt-4o`",
                isRequired: true),
            Field("apiBase", .format(.url), "the provider's URL; needed with Azure"),
            Field("apiVersion", .text, "the provider's API version"),
            Field("params", .map(.loose), "further `litellm_params`; no secrets"),
            Field(
                "credentials", .group(credentials),
                "which parameter is the value of which provider secret; `api_key` is this one's where it "
                    + "stands nowhere"),
        ])

    static let credentials = Group(
        "a model's credentials",
        ModelParameters.hidden.map {
            Field($0, .format(.secretName), "the provider secret that is its value")
        })

    static let adopt = Group(
        "spec.adopt",
        [
            Field("team", .truth, "true: the team of this id"),
            Field(
                "key", .text,
                "the alias of a key, or the 64 digits of its hash, which becomes the workspace's one key"
            ),
            Field(
                "keys", .map(.text), "where there are several: `{LITELLM_API_KEY: <alias or hash>}`"
            ),
            Field("from", .text, "the owner that they are taken from; absent: from none"),
        ], rules: [.exclusive("key", "keys"), .needs("from", ["team", "key", "keys"])])
}
