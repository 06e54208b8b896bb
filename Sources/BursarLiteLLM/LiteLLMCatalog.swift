package import BursarEngine

extension LiteLLMIssuer: ModelCatalog {
    package func models() async throws(IssuerError) -> [ProxyModel] {
        try await client.send(LiteLLMAPI.modelInfo, WireModelRows.self).rows
    }
}
