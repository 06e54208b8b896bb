internal import BursarCore

/// The gateway's own file.
extension Schema {
    static let gatewayMetadata = Group(
        "metadata", [Field("name", .text, "what people call it", isRequired: true)])

    static let gatewaySpec = Group(
        "spec",
        [
            Field(
                "listen", .format(.listen),
                "where it takes connections, port 0 for a free one; default 127.0.0.1:8080"),
            Field("database", .text, "its SQLite file; default ./gateway.sqlite"),
            Field("litellm", .group(gatewayLiteLLM), "the proxy", isRequired: true),
            Field(
                "sealing", .group(gatewaySealing),
                "the key that secrets are sealed with; absent, BURSAR_SEALING_KEY"),
            Field("tokens", .group(gatewayTokens), "whose tokens it takes", isRequired: true),
            Field("webhook", .group(gatewayWebhook), "LiteLLM's callbacks; absent, none"),
            Field(
                "accounts", .map(.set(.format(.id))),
                "by account, the ids of the workspaces it pays for, each in one account"),
            Field("rates", .group(gatewayRates), "Compute Units; default 100 a US dollar"),
        ])

    static let gatewayLiteLLM = Group(
        "spec.litellm",
        [
            Field(
                "url", .format(.url), "the proxy's URL; the key comes from LITELLM_MASTER_KEY",
                isRequired: true)
        ])

    static let gatewaySealing = Group(
        "spec.sealing",
        [Field("keyFile", .text, "a file with 32 bytes in base64", isRequired: true)])

    static let gatewayTokens = Group(
        "spec.tokens",
        [
            Field("issuer", .text, "the token's `iss`, to the letter", isRequired: true),
            Field("audience", .text, "must be among the token's `aud`", isRequired: true),
            Field(
                "jwksURL", .format(.url), "where the realm publishes its keys", isRequired: true),
            Field(
                "permissionsClaim", .text,
                "the claim with the permissions, or a path to it with points; default workspaces"),
        ])

    static let gatewayWebhook = Group(
        "spec.webhook",
        [
            Field(
                "tokenFile", .text, "a file with the token at the end of the webhook's URL",
                isRequired: true)
        ])

    static let gatewayRates = Group(
        "spec.rates",
        [
            Field("unitsPerUSD", .rate, "Compute Units a US dollar of cost; default 100"),
            Field(
                "models", .map(.group(gatewayModelRate)),
                "by model, Compute Units by token in place of those by cost"),
        ])

    static let gatewayModelRate = Group(
        "the rates of a model",
        [
            Field("perInputToken", .rate, "Compute Units a token of the prompt", isRequired: true),
            Field("perOutputToken", .rate, "Compute Units a token of the answer", isRequired: true),
        ])
}
