package import BursarCore

extension LiteLLMModel {
    /// What an operator configures.
    package struct Options: Sendable {
        package var version: String
        package var masterKey: SecretValue
        /// Admin endpoints answer as LiteLLM does that has no `DATABASE_URL`.
        package var noDatabase: Bool
        /// `general_settings.disable_custom_api_keys`.
        package var forbidsBroughtKeys: Bool
        /// Mints at one instant do not see each other's alias.
        package var mintsRace: Bool
        /// `litellm_settings.callbacks: ["generic_api"]`: see `Sandbox.init(onCompletion:)`.
        package var sendsCallbacks: Bool
        package var models: [ServedModel]
        /// `litellm_settings.default_key_generate_params`: laid under every mint.
        package var defaultKey: KeyDefaults
        /// `litellm_settings.default_team_params`: laid under every new team.
        package var defaultTeam: TeamDefaults

        package init(
            version: String = "1.106.2", masterKey: SecretValue = SecretValue("sk-master-1234"),
            noDatabase: Bool = false, forbidsBroughtKeys: Bool = false,
            mintsRace: Bool = false, sendsCallbacks: Bool = false,
            models: [ServedModel] = ServedModel.samples,
            defaultKey: KeyDefaults = KeyDefaults(), defaultTeam: TeamDefaults = TeamDefaults()
        ) {
            self.version = version
            self.masterKey = masterKey
            self.noDatabase = noDatabase
            self.forbidsBroughtKeys = forbidsBroughtKeys
            self.mintsRace = mintsRace
            self.sendsCallbacks = sendsCallbacks
            self.models = models
            self.defaultKey = defaultKey
            self.defaultTeam = defaultTeam
        }
    }

    package struct KeyDefaults: Sendable {
        package var duration: String?
        package var maxBudget: Money?
        package var budgetDuration: String?

        package init(
            duration: String? = nil, maxBudget: Money? = nil, budgetDuration: String? = nil
        ) {
            self.duration = duration
            self.maxBudget = maxBudget
            self.budgetDuration = budgetDuration
        }
    }

    package struct TeamDefaults: Sendable {
        package var maxBudget: Money?
        package var budgetDuration: String?
        package var requestsPerMinute: Int?
        package var tokensPerMinute: Int?

        package init(
            maxBudget: Money? = nil, budgetDuration: String? = nil, requestsPerMinute: Int? = nil,
            tokensPerMinute: Int? = nil
        ) {
            self.maxBudget = maxBudget
            self.budgetDuration = budgetDuration
            self.requestsPerMinute = requestsPerMinute
            self.tokensPerMinute = tokensPerMinute
        }
    }
}

/// A call as a provider would see it.
package struct UpstreamCall: Sendable {
    package let model: String
    package let base: String?
    /// `nil`: the operator's.
    package let key: SecretValue?
}

/// A model of the proxy's `config.yaml`, or a row of its table, that answers with a fixed text.
package struct ServedModel: Sendable {
    package enum Mode: Sendable { case chat, embedding }

    package internal(set) var name: String
    package let inputPerToken: Money
    package let outputPerToken: Money
    package let mode: Mode
    /// `nil`: of the configuration.
    var stored: StoredModel?

    package init(name: String, inputPerToken: Money, outputPerToken: Money, mode: Mode = .chat) {
        self.name = name
        self.inputPerToken = inputPerToken
        self.outputPerToken = outputPerToken
        self.mode = mode
    }

    /// LiteLLM knows prices of providers' models; the stand-in only those of the row.
    init(name: String, stored: StoredModel) {
        func price(_ name: String) -> Money {
            stored.params[name]?.numberText.flatMap { Money(decimal: $0) } ?? .zero
        }
        self.init(
            name: name, inputPerToken: price("input_cost_per_token"),
            outputPerToken: price("output_cost_per_token"),
            mode: stored.info["mode"]?.string == "embedding" ? .embedding : .chat)
        self.stored = stored
    }

    /// The five models of the sample configuration, prices in micro-dollars a token.
    package static let samples: [ServedModel] = [
        sample("gf-chat-default", 100, 200), sample("gf-chat-pro", 1000, 2000),
        sample("gf-code-default", 200, 400), sample("gf-embed-default", 100, 0, .embedding),
        sample("gf-vision-default", 500, 1000),
    ]

    private static func sample(
        _ name: String, _ input: Int128, _ output: Int128, _ mode: Mode = .chat
    ) -> ServedModel {
        ServedModel(
            name: name, inputPerToken: Money(picos: input * 1_000_000),
            outputPerToken: Money(picos: output * 1_000_000), mode: mode)
    }
}
