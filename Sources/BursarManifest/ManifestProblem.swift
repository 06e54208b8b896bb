internal import BursarCore

/// What can be wrong with a manifest. The sentences stand in `ManifestProblem+Diagnostic`.
enum ManifestProblem: Hashable, Sendable {
    // The file
    case notUTF8(String)
    case unreadable(String)
    case syntax(String)
    case tab
    case tooDeep(Int)
    case tooManyNodes(Int)
    case emptyFile
    // YAML that is refused
    case alias(String)
    case tag(String)
    case mergeKey
    case fieldIsNoText
    case duplicateField(String, Mark)
    // The document
    case foreignDocument(String)
    case unsupportedVersion(String)
    case unknownKind(String, nearest: String?)
    case gatewayInSource
    case misplacedKind(String, configuration: Bool)
    case severalConfigurations(first: Mark)
    case severalDefaults(first: Extent)
    // Fields
    case unknownField(String, of: String, nearest: String?, known: [String])
    case unsupportedField(String)
    case missingField(String, of: String, doc: String)
    case wrongType(expected: String, found: String)
    case unknownWord(String, allowed: [String], nearest: String?)
    case outOfRange(field: String, ClosedRange<Int>)
    case emptyText
    case controlCharacter
    case duplicateEntry(String, Mark)
    case exclusive(String, String)
    case needs(String, other: [String])
    case notOneOf([String], of: String)
    /// Left out of a file that has many.
    case more(Diagnostic.Severity)
    // Names
    case invalidID(String, WorkspaceIDFault)
    case nameIsNoID(String, WorkspaceIDFault)
    case invalidOwner(String)
    case invalidSecretName(String)
    case credentialIsNoName(String)
    case literalSecret(field: String?)
    // Money and time
    case budgetNotPositive(negative: Bool)
    case budgetTooPrecise
    case budgetTooLarge
    case invalidPeriod(String)
    case invalidPercent(String)
    case invalidSpan(String)
    case spanNotPositive
    case spanOutOfRange(ClosedRange<Span>)
    case invalidInstant(String)
    case invalidSchedule(CronFault)
    case invalidWindow(WindowFault)
    case invalidTimeZone(String, nearest: String?)
    case invalidMode(String)
    case invalidURL
    case noAgeKey
    case maxAgeBelowEvery(maxAge: Span, every: Span)
    case maximumBelowMinimum(maximum: Span, minimum: Span)
    case overlapTooShort(overlap: Span, keyCacheTTL: Span)
    case overlapTooLong(overlap: Span, interval: Span)
    // Between fields and between workspaces
    case wordInList(String)
    case modelNotInWorkspace(String)
    case publicNameInModels(String)
    case publicNameCovered(String, by: String)
    case invalidModelName(String)
    case invalidUpstream(String)
    case reservedParameter(String)
    case shownCredential(String)
    case upstreamNeeds(String, [String])
    case upstreamSignsIn(String)
    case upstreamUnknown(String)
    case upstreamAddress(String)
    case upstreamPrefers(String, variables: [String])
    case variableOfProxy(String)
    case duplicateModel(String, SourceLocation)
    case duplicateSecret(String, SourceLocation)
    indirect case policyBreach(PolicyBreach)
    case unknownCredential(String, nearest: String?)
    case sourceNotAllowed(String)
    case adoptsWhichKey([String])
    case unknownAdoptedSecret(String, nearest: String?)
    case duplicateID(String, first: Extent)
    case duplicateName(String, first: Extent)
}

/// Why a text is no workspace id.
enum WorkspaceIDFault: Hashable, Sendable {
    case slash, doubleDash, tooLong, upperCase, characters

    /// `nil` where the text is an id.
    init?(_ text: String) {
        if WorkspaceID(text) != nil { return nil }
        if text.contains("/") {
            self = .slash
        } else if text.contains("--") {
            self = .doubleDash
        } else if text.utf8.count > 64 {
            self = .tooLong
        } else if WorkspaceID(text.lowercased()) != nil {
            self = .upperCase
        } else {
            self = .characters
        }
    }
}
