/// Documents that apply to their directory and those below.
extension Schema {
    static let directoryMetadata = Group(
        "metadata",
        [
            Field("name", .text, "what people call it"),
            Field("labels", .map(.text), "texts for other tools"),
            Field("annotations", .map(.anything), "texts for other tools"),
        ])

    /// What a directory may give to the workspaces in and below it.
    static let defaultsSpec = Group(
        "the spec of Defaults", spec.fields.filter { !["id", "adopt"].contains($0.name) },
        rules: spec.rules)

    static let severities = ["error", "warn"]

    static let policySpec = Group(
        "the spec of Policy",
        [
            Field(
                "severity", .word(severities),
                "`error`, the default, or `warn`: breaches are warnings"),
            Field("budget", .group(policyBudget), "how much a workspace may spend"),
            Field(
                "models", .group(policyModels),
                "which models a workspace may name, its own among them"),
            Field("rotation", .group(policyRotation), "how old a key may get"),
            Field("overlap", .group(policyOverlap), "how long an old key may work"),
            Field("labels", .group(policyLabels), "which labels a workspace has"),
            Field("annotations", .group(policyAnnotations), "which annotations a workspace has"),
            Field("valueFrom", .group(policyValueFrom), "where provider secrets may come from"),
        ])

    static let policyBudget = Group(
        "spec.budget",
        [
            Field("required", .truth, "true: `unlimited` is refused"),
            Field(
                "maximum", .amount,
                "US dollars in 30 days, whatever the period, and in all where there is none; `unlimited` is refused"
            ),
        ])

    static let policyModels = Group(
        "spec.models",
        [
            Field(
                "allowed", .set(.text), "patterns with `*` and `?`: every model is one of these"),
            Field(
                "forbidden", .set(.text), "patterns with `*` and `?`: no model can be one of these"),
        ])

    static let policyRotation = Group(
        "spec.rotation",
        [
            Field("required", .truth, "true: every key has `every`, `schedule` or `maxAge`"),
            Field(
                "maximumAge", .format(.positiveSpan),
                "no key gets older; a schedule needs a `maxAge`"),
        ])

    static let policyOverlap = Group(
        "spec.overlap",
        [
            Field("minimum", .format(.span), "of `overlap`; `afterOverlap` may be shorter"),
            Field("maximum", .format(.span), "of `overlap` and `afterOverlap`"),
        ])

    static let policyLabels = Group(
        "spec.labels", [Field("required", .set(.text), "names of labels")])

    static let policyAnnotations = Group(
        "spec.annotations", [Field("required", .set(.text), "names of annotations")])

    static let policyValueFrom = Group(
        "spec.valueFrom",
        [
            Field(
                "forbidden", .list(.word(valueFrom.fields.map(\.name))),
                "some of `env`, `file`, `exec`, `age`")
        ])
}
