/// Which names a list of models opens, as LiteLLM reads it.
package struct Reach {
    private let list: Set<String>?

    /// - Parameter list: not empty.
    package init(list: Set<String>) { self.list = list }

    init(_ access: ModelAccess) {
        list = if case .only(let names) = access { names } else { nil }
    }

    package func opens(_ name: String) -> Bool {
        guard let list else { return true }
        return list.contains(name)
            || list.contains {
                Self.everything.contains($0)
                    || $0.utf8.contains(UInt8(ascii: "*")) && Self.matches(name, $0)
            }
    }

    func opensAny(of names: [String]) -> Bool { names.contains(where: opens) }

    /// Whether a call of `name` gets past this list where no alias leads elsewhere. `openai/*` lets in
    /// `gpt-4o` too, since LiteLLM tells a provider by such a name (`get_llm_provider`, 1.106.2).
    package func letsIn(_ name: String) -> Bool {
        guard let list, !opens(name) else { return true }
        return list.contains { $0.utf8.contains(UInt8(ascii: "*")) && Self.lets(name, in: $0) }
    }

    private static func lets(_ name: String, in pattern: String) -> Bool {
        if name.contains("/") {
            return renamed.contains { from, to in
                name.hasPrefix(from) && matches(to + name.dropFirst(from.count), pattern)
            }
        }
        if told.contains(where: { matches("\($0)/\(name)", pattern) }) { return true }
        // Which names tell a provider changes with LiteLLM's lists: each is taken to tell any.
        guard let slash = pattern.firstIndex(of: "/") else { return false }
        return matches(name, String(pattern[slash...].dropFirst()))
    }

    /// Providers that a bare name can tell.
    private static let told = [
        "ai21_chat", "aleph_alpha", "amazon_nova", "anthropic", "anthropic_text", "baseten",
        "bedrock", "bytez", "clarifai", "cohere", "cohere_chat", "cometapi", "compactifai",
        "empower", "gdc", "gradient_ai", "heroku", "lemonade", "maritalk", "nlp_cloud", "oci",
        "openai", "openrouter", "ovhcloud", "petals", "replicate", "sap", "text-completion-openai",
        "vertex_ai", "watsonx",
    ]

    /// What LiteLLM makes of a provider for some of its models.
    private static let renamed = [
        ("anthropic/", "anthropic_text/"), ("cohere/", "cohere_chat/"),
    ]

    /// What opens every model in the list of a team, or of a key without one.
    static let everything: Set<String> = ["*", "all-proxy-models", "all-team-models"]

    /// What LiteLLM takes for something else than a name. Written out, a list would not be read back as
    /// it was.
    package static let words = everything.union(["no-default-models"])

    /// LiteLLM makes an expression of it: `*` is any run of characters, and `.` any one.
    private static func matches(_ name: String, _ pattern: String) -> Bool {
        let name = Array(name.utf8)
        // Which of its beginnings, by length, the pattern read so far stands for.
        var ends = [true] + name.map { _ in false }
        for byte in pattern.utf8 {
            if byte == UInt8(ascii: "*") {
                let first = ends.firstIndex(of: true) ?? ends.endIndex
                for index in ends.indices { ends[index] = index >= first }
            } else {
                for index in name.indices.reversed() {
                    ends[index + 1] =
                        ends[index] && (byte == UInt8(ascii: ".") || byte == name[index])
                }
                ends[0] = false
            }
        }
        return ends[name.count]
    }
}
