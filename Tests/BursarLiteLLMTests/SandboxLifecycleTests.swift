import BursarCore
import BursarEngine
import BursarLiteLLM
import BursarSandbox
import Synchronization
import Testing

/// The stand-in without a network between.
private final class ModelInProcess: Transport {
    private let model: Mutex<LiteLLMModel>

    init(_ model: LiteLLMModel) { self.model = Mutex(model) }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let header = request.headers.first { $0.name == "Authorization" }
        let bearer = header?.value.withExposed {
            SecretValue(String($0.dropFirst("Bearer ".count)))
        }
        let asked = SandboxRequest(
            method: request.method.rawValue,
            target: request.url.replacing("http://proxy", with: ""), bearer: bearer,
            body: request.body ?? [])
        let answer = model.withLock { $0.respond(to: asked, now: StillTime().now()) }
        return HTTPResponse(status: answer.status, headers: answer.headers, body: answer.body)
    }
}

struct SandboxLifecycleTests {
    @Test func `a workspace lives and ends in the stand-in`() async throws {
        let model = LiteLLMModel(options: .init(masterKey: masterKey))
        let issuer = issuer(over: ModelInProcess(model))
        try await ProxyLifecycle(issuer: issuer, name: "lifecycle").run()
    }
}
