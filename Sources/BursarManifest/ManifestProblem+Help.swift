internal import BursarCore

extension ManifestProblem {
    /// What to do; `nil` where the message says it.
    var help: String? {
        switch self {
        case .tab: "indent with spaces"
        case .alias, .mergeKey: "write the value out"
        case .tag: "leave the tag out; quote what is text"
        case .emptyFile: "remove it, or leave it out with source.exclude in bursar.yaml"
        case .foreignDocument, .gatewayInSource:
            "move it out of the source, or leave it out with source.exclude in bursar.yaml"
        case .unsupportedVersion: "write `apiVersion: \(Schema.version)`"
        case .unknownKind(_, let nearest): nearest.map { "did you mean `\($0)`?" }
        case .unknownField(_, _, let nearest?, _): "did you mean `\(nearest)`?"
        case .unknownField(_, _, nil, let known):
            known.isEmpty
                ? "there are no fields here" : "known fields: \(known.joined(separator: ", "))"
        case .missingField(let name, _, let doc): doc.isEmpty ? nil : "`\(name)`: \(doc)"
        case .wrongType("text", let found) where found.contains("`"): "put it in quotes"
        case .unknownWord(_, let allowed, let nearest):
            nearest.map { "did you mean `\($0)`?" } ?? "one of: \(allowed.joined(separator: ", "))"
        case .policyBreach(let breach): breach.help
        case .sourceNotAllowed:
            "name one that is allowed, or have bursar's operator allow it; `{id}` is the workspace's id"
        case .noAgeKey:
            "what `age-keygen -y identity.txt` prints, `age1…`, every letter of it; never the identity"
        default: valueHelp
        }
    }

    private var valueHelp: String? {
        switch self {
        case .nameIsNoID: "write another name, or an id in spec.id"
        case .invalidID(_, .upperCase): "write it in lower case"
        case .invalidOwner: "lower-case letters, digits, `.`, `_` and `-`, at most 64"
        case .invalidSecretName:
            "capital letters, digits and `_`, with a letter first: `LITELLM_API_KEY`"
        case .credentialIsNoName:
            "never write the value: put it into a provider secret and name that"
        case .literalSecret(field: _?):
            "name where it is read, `valueFrom: {env: NAME}`, and revoke it: git remembers it"
        case .literalSecret(nil): "take it out and revoke it: git remembers it"
        case .budgetNotPositive(negative: false):
            "`suspended: true` stops every call; `budget: unlimited` caps nothing"
        case .budgetNotPositive(negative: true): "write an amount above 0, or `budget: unlimited`"
        case .invalidPeriod(let text): Self.periodHelp(text)
        case .invalidSpan: "a whole number and one of s, m, h, d, w: `24h`"
        case .invalidInstant: "RFC 3339: `2026-11-24T10:00:00Z`"
        case .invalidSchedule(let fault): fault.help
        case .invalidWindow(let fault): fault.help
        case .invalidTimeZone(_, let nearest):
            nearest.map { "did you mean `\($0)`?" } ?? "a name like `Europe/Paris`"
        case .invalidMode:
            "octal in quotes, for the owner and at most the group: \"0600\", \"0640\""
        case .invalidURL: "`https://host`, without a user or password"
        case .overlapTooShort(_, let ttl):
            "at least \(Span(seconds: ttl.seconds &* 2)), twice keyCacheTTL; `0s` revokes at once"
        case .overlapTooLong(_, let interval): "at most \(interval); absent it is 24h"
        default: linkHelp
        }
    }

    private var linkHelp: String? {
        switch self {
        case .wordInList("no-default-models"): "without a model: `models: []`"
        case .wordInList: "every model: `models: all`; a key has its workspace's without a list"
        case .modelNotInWorkspace: "add it to spec.models, or take it out here"
        case .unknownCredential(_, let nearest): nearest.map { "did you mean `\($0)`?" }
        case .unknownAdoptedSecret(_, let nearest):
            nearest.map { "did you mean `\($0)`?" } ?? "add it to spec.keys, or take it out here"
        case .adoptsWhichKey(let secrets):
            secrets.first.map { "write `keys: {\($0): <alias>}`" } ?? "add one to spec.keys"
        default: broughtHelp
        }
    }

    private static func periodHelp(_ text: String) -> String {
        let known = "write `1d`, `7d`, `30d`, `1mo`, or whole days `Nd` or hours `Nh`"
        if text.hasSuffix("mo") { return "one month is the only number of months: `1mo`" }
        guard text.first?.isNumber ?? false else { return known }
        switch text.last {
        case "m": return "to LiteLLM `m` is a minute; a month is `1mo`"
        case "y": return "LiteLLM knows no years; write days: `365d`"
        case "w": return "LiteLLM's weeks are days: `7d`"
        default: return known
        }
    }
}
