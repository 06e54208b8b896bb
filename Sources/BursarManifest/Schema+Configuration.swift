extension Schema {
    static let configurationMetadata = Group("metadata", [Field("name", "the owner")])

    static let configurationSpec = Group(
        "spec",
        [
            Field("source", "this source's id, and what to leave out"),
            Field("litellm", "the proxy"),
            Field("issuer", "who mints keys: `litellm` or `groundfloor`"),
            Field("secrets", "where values go: `directory`, `exec` or `groundfloor`"),
            Field("apply", "how far a run may go"),
            Field("controlPlane", "the Control Plane", isSupported: false),
            Field("providerSecrets", "which sources manifests may name", isSupported: false),
            Field("controller", "the settings of `bursar run`"),
        ])

    static let source = Group(
        "spec.source",
        [
            Field("id", "a UUID that `bursar init` draws"),
            Field("exclude", "globs of files that are no manifests"),
        ])

    static let litellm = Group(
        "spec.litellm",
        [
            Field("url", "the proxy's URL"),
            Field("keyCacheTTL", "how long the proxy serves a key it has cached; default 60s"),
            Field("masterKeyFile", "a file that holds the master key"),
            Field("caFile", "a PEM file of the authorities to trust for this URL"),
        ])

    static let secrets = Group(
        "spec.secrets",
        [
            Field("directory", "files below a path"),
            Field("exec", "a program"),
            Field("groundfloor", "the Control Plane's Secrets"),
        ])

    static let directory = Group(
        "spec.secrets.directory",
        [
            Field("path", "relative to the file that names it; default ./secrets"),
            Field("recipients", "age public keys"),
            Field("group", "the group of the files"),
            Field("mode", "the mode of the files, in octal and quotes: \"0640\""),
        ])

    static let exec = Group(
        "spec.secrets.exec", [Field("command", "a command and its arguments, as a list")])

    static let groundfloor = Group("spec.secrets.groundfloor", [])

    static let apply = Group(
        "spec.apply",
        [
            Field("concurrency", "workspaces at once; default 8"),
            Field("prune", "true: what left git is suspended, then revoked"),
            Field("pruneAfter", "from suspending to revoking; default 7d"),
            Field("limits", "how much one run may do"),
            Field("allow", "exceptions to the limits", isSupported: false),
        ])

    static let controller = Group(
        "spec.controller",
        [
            Field("interval", "from one reconcile to the next; default 5m"),
            Field("listen", "where the status page is served", isSupported: false),
        ])

    static let safetyLimits = Group(
        "spec.apply.limits",
        [
            Field("removals", "workspaces, keys and secrets removed"),
            Field("changes", "workspaces changed"),
            Field("rotations", "rotations a run; default 50"),
            Field("lostSecrets", "lost secrets minted anew; default 0"),
            Field("openTeams", "open teams beside bring-your-own models; default 0"),
            Field("capIncrease", "by how many dollars caps may rise in 30 days"),
        ])
}
