internal import BursarCore

extension Schema.Format {
    /// bursar's word for every model, and LiteLLM's words for lists of them.
    static let modelWords = ["all"] + Reach.words.sorted()

    /// A regular expression that ECMAScript, Python and RE2 readers take alike, for the whole text. Of
    /// what only a calendar or a table can tell it asks no more than some text.
    var pattern: String {
        switch self {
        case .id: #"^(?!.*--)[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$"#
        case .secretName: #"^[A-Z][A-Z0-9_]{0,127}$"#
        case .model:
            "^(?!(?:"
                + Self.modelWords.map { $0 == "*" ? #"\*"# : $0 }.joined(separator: "|")
                + #")$)[^\u0000-\u001F\u007F]+$"#
        case .ownModel: #"^[A-Za-z0-9]([A-Za-z0-9._/:@-]{0,98}[A-Za-z0-9])?$"#
        case .upstream: #"^[^/\s*]+/[^\s*]+$"#
        case .period:
            #"^(1mo|([1-9][0-9]{0,2}|[12][0-9]{3}|3[0-5][0-9]{2}|36[0-4][0-9]|3650)[dh])$"#
        case .span: #"^[0-9]{1,9}[smhdw]$"#
        case .positiveSpan: #"^(?!0+[smhdw]$)[0-9]{1,9}[smhdw]$"#
        case .instant:
            #"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]"#
                + #":[0-5][0-9](\.[0-9]+)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"#
        case .schedule, .timeZone, .window: Self.text
        case .percent: #"^([1-9][0-9]?|100)%$"#
        case .url: #"^https?://[^/\s@][^\s@]*$"#
        case .mode: #"^06[0246]0$"#
        case .recipient: #"^age1([a-z0-9+._-]+1)?[02-9ac-hj-np-z]{7,}$"#
        case .listen:
            #"^([A-Za-z0-9.-]+|\[[A-Za-z0-9:.-]+\]):([0-9]{1,4}|[0-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$"#
        }
    }

    /// Not empty, no control characters.
    static let text = #"^[^\u0000-\u001F\u007F]+$"#

    var words: String {
        switch self {
        case .id: "lower-case letters, digits, `.`, `_`, `-`; at most 64, no `--`"
        case .secretName: "capital letters, digits and `_`, a letter first"
        case .model: "a model's name"
        case .ownModel: "a model's name without spaces and `*`"
        case .upstream: "`provider/model`"
        case .period: "a budget period"
        case .span: "a length of time"
        case .positiveSpan: "a length of time above 0"
        case .instant: "an instant"
        case .schedule: "a cron schedule"
        case .timeZone: "an IANA time zone"
        case .window: "hours of the week"
        case .percent: "a share from `1%` to `100%`"
        case .url: "a URL without user and password"
        case .mode: "a file mode in quotes"
        case .recipient: "an age recipient"
        case .listen: "an address and a port"
        }
    }

    /// Good ones.
    var examples: [String] {
        switch self {
        case .id: ["search", "7b1f0c52-aa"]
        case .secretName: ["LITELLM_API_KEY"]
        case .model: ["gf-chat-default", "openai/*"]
        case .ownModel: ["gpt-4o", "acme/gpt-4o"]
        case .upstream: ["openai/gpt-4o"]
        case .period: ["30d", "1mo", "12h"]
        case .span: ["24h", "0s"]
        case .positiveSpan: ["30d", "12h"]
        case .instant: ["2026-11-24T10:00:00Z"]
        case .schedule: ["0 9 1 * *", "@monthly"]
        case .timeZone: ["Europe/Paris", "UTC"]
        case .window: ["Mon-Fri 09:00-17:00"]
        case .percent: ["80%"]
        case .url: ["https://litellm.acme.example"]
        case .mode: ["0600", "0640"]
        case .recipient: ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"]
        case .listen: ["127.0.0.1:8080", "[::1]:8080"]
        }
    }
}
