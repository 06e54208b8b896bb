/// What bursar finds and no JSON Schema can.
enum BeyondSchema: String, CaseIterable {
    case yaml = """
        Whether a file is YAML in UTF-8, of a size and depth that can be read, without aliases, tags, merge keys and \
        duplicate fields.
        """
    case placement = """
        Where a document stands: the configuration in bursar.yaml alone, the gateway in no source, one document of defaults a directory.
        """
    case inherited = """
        Whether a workspace has a budget and models: it may inherit them.
        """
    case spelling = """
        How a number is written. The schema sees a value: `5.0` for a whole number, `0x10` for an amount and more decimals than \
        are kept are refused by bursar alone, and `1_000`, a number to some YAML readers, is a text to bursar.
        """
    case range = "Whether a length of time is within its bounds."
    case calendar = """
        Whether an instant is in the calendar, a time zone exists, a schedule and a window say anything.
        """
    case recipients = "Whether the checksum in an age recipient fits it."
    case secrets = """
        What looks like a secret: `sk-…` anywhere, a field that sounds like one.
        """
    case betweenFields = """
        What stands between fields of one workspace: names used twice, a key's models within the workspace's, an overlap \
        against `keyCacheTTL` and the time between rotations, `maxAge` against `every`, credentials that name a provider secret, `adopt` that \
        names a key of the workspace, a name that cannot be the id, what a model's upstream needs.
        """
    case betweenDocuments = "Whether ids and names are unique in the source."
    case policy = "Whether a policy allows it."
    case parameters =
        "Which parameters cannot stand in a model's `params`, and `os.environ/` in its texts."
    case sources = "Whether `bursar.yaml` allows the source of a provider secret."
}

extension ManifestProblem {
    /// `nil` where bursar's JSON Schema finds it too.
    var beyondSchema: BeyondSchema? {
        switch self {
        case .notUTF8, .unreadable, .syntax, .tab, .tooDeep, .tooManyNodes, .emptyFile, .alias,
            .tag, .mergeKey, .fieldIsNoText, .duplicateField:
            .yaml
        case .gatewayInSource, .misplacedKind, .severalConfigurations, .severalDefaults: .placement
        case .missingField(let name, _, _):
            ["budget", "models", "limit", "spec"].contains(name) ? .inherited : nil
        case .budgetTooPrecise: .spelling
        case .spanOutOfRange: .range
        case .invalidInstant, .invalidSchedule, .invalidWindow, .invalidTimeZone: .calendar
        case .noAgeKey: .recipients
        case .literalSecret: .secrets
        case .duplicateEntry, .nameIsNoID, .maxAgeBelowEvery, .overlapTooShort, .overlapTooLong,
            .maximumBelowMinimum, .modelNotInWorkspace, .publicNameInModels, .duplicateModel,
            .duplicateSecret, .unknownCredential, .adoptsWhichKey, .unknownAdoptedSecret:
            .betweenFields
        case .publicNameCovered, .upstreamNeeds, .upstreamSignsIn, .upstreamUnknown,
            .upstreamAddress, .upstreamPrefers:
            .betweenFields
        case .reservedParameter, .variableOfProxy: .parameters
        case .duplicateID, .duplicateName: .betweenDocuments
        case .policyBreach: .policy
        case .sourceNotAllowed: .sources
        case .foreignDocument, .unsupportedVersion, .unknownKind, .unknownField, .more,
            .unsupportedField, .wrongType, .unknownWord, .outOfRange, .emptyText,
            .controlCharacter, .exclusive, .needs, .notOneOf, .invalidID, .invalidOwner,
            .invalidSecretName, .credentialIsNoName, .budgetNotPositive, .budgetTooLarge,
            .invalidPeriod, .invalidPercent, .invalidSpan, .spanNotPositive, .invalidMode,
            .invalidURL, .wordInList, .invalidModelName, .invalidUpstream, .shownCredential:
            nil
        }
    }
}
