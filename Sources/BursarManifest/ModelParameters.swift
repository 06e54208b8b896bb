internal import BursarCore

/// Which of LiteLLM's parameters a workspace's own model may have.
enum ModelParameters {
    /// Those that LiteLLM shows to nobody (`remove_sensitive_info_from_deployment`, 1.106.2). Of others
    /// that sound like a secret `/model/info` shows the first and last characters.
    static let hidden: [String] = [
        "api_key", "aws_access_key_id", "aws_secret_access_key", "client_secret",
        "vertex_ai_credentials", "vertex_credentials",
    ]

    /// Fields of their own, and what would make LiteLLM take a key that is not the workspace's.
    static func isReserved(_ name: String) -> Bool { reserved.contains(name) }

    private static let reserved: Set<String> = [
        "model", "api_base", "base_url", "api_version", "litellm_credential_name",
        "custom_llm_provider", "use_litellm_proxy", "use_xai_oauth", "use_in_pass_through",
        "aws_profile_name", "aws_role_name", "aws_session_name", "aws_web_identity_token",
        "azure_scope",
    ]

    /// What is missing for calls to go out on the workspace's credentials and to the workspace's
    /// address alone: LiteLLM takes the proxy's own in its place.
    static func missing(in model: DesiredModel) -> [String] {
        let provider = model.upstream.prefix { $0 != "/" }
        switch provider {
        case "bedrock", "bedrock_converse", "sagemaker", "sagemaker_chat", "aws_polly":
            return ["aws_access_key_id", "aws_secret_access_key"]
                .filter { model.credentials[$0] == nil }.map { "credentials.\($0)" }
        case "vertex_ai", "vertex_ai_beta":
            let has = ["vertex_credentials", "vertex_ai_credentials"].contains {
                model.credentials[$0] != nil
            }
            return has ? [] : ["credentials.vertex_credentials"]
        case "azure", "azure_text", "azure_ai":
            return model.apiBase == nil ? ["apiBase"] : []
        default: return []
        }
    }

    /// LiteLLM signs in to these with a login that the proxy's machine keeps.
    static func signsInItself(_ model: DesiredModel) -> Bool {
        ["github_copilot", "chatgpt"].contains(String(model.upstream.prefix { $0 != "/" }))
    }
}
