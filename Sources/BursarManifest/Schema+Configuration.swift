internal import BursarCore

extension Schema {
    static let configurationMetadata = Group(
        "metadata", [Field("name", .format(.id), "the owner", isRequired: true)])

    static let configurationSpec = Group(
        "spec",
        [
            Field("source", .group(source), "this source's id, and what to leave out"),
            Field("litellm", .group(litellm), "the proxy"),
            Field(
                "issuer", .word(Configuration.Issuer.allCases.map(\.rawValue)),
                "who mints keys: `litellm` or `groundfloor`"),
            Field(
                "secrets", .group(secrets),
                "where values go: `directory`, `exec` or `groundfloor`"),
            Field("apply", .group(apply), "how far a run may go"),
            Field(
                "controlPlane", .group(controlPlane),
                "the Control Plane, and who gives tokens for it"),
            Field(
                "providerSecrets", .group(providerSources),
                "which sources manifests may name, and what the proxy has not got"),
            Field("controller", .group(controller), "the settings of `bursar run`"),
        ])

    static let source = Group(
        "spec.source",
        [
            Field("id", .text, "a UUID that `bursar init` draws"),
            Field("exclude", .set(.text), "globs of files that are no manifests"),
        ])

    static let litellm = Group(
        "spec.litellm",
        [
            Field("url", .format(.url), "the proxy's URL"),
            Field(
                "keyCacheTTL", .format(.span),
                "how long the proxy serves a key it has cached; default 60s"),
            Field("masterKeyFile", .text, "a file that holds the master key"),
            Field("caFile", .text, "a PEM file of the authorities to trust for this URL"),
        ])

    static let secrets = Group(
        "spec.secrets",
        [
            Field("directory", .emptyGroup(directory), "files below a path"),
            Field("exec", .group(exec), "a program"),
            Field("groundfloor", .emptyGroup(groundfloor), "the Control Plane's Secrets"),
        ], rules: [.exactlyOneWritten(["directory", "exec", "groundfloor"])])

    static let directory = Group(
        "spec.secrets.directory",
        [
            Field("path", .text, "relative to the file that names it; default ./secrets"),
            Field(
                "recipients", .set(.format(.recipient)),
                "age public keys; values are encrypted to them"),
            Field("group", .text, "the group of the files"),
            Field(
                "mode", .format(.mode), "the mode of the files, in octal and quotes: \"0640\""),
        ])

    static let exec = Group(
        "spec.secrets.exec",
        [
            Field(
                "command", .command, "a command and its arguments, as a list", isRequired: true)
        ])

    static let groundfloor = Group("spec.secrets.groundfloor", [])

    static let controlPlane = Group(
        "spec.controlPlane",
        [
            Field("url", .format(.url), "its URL; absent, CONTROL_PLANE_URL"),
            Field("keycloak", .group(keycloak), "where tokens come from"),
        ])

    static let keycloak = Group(
        "spec.controlPlane.keycloak",
        [
            Field(
                "tokenURL", .format(.url),
                "the realm's token endpoint; absent, KEYCLOAK_TOKEN_URL"),
            Field("clientID", .text, "absent, KEYCLOAK_CLIENT_ID, else bursar"),
            Field(
                "clientSecretFile", .text,
                "a file that holds the client's secret; absent, KEYCLOAK_CLIENT_SECRET"),
            Field("scope", .text, "asked for with each token; absent, KEYCLOAK_SCOPE, else none"),
        ])

    static let apply = Group(
        "spec.apply",
        [
            Field("concurrency", .number(1...64), "workspaces at once; default 8"),
            Field("prune", .truth, "true: what left git is suspended, then revoked"),
            Field(
                "pruneAfter", .format(.span), "from suspending to revoking; default 7d"),
            Field("limits", .group(safetyLimits), "how much one run may do"),
            Field("allow", .list(.group(allowance)), "exceptions to the limits, with their end"),
        ])

    static let allowance = Group(
        "spec.apply.allow",
        [
            Field(
                "limit", .word(Limit.allCases.map(\.rawValue)), "which limit", isRequired: true),
            Field(
                "count", .number(allowances), "the new bound; whole dollars for `capIncrease`",
                isRequired: true),
            Field(
                "until", .format(.instant), "from then on it counts for nothing",
                isRequired: true),
        ])

    static let providerSources = Group(
        "spec.providerSecrets",
        [
            Field(
                "allow", .list(.group(allowedSource)),
                "sources with `{id}` or `{ID}` for the workspace and `*` for any text without `/`; "
                    + "default: none"),
            Field(
                "proxyLacks", .set(.word(ModelParameters.proxyVariables)),
                "variables that the proxy's environment is known not to have; LiteLLM would prefer them to "
                    + "the keys of some workspaces' own models, which are refused without this"),
        ])

    static let allowedSource = Group(
        "an allowed source",
        [
            Field("env", .text, "names of environment variables: `OPENAI_{ID}`"),
            Field("file", .text, "paths of files: `/run/provider/{id}/*`"),
            Field("exec", .command, "a program by its absolute path, and its arguments"),
            Field("age", .text, "paths of encrypted files: `secrets/{id}/*.age`"),
        ], rules: [.exactlyOne(["env", "file", "exec", "age"])])

    static let allowances = 0...1_000_000_000_000

    static let controller = Group(
        "spec.controller",
        [
            Field(
                "interval", .spanWithin(Configuration.Controller.intervals),
                "from one reconcile to the next; default 5m"),
            Field("listen", .text, "where the status page is served", isSupported: false),
        ])

    static let safetyLimits = Group(
        "spec.apply.limits",
        [
            Field("removals", .number(counts), "workspaces, keys and secrets removed"),
            Field("changes", .number(counts), "workspaces changed"),
            Field("rotations", .number(counts), "rotations a run; default 50"),
            Field("lostSecrets", .number(counts), "lost secrets minted anew; default 0"),
            Field(
                "openTeams", .number(counts), "open teams beside bring-your-own models; default 0"),
            Field("capIncrease", .amountOrNone, "by how many dollars caps may rise in 30 days"),
        ])

    static let counts = 0...1_000_000
}
