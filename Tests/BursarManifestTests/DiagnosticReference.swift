import BursarCore

@testable import BursarManifest

/// A sentence for every problem: the test that writes `docs/reference/diagnostics.md` finds a case
/// without one before a reader does, since it does not compile.
extension ManifestProblem {
    /// The name of the case, and of the breach.
    var caseName: String {
        if case .policyBreach(let breach) = self { return "policyBreach.\(Self.name(breach.what))" }
        return Self.name(self)
    }

    private static func name(_ value: some Any) -> String {
        Mirror(reflecting: value).children.first?.label ?? "\(value)"
    }

    var explanation: String {
        switch self {
        case .notUTF8: "A byte order mark says that the file is UTF-16. Save it as UTF-8."
        case .unreadable: "Bytes that are no UTF-8, or characters that YAML does not allow."
        case .syntax:
            "The text is no YAML from this place on. What stands before it is checked all the same."
        case .tab: "YAML takes no tabs for indentation."
        case .tooDeep: "Lists and mappings are nested deeper than any manifest needs."
        case .tooManyNodes: "The file holds more values than any manifest needs. Split it."
        case .emptyFile: "A file without a document is most often one that was not saved."
        case .alias:
            "Anchors and aliases are refused: a reviewer cannot see what an alias stands for, and a short file can stand for more than fits into "
                + "memory. Use `kind: Defaults` for what workspaces share."
        case .tag:
            "Tags such as `!!str` or `!Ref` are refused: what a value is shows in how it is written."
        case .mergeKey:
            "Merge keys are YAML 1.1 and hide where a value comes from. Use `kind: Defaults`."
        case .fieldIsNoText: "A list or a mapping cannot be the name of a field."
        case .duplicateField: "YAML readers differ in which of two equal fields counts."
        case .foreignDocument:
            "A source holds bursar's documents alone, so that a slip in `apiVersion` is never a workspace that is gone."
        case .unsupportedVersion: "There is one version so far."
        case .unknownKind:
            "The kinds are `Workspace`, `Defaults`, `Policy`, `Configuration` and `Gateway`."
        case .gatewayInSource:
            "The gateway's file is read by `bursar gateway` alone. A source holds manifests."
        case .misplacedKind:
            "The configuration stands in `bursar.yaml` at the top of the source, alone."
        case .severalConfigurations: "Only one document can say whose this source is."
        case .severalDefaults:
            "A directory has one document of defaults, so that nobody wonders which counts. Several policies are fine."
        case .unknownField:
            "A field that is not known is most often a slip, and would be without effect."
        case .unsupportedField: "The field is known, and this version does not read it yet."
        case .missingField: "Something that has no default is absent, or `null`."
        case .wrongType:
            "The value is of another type. YAML 1.2 decides: `no` and `1:30` are texts, `0o17` and `1e3` are numbers, what is in quotes is text."
        case .unknownWord: "Only some words can stand here."
        case .outOfRange: "The number is outside its bounds."
        case .emptyText: "An empty text or list says nothing here."
        case .controlCharacter:
            "Line breaks and control characters have no place in names and paths."
        case .duplicateEntry: "Two entries of one name: one of them would be without effect."
        case .exclusive: "Both fields say the same thing in two ways."
        case .needs: "The field only adds to another one, which is absent."
        case .notOneOf: "Of these fields exactly one says which."
        case .more:
            "People mend two hundred at a time. No lines are shown then: what was left out may have hidden one."
        case .invalidID: "The id becomes LiteLLM's team_id and part of names and paths."
        case .nameIsNoID: "Without `spec.id` the name is the id too, and this name cannot be one."
        case .invalidOwner: "The owner stands in the marks on keys and secrets."
        case .invalidSecretName: "Secrets are named like environment variables."
        case .credentialIsNoName:
            "Only names of provider secrets stand here. The value is not shown, since it may be the secret itself."
        case .literalSecret: "A secret in git is a secret that is out. The line is not shown."
        case .budgetNotPositive: "LiteLLM takes a budget of 0 for none and lets calls through."
        case .budgetTooPrecise: "Caps are whole micro-dollars."
        case .budgetTooLarge: "No workspace has such a budget."
        case .invalidPeriod:
            "LiteLLM reads other spellings as something else: `1m` is a minute to it."
        case .invalidPercent: "A share of the limit, in whole percent."
        case .invalidSpan: "Lengths of time are whole numbers with a unit."
        case .spanNotPositive: "A length of 0 would mean for ever, or at once, all the time."
        case .spanOutOfRange: "The length of time is outside its bounds."
        case .invalidInstant: "An instant names its offset, and a day that the calendar has."
        case .invalidSchedule: "The schedule is none of vixie cron's, or one that never runs."
        case .invalidWindow: "The window says no hours of the week."
        case .invalidTimeZone: "The zone is none of the IANA database."
        case .invalidMode:
            "Nobody but the owner and a group may read secrets. Without quotes YAML takes it for a number."
        case .invalidURL:
            "The URL is unusable, or holds a password. It is not shown for that reason."
        case .noAgeKey:
            "Only public keys of age, unabridged: a slip in one would encrypt to nobody, and an identity is a secret."
        case .maxAgeBelowEvery: "The greatest age would come before the rotation itself."
        case .maximumBelowMinimum: "Nothing fits between the two."
        case .overlapTooShort:
            "LiteLLM may serve a key from its cache for `keyCacheTTL`; an overlap shorter than twice that can end before every cache knows the new key."
        case .overlapTooLong:
            "A second rotation would come before the key of the one before the last is gone."
        case .wordInList:
            "`all` stands for itself; `*` and LiteLLM's other words for lists of models are read back from it as what they stand for, so that a plan would never be empty."
        case .modelNotInWorkspace: "A key cannot do more than its workspace."
        case .publicNameInModels:
            "A model that the workspace brings along would take the place of the proxy's model of that name."
        case .publicNameCovered:
            "A model of the proxy's that fits the pattern would be called in place of the workspace's own."
        case .invalidModelName:
            "The name stands in lists of models, where `*` is a pattern, and in LiteLLM's own names."
        case .invalidUpstream: "LiteLLM takes the provider from what stands before the first `/`."
        case .reservedParameter:
            "The parameter has a field of its own, or makes LiteLLM take a key or an address that is not the workspace's."
        case .shownCredential:
            "LiteLLM hides the values of a few parameters alone, and shows the ends of others to whoever may call the model."
        case .upstreamNeeds:
            "Where LiteLLM finds no credentials with the model it takes those of the proxy's environment, and the operator pays."
        case .upstreamSignsIn: "There is no key that a workspace could bring along."
        case .upstreamUnknown:
            "Many of LiteLLM's providers read the proxy's environment also where a key is given. Those that do not are listed."
        case .upstreamAddress:
            "A proxy with `AWS_BEARER_TOKEN_BEDROCK` sends that to Bedrock, whatever keys the model has; only AWS may get it."
        case .upstreamPrefers:
            "No model can keep these out of its calls, and bursar does not see the proxy's environment: whoever runs the proxy can say that it has none. See [byo.md](../byo.md#whose-key-a-call-goes-out-on)."
        case .variableOfProxy:
            "LiteLLM reads `os.environ/NAME` in every parameter of a model from the proxy's environment, where the operator's keys are."
        case .duplicateModel: "Two provider secrets cannot provide one name."
        case .duplicateSecret:
            "A published key and a provider secret would be stored under one name."
        case .unknownCredential:
            "The credential names a provider secret that this workspace does not have."
        case .sourceNotAllowed:
            "bursar reads what a manifest names with its own rights, so `spec.providerSecrets.allow` of `bursar.yaml` says what that may be; "
                + "by default nothing. `{ID}` stands for ids of letters, digits and `-` alone."
        case .adoptsWhichKey:
            "One alias cannot become several keys, and a workspace without keys has no place for it."
        case .unknownAdoptedSecret: "The key that is taken over becomes the key of one secret."
        case .duplicateID: "Two manifests would manage one team."
        case .duplicateName: "Names are unique in a source: LiteLLM shows them as the team's alias."
        case .policyBreach(let breach): breach.what.explanation
        }
    }
}

extension PolicyBreach.What {
    fileprivate var explanation: String {
        switch self {
        case .unlimited: "A policy wants a budget, or one within a maximum."
        case .budget:
            "The cap in 30 days is above the policy's maximum. A cap without a period counts as it stands."
        case .everyModel: "A policy names models, and `all` names none."
        case .modelNotAllowed:
            "The model fits none of the allowed patterns. A pattern in a manifest must be covered by one of them."
        case .modelForbidden:
            "The model fits a forbidden pattern, or a pattern in the manifest stands for some that do."
        case .noRotation: "A policy wants keys rotated, and this one never is."
        case .noMaxAge:
            "How old a key gets under a schedule depends on the calendar; `maxAge` bounds it."
        case .age: "The key may get older than the policy allows."
        case .overlapBelow: "The old key would die sooner than the policy allows."
        case .overlapAbove: "The old key would live longer than the policy allows."
        case .noLabel: "A policy requires the label."
        case .noAnnotation: "A policy requires the annotation."
        case .source: "A policy forbids this kind of source for provider secrets."
        }
    }
}
