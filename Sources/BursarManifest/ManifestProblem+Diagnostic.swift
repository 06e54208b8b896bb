internal import BursarCore

extension ManifestProblem {
    /// Whether the lines it stands on may hold a secret, or cannot be shown.
    var hidesLines: Bool {
        switch self {
        case .literalSecret, .credentialIsNoName, .invalidURL, .noAgeKey, .notUTF8: true
        case .reservedParameter(let name): ModelParameters.isCredential(name)
        default: false
        }
    }

    var severity: Diagnostic.Severity {
        switch self {
        case .policyBreach(let breach): breach.severity
        case .more(let severity): severity
        default: .error
        }
    }

    /// Stable; `docs/reference/diagnostics.md` lists them.
    var code: String {
        switch self {
        case .notUTF8, .unreadable: "invalid-encoding"
        case .syntax: "invalid-yaml"
        case .tab: "tab"
        case .tooDeep, .tooManyNodes: "too-large"
        case .emptyFile: "empty-file"
        case .alias, .tag, .mergeKey: "unsupported-yaml"
        case .fieldIsNoText, .wrongType, .emptyText, .controlCharacter: "wrong-type"
        case .duplicateField: "duplicate-field"
        case .foreignDocument: "foreign-document"
        case .unsupportedVersion: "unsupported-version"
        case .unknownKind: "unknown-kind"
        case .unsupportedField: "unsupported"
        case .gatewayInSource, .misplacedKind, .severalConfigurations, .severalDefaults:
            "misplaced-kind"
        case .unknownField: "unknown-field"
        case .missingField, .notOneOf, .needs: "missing-field"
        case .unknownWord, .outOfRange, .invalidMode, .invalidURL, .maximumBelowMinimum, .noAgeKey:
            "invalid-value"
        case .duplicateEntry, .duplicateModel, .duplicateSecret: "duplicate-entry"
        case .exclusive: "exclusive-fields"
        case .invalidID, .nameIsNoID, .invalidOwner: "invalid-id"
        case .invalidSecretName, .credentialIsNoName: "invalid-secret-name"
        case .literalSecret: "literal-secret"
        case .budgetNotPositive, .budgetTooPrecise, .budgetTooLarge: "invalid-budget"
        case .invalidPeriod: "invalid-period"
        case .invalidPercent: "invalid-percent"
        case .invalidSpan, .spanNotPositive, .spanOutOfRange, .invalidInstant, .invalidSchedule,
            .invalidWindow, .invalidTimeZone:
            "invalid-time"
        case .maxAgeBelowEvery, .overlapTooShort, .overlapTooLong: "invalid-rotation"
        case .more: "more-problems"
        default: linkCode
        }
    }

    private var linkCode: String {
        switch self {
        case .wordInList, .modelNotInWorkspace, .publicNameInModels, .publicNameCovered,
            .invalidModelName:
            "invalid-models"
        case .invalidUpstream, .reservedParameter, .shownCredential, .upstreamNeeds,
            .upstreamSignsIn, .upstreamUnknown, .upstreamAddress, .upstreamPrefers,
            .variableOfProxy:
            "invalid-upstream"
        case .unknownCredential, .adoptsWhichKey, .unknownAdoptedSecret: "unknown-secret"
        case .duplicateID, .duplicateName: "duplicate-workspace"
        case .policyBreach: "policy-breach"
        case .sourceNotAllowed: "source-not-allowed"
        default: "invalid-value"
        }
    }

    /// `file`: the one it stands in; `paths`: of every file of the source.
    func message(file: String, paths: [String]) -> String {
        switch self {
        case .notUTF8(let name): "the file is \(name); manifests are UTF-8"
        case .unreadable(let reason): "the file cannot be read: \(reason)"
        case .syntax(let reason): "no valid YAML: \(reason)"
        case .tab: "a tab where YAML wants spaces"
        case .tooDeep(let depth): "nested more than \(depth) levels deep"
        case .tooManyNodes(let count): "more than \(count) values in one file"
        case .emptyFile: "the file is empty"
        case .alias(let name): "alias `*\(VisibleText.escape(name))` is refused"
        case .tag(let tag): "tag \(quoted(tag)) is refused"
        case .mergeKey: "merge key `<<` is refused"
        case .fieldIsNoText: "a field's name must be text"
        case .duplicateField(let name, let first):
            "duplicate field \(quoted(name)), first written at \(first.described(in: file))"
        case .foreignDocument(let what): "this is no bursar manifest but \(what)"
        case .unsupportedVersion(let version): "unsupported apiVersion \(quoted(version))"
        case .unknownKind(let kind, _): "unknown kind \(quoted(kind))"
        case .gatewayInSource: "kind `Gateway` is the gateway's own file, and no manifest"
        case .misplacedKind(let kind, configuration: true):
            "kind `\(kind)` does not belong into the configuration file"
        case .misplacedKind(let kind, configuration: false):
            "kind `\(kind)` belongs into bursar.yaml at the top of the source"
        case .severalConfigurations(let first):
            "a second configuration; the first is at \(first.described(in: file))"
        case .severalDefaults(let first):
            "second defaults of one directory; the first are at \(SourceLocation(first, in: paths))"
        case .duplicateID(let id, let first):
            "a second workspace of id \(quoted(id)), the first is at \(SourceLocation(first, in: paths))"
        case .duplicateName(let name, let first):
            "a second workspace named \(quoted(name)), the first is at \(SourceLocation(first, in: paths))"
        case .policyBreach(let breach):
            breach.message(policy: "the policy at \(SourceLocation(breach.place, in: paths))")
        case .more(let severity):
            "more than \(ProblemList.maximum) \(severity.rawValue)s in this file; the others are not shown"
        default: fieldMessage(file: file)
        }
    }

    private func fieldMessage(file: String) -> String {
        switch self {
        case .unknownField(let name, let group, _, _): "unknown field \(quoted(name)) in \(group)"
        case .unsupportedField(let name): "`\(name)` is not supported by this version"
        case .missingField(let name, let group, _): "missing field `\(name)` in \(group)"
        case .wrongType(let expected, let found): "expected \(expected), found \(found)"
        case .unknownWord(let text, _, _): "unknown value \(quoted(text))"
        case .outOfRange(let field, let range):
            "`\(field)` must be from \(range.lowerBound) to \(range.upperBound)"
        case .emptyText: "must not be empty"
        case .controlCharacter: "a control character in a text"
        case .duplicateEntry(let text, let first):
            "\(quoted(text)) stands in the list twice, first at \(first.described(in: file))"
        case .exclusive(let one, let other): "`\(one)` and `\(other)` exclude one another"
        case .needs(let name, let others):
            "`\(name)` says nothing without \(others.map { "`\($0)`" }.joined(separator: " or "))"
        case .notOneOf(let names, let group):
            "\(group) needs exactly one of \(names.map { "`\($0)`" }.joined(separator: ", "))"
        default: valueMessage
        }
    }

    private var valueMessage: String {
        switch self {
        case .invalidID(let text, let fault): "\(quoted(text)) is no workspace id: \(fault.reason)"
        case .nameIsNoID(let text, let fault):
            "the name \(quoted(text)) cannot be the workspace's id: \(fault.reason)"
        case .invalidOwner(let text): "\(quoted(text)) cannot be an owner"
        case .invalidSecretName(let text): "\(quoted(text)) is no name of a secret"
        case .credentialIsNoName(let name):
            "credential \(quoted(name)) must be the name of a provider secret"
        case .literalSecret(let field?): "a secret is written out in \(quoted(field))"
        case .literalSecret(nil): "a secret (`sk-…`) is written out in the manifest"
        case .budgetNotPositive(negative: true): "a budget cannot be negative"
        case .budgetNotPositive(negative: false):
            "a budget of 0 blocks nothing: LiteLLM lets calls through"
        case .budgetTooPrecise: "a budget has at most 6 decimals"
        case .budgetTooLarge: "a budget is at most 1000000000 dollars"
        case .invalidPeriod(let text): "\(quoted(text)) is no budget period"
        case .invalidPercent(let text): "\(quoted(text)) is no share from `1%` to `100%`"
        case .invalidSpan(let text): "\(quoted(text)) is no length of time"
        case .spanOutOfRange(let range):
            "must be from \(range.lowerBound) to \(range.upperBound)"
        case .spanNotPositive: "must be longer than nothing"
        case .invalidInstant(let text): "\(quoted(text)) is no instant"
        case .invalidSchedule(let fault): fault.message
        case .invalidWindow(let fault): fault.message
        case .invalidTimeZone(let text, _): "\(quoted(text)) is no IANA time zone"
        case .invalidMode(let text): "\(quoted(text)) is no mode for secrets"
        case .invalidURL: "no URL that can be used"
        case .maxAgeBelowEvery(let maxAge, let every):
            "maxAge \(maxAge) is shorter than every \(every)"
        case .maximumBelowMinimum(let maximum, let minimum):
            "the maximum of \(maximum) is below the minimum of \(minimum)"
        case .overlapTooShort(let overlap, let ttl):
            "an overlap of \(overlap) is too short: LiteLLM serves a key from its cache for \(ttl)"
        case .overlapTooLong(let overlap, let interval):
            "an overlap of \(overlap) is longer than the \(interval) between two rotations: more than "
                + "two keys would work at once"
        default: linkMessage
        }
    }

    private var linkMessage: String {
        switch self {
        case .wordInList("all"): "`all` stands alone, not in a list"
        case .wordInList(let word): "\(quoted(word)) is LiteLLM's word, and no model's name"
        case .modelNotInWorkspace(let model): "\(quoted(model)) is not among the workspace's models"
        case .duplicateModel(let model, let first):
            "\(quoted(model)) is provided twice, first at \(first)"
        case .duplicateSecret(let name, let first):
            "\(quoted(name)) is the secret of a key too, at \(first)"
        case .unknownCredential(let name, _):
            "no provider secret \(quoted(name)) in this workspace"
        case .sourceNotAllowed(let source):
            "\(quoted(source)) is no source that spec.providerSecrets.allow of bursar.yaml names for this "
                + "workspace"
        case .adoptsWhichKey(let secrets):
            "`key` takes over one key, and the workspace has "
                + (secrets.isEmpty ? "none" : secrets.joined(separator: ", "))
        case .unknownAdoptedSecret(let name, _): "\(quoted(name)) is the secret of no key"
        case .noAgeKey: "no age recipient"
        default: broughtMessage ?? ""
        }
    }
}

extension Mark {
    func described(in file: String) -> String { "\(file):\(line):\(column)" }
}

extension WorkspaceIDFault {
    fileprivate var reason: String {
        switch self {
        case .slash: "it has a `/`"
        case .doubleDash: "it has `--`, which separates the names of bring-your-own models"
        case .tooLong: "it has more than 64 characters"
        case .upperCase: "it has capital letters"
        case .characters:
            "it needs lower-case letters, digits, `.`, `_`, `-`, and no sign at either end"
        }
    }
}
