internal import BursarCore
internal import BursarEngine

/// What the proxy is and can. Older proxies lack some of these endpoints: then it is not known.
struct Capabilities: Sendable {
    let version: String?
    let licensed: Bool?
    let models: WireModelInfo

    static func read(_ client: LiteLLMClient) async throws(IssuerError) -> Capabilities {
        try await read(client, version: try await supportedVersion(client))
    }

    /// One that is too old is refused before it is asked for anything else.
    static func supportedVersion(
        _ client: LiteLLMClient
    ) async throws(IssuerError) -> String? {
        let version = try await version(client)
        try LiteLLMVersion.check(version)
        return version
    }

    static func read(
        _ client: LiteLLMClient, version: String?
    ) async throws(IssuerError) -> Capabilities {
        let licence = try await optional { () throws(IssuerError) in
            try await client.send(LiteLLMAPI.licence, WireLicence.self)
        }
        let models: WireModelInfo
        do {
            models = try await client.send(LiteLLMAPI.modelInfo, WireModelInfo.self)
        } catch {
            // Every LiteLLM has it; a Control Plane and other neighbours have not.
            if case .missing(let text) = error { throw .notLiteLLM("no /model/info: \(text)") }
            throw error
        }
        return Capabilities(
            version: version, licensed: licence?.has_license,
            models: models)
    }

    private static func version(_ client: LiteLLMClient) async throws(IssuerError) -> String? {
        // In the order of their age, the newest first; the last told it before 1.84 alone.
        for call in [LiteLLMAPI.modelHub, LiteLLMAPI.readinessDetails, LiteLLMAPI.readiness] {
            let answer = try await optional { () throws(IssuerError) in
                try await client.send(call, WireVersion.self)
            }
            if let version = answer?.litellm_version { return version }
        }
        return nil
    }

    /// `nil` where the endpoint is absent or answers something else; a proxy that cannot be
    /// reached, or is cancelled, is still an error.
    private static func optional<Answer>(
        _ read: () async throws(IssuerError) -> Answer
    ) async throws(IssuerError) -> Answer? {
        do {
            return try await read()
        } catch {
            switch error {
            case .unreachable, .cancelled, .rateLimited: throw error
            default: return nil
            }
        }
    }
}
