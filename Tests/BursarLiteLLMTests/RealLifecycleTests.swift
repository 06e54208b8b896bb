import BursarCore
import BursarEngine
import BursarHTTP
import BursarLiteLLM
import FoundationEssentials
import Testing

private let proxyURL = ProcessInfo.processInfo.environment["BURSAR_TEST_LITELLM_URL"]
private let proxyKey = ProcessInfo.processInfo.environment["BURSAR_TEST_LITELLM_MASTER_KEY"]

/// Against a real LiteLLM, where the environment names one.
struct RealLifecycleTests {
    @Test(.enabled(if: proxyURL != nil && proxyKey != nil))
    func `a workspace lives and ends in LiteLLM`() async throws {
        let transport = CurlTransport()
        defer { transport.shutdown() }
        let time = SystemTimekeeper()
        let issuer = LiteLLMIssuer(
            transport: transport, url: try #require(proxyURL),
            masterKey: SecretValue(try #require(proxyKey)), time: time)
        let name = "lifecycle-\(time.now().milliseconds)"
        try await ProxyLifecycle(issuer: issuer, name: name).run()
    }
}
