/// Of models that workspaces bring along.
extension ManifestProblem {
    var broughtMessage: String? {
        switch self {
        case .publicNameInModels(let model): "\(quoted(model)) stands in spec.models too"
        case .publicNameCovered(let model, let pattern):
            "\(quoted(model)) can be let in by \(quoted(pattern)) in spec.models"
        case .invalidModelName(let text): "\(quoted(text)) can be no model's name"
        case .invalidUpstream(let text): "\(quoted(text)) names no model of a provider"
        case .reservedParameter(let name): "\(quoted(name)) cannot stand in `params`"
        case .shownCredential(let name):
            "LiteLLM would show the value of \(quoted(name)), or parts of it"
        case .upstreamNeeds(let upstream, let missing):
            "\(quoted(upstream)) without \(missing.map { "`\($0)`" }.joined(separator: " and ")): LiteLLM "
                + "would take the proxy's own"
        case .upstreamSignsIn(let upstream):
            "\(quoted(upstream)) would be called with a login of the proxy's"
        case .upstreamUnknown(let upstream):
            "\(quoted(upstream)) is of no provider that LiteLLM is known to call on the workspace's key alone"
        case .upstreamAddress(let upstream):
            "\(quoted(upstream)) with `apiBase`: LiteLLM could send that address a token of the proxy's"
        case .upstreamPrefers(let upstream, let variables):
            "\(quoted(upstream)) would be called on \(variables.map { "`\($0)`" }.joined(separator: " or ")) of "
                + "the proxy's environment, where that is set, in place of the key"
        case .variableOfProxy(let field):
            "\(quoted(field)) has `os.environ/`: LiteLLM would put in a variable of the proxy's"
        default: nil
        }
    }

    var broughtHelp: String? {
        switch self {
        case .publicNameInModels: "take it out of spec.models: the provider secret brings it"
        case .publicNameCovered:
            "name the models in spec.models one by one, or give this one another name, as `search/gpt-4o`"
        case .invalidModelName:
            "letters, digits and `.`, `_`, `-`, `/`, `:`, `@` between them, at most "
                + "\(ProviderSecretDecoder.longestName)"
        case .invalidUpstream: "provider and model: `openai/gpt-4o`"
        case .reservedParameter("api_base"), .reservedParameter("base_url"): "write `apiBase`"
        case .reservedParameter("api_version"): "write `apiVersion`"
        case .reservedParameter("model"): "write `upstream`"
        case .reservedParameter(let name) where ModelParameters.hidden.contains(name):
            "write `credentials: {\(name): NAME}`, the name of a provider secret"
        case .reservedParameter: "with it calls could go out on a key that is not the workspace's"
        case .shownCredential:
            "one of: \(ModelParameters.hidden.joined(separator: ", "))"
        case .upstreamNeeds(_, let missing): Self.needsHelp(missing)
        case .upstreamSignsIn: "take a provider that is called with a key"
        case .upstreamUnknown:
            "one of: "
                + (ModelParameters.keyed + ModelParameters.amazons + ModelParameters.googles)
                .joined(separator: ", ")
                + "; others that speak OpenAI's protocol: `openai/<model>` with `apiBase`"
        case .upstreamAddress: "leave `apiBase` out; `params: {aws_region_name: …}` says where"
        case .upstreamPrefers(let upstream, let variables):
            (ModelParameters.withoutVariables(upstream).map { "\($0), or " } ?? "")
                + "where the proxy has none of these say so in bursar.yaml: `providerSecrets: "
                + "{proxyLacks: [\(variables.joined(separator: ", "))]}`"
        case .variableOfProxy:
            "write the value out; what is secret comes from a provider secret, by `credentials`"
        default: nil
        }
    }

    private static func needsHelp(_ missing: [String]) -> String {
        let names = missing.filter { $0 != "apiBase" }
            .map { "\($0.dropFirst("credentials.".count)): NAME" }
        var said: [String] = []
        if missing.contains("apiBase") {
            said.append("write `apiBase`, the address of the workspace's own")
        }
        if !names.isEmpty {
            said.append(
                "write `credentials: {\(names.joined(separator: ", "))}`, each the name of a provider secret"
            )
        }
        return said.joined(separator: "; ")
    }
}
