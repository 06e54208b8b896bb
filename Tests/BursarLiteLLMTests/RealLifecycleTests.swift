import BursarCore
import BursarEngine
import BursarHTTP
import FoundationEssentials
import Testing

@testable import BursarLiteLLM

private let proxyURL = ProcessInfo.processInfo.environment["BURSAR_TEST_LITELLM_URL"]
private let proxyVersion = ProcessInfo.processInfo.environment["BURSAR_TEST_LITELLM_VERSION"]
    .flatMap(LiteLLMVersion.init)
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
        var lifecycle = ProxyLifecycle(issuer: issuer, name: name)
        if let release = proxyVersion {
            let first = LiteLLMVersion(major: 1, minor: 98, patch: 0)
            lifecycle.tellsSettingsUpdated = release >= first
        }
        try await lifecycle.run()
    }
}
