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
    static func isReserved(_ name: String) -> Bool {
        reserved.contains(name) || isCredential(name)
            || federations.contains { name.hasPrefix($0) }
    }

    /// Whether its value is a secret, or a path to one on the proxy.
    static func isCredential(_ name: String) -> Bool {
        hidden.contains(name) || shown.contains(name) || LiteralSecrets.isSecretField(name)
    }

    private static let reserved: Set<String> = [
        "model", "api_base", "base_url", "api_version", "litellm_credential_name",
        "custom_llm_provider", "deployment_id", "use_litellm_proxy", "use_xai_oauth",
        "use_in_pass_through", "aws_profile_name", "aws_role_name", "aws_session_name",
        "aws_sts_endpoint", "aws_bedrock_runtime_endpoint", "azure_scope",
    ]

    private static let shown: Set<String> = [
        "aws_session_token", "aws_web_identity_token", "azure_ad_token", "azure_username",
        "azure_password", "s3_access_key_id", "s3_session_token", "valkey_password",
    ]

    /// Logins for which LiteLLM reads tokens from files and variables of the proxy.
    private static let federations = ["anthropic_", "openai_"]

    /// LiteLLM replaces such a text by a variable of the proxy's environment, in every parameter of a
    /// row. It looks at the start alone, and in this case; nothing else has reason to hold it.
    static func namesVariable(_ text: String) -> Bool { BroughtModel.namesVariable(text) }

    /// What is missing for calls to go out on the workspace's credentials and to the workspace's
    /// address alone: LiteLLM takes the proxy's own in its place.
    static func missing(in model: DesiredModel, of secret: SecretName) -> [String] {
        let credentials = BroughtModel.credentials(of: model, in: secret)
        func without(_ names: [String]) -> [String] {
            names.filter { credentials[$0] == nil }.map { "credentials.\($0)" }
        }
        let provider = provider(of: model)
        if amazons.contains(provider) {
            return hasKey(model, of: secret)
                ? [] : without(["aws_access_key_id", "aws_secret_access_key"])
        }
        if googles.contains(provider) {
            return credentials["vertex_ai_credentials"] == nil
                ? without(["vertex_credentials"]) : []
        }
        let isAddressed = !addressed.contains(provider) || model.apiBase != nil
        return (isAddressed ? [] : ["apiBase"]) + without(["api_key"])
    }

    /// LiteLLM signs in to these with a login that the proxy's machine keeps.
    static func signsInItself(_ model: DesiredModel) -> Bool {
        ["github_copilot", "chatgpt"].contains(provider(of: model))
    }

    /// Whether LiteLLM 1.106.2 calls it on the row's credentials alone, by its source. Others read
    /// the proxy's environment beside a key that is given (`watsonx`), or nobody has looked.
    static func isKnown(_ model: DesiredModel) -> Bool {
        let provider = provider(of: model)
        if amazons.contains(provider) {
            return !keyedRoutes.contains { model.upstream.contains($0) }
        }
        return keyed.contains(provider) || googles.contains(provider)
    }

    /// It would get the proxy's `AWS_BEARER_TOKEN_BEDROCK`, which LiteLLM prefers to the AWS keys.
    static func takesNoAddress(_ model: DesiredModel) -> Bool {
        model.apiBase != nil && amazons.contains(provider(of: model))
    }

    /// Variables of the proxy's environment that LiteLLM 1.106.2 prefers to the row's credentials, and no
    /// row keeps out. Azure's is read by the library that LiteLLM takes for dated versions
    /// (`openai/lib/azure.py`; `_is_azure_v1_api_version` tells the others); `azure_ai` goes that way for
    /// OpenAI's models. Amazon's come before keys (`get_credentials` in `base_aws_llm.py`), and after an
    /// API key of Bedrock's.
    static func preferred(to model: DesiredModel, of secret: SecretName) -> [String] {
        let provider = provider(of: model)
        if azures.contains(provider) {
            return undated.contains(model.apiVersion ?? "") ? [] : ["AZURE_OPENAI_AD_TOKEN"]
        }
        guard amazons.contains(provider), !hasKey(model, of: secret) else { return [] }
        return ["AWS_PROFILE_NAME", "AWS_ROLE_NAME"]
    }

    /// All that `preferred` can name: words of the configuration.
    static let proxyVariables = ["AWS_PROFILE_NAME", "AWS_ROLE_NAME", "AZURE_OPENAI_AD_TOKEN"]

    /// How such an upstream is called on the row's credentials whatever the proxy has; `nil`: in no way.
    static func withoutVariables(_ upstream: String) -> String? {
        if upstream.hasPrefix("azure") {
            return "write `apiVersion: v1`, Azure's API without dates"
        }
        return upstream.hasPrefix("bedrock") ? "give it an API key of Bedrock's as `api_key`" : nil
    }

    private static let undated = ["v1", "latest", "preview"]

    /// An API key of Bedrock's, which stands for the two of AWS.
    private static func hasKey(_ model: DesiredModel, of secret: SecretName) -> Bool {
        provider(of: model) == "bedrock"
            && BroughtModel.credentials(of: model, in: secret)["api_key"] != nil
    }

    private static func provider(of model: DesiredModel) -> String {
        String(model.upstream.prefix { $0 != "/" })
    }

    static let keyed = [
        "anthropic", "azure", "azure_ai", "cerebras", "cohere", "cohere_chat",
        "deepseek", "fireworks_ai", "gemini", "groq", "hosted_vllm", "mistral", "openai",
        "openrouter", "perplexity", "together_ai", "xai",
    ]

    private static let azures = ["azure", "azure_ai"]

    private static let addressed = azures + ["hosted_vllm"]

    static let amazons = [
        "bedrock", "sagemaker", "sagemaker_chat", "sagemaker_nova",
    ]

    /// Of Bedrock, where a key of the proxy's comes before the AWS keys.
    private static let keyedRoutes = ["claude_platform", "mantle"]

    static let googles = ["vertex_ai", "vertex_ai_beta"]
}
