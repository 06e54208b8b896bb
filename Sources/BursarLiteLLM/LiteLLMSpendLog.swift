package import BursarCore
package import BursarEngine

extension LiteLLMIssuer: SpendLog {
    package func calls(
        from: Instant, to: Instant, page: Int
    ) async throws(IssuerError) -> SpendLogPage {
        let answer = try await client.send(
            LiteLLMAPI.spendLogs(from: from, to: to, page: page), WireSpendLogs.self)
        return SpendLogPage(
            calls: answer.calls, pages: answer.pages, isCapped: answer.isCapped)
    }
}
