import Testing

@testable import BursarCore

/// What LiteLLM 1.106.2 lets through for a list (`_model_custom_llm_provider_matches_wildcard_pattern`).
struct `What a list of models lets in` {
    @Test(arguments: [
        ("gpt-4o", "gpt-4o", true), ("gpt-4o", "gpt-*", true), ("gpt-4o", "gpt.4*", true),
        ("gpt-4o", "openai/*", true), ("gpt-4o", "openai/gpt-*", true), ("gpt-4o", "open*", true),
        ("gpt-4o", "*/gpt-4o", true), ("gpt-4o", "acme/*", true),
        ("gpt-4o", "openai/gpt-4o", false), ("gpt-4o", "openai/o3*", false),
        ("gpt-4o", "gf-*", false), ("acme/gpt-4o", "openai/*", false),
        ("acme/gpt-4o", "acme/*", true), ("cohere/command-r", "cohere_chat/*", true),
        ("cohere/command-r", "openai/*", false),
    ])
    func `a name is let in by its provider's pattern, too`(
        name: String, entry: String, isLetIn: Bool
    ) {
        #expect(Reach(list: [entry]).letsIn(name) == isLetIn, "\(name) by \(entry)")
    }
}
