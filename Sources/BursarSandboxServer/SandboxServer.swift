internal import BursarCore
package import BursarEngine
package import BursarSandbox
internal import Hummingbird
internal import Logging

/// The sandbox over HTTP, on loopback alone.
package enum SandboxServer {
    private static let bodyLimit = 8 * 1024 * 1024

    /// Serves until the task is cancelled.
    ///
    /// - Parameters:
    ///   - provider: answers on the same port, where it is asked.
    ///   - port: 0 for any free one.
    ///   - ready: called once, with the port, when requests are taken.
    /// - Throws: what the socket says, such as that the port is taken.
    package static func run(
        _ sandbox: Sandbox, provider: SandboxProvider? = nil, port: Int = 0,
        timekeeper: any Timekeeper,
        ready: @escaping @Sendable (Int) async -> Void = { _ in }
    ) async throws {
        var quiet = Logger(label: "bursar.sandbox")
        quiet.logLevel = .critical
        let application = Application(
            responder: Responder(sandbox: sandbox, provider: provider, timekeeper: timekeeper),
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: port), serverName: nil),
            onServerRunning: { channel in await ready(channel.localAddress?.port ?? port) },
            logger: quiet)
        try await application.run()
    }

    private struct Responder: HTTPResponder {
        let sandbox: Sandbox
        let provider: SandboxProvider?
        let timekeeper: any Timekeeper

        func respond(to request: Request, context: Context) async throws -> Response {
            var incoming = request
            let body = try await incoming.collectBody(upTo: SandboxServer.bodyLimit)
            let asked = SandboxRequest(
                method: incoming.method.rawValue, target: incoming.uri.string,
                bearer: incoming.headers[.authorization].flatMap(BearerText.token),
                body: Array(body.readableBytesView))
            let now = timekeeper.now()
            if let told = provider?.respond(
                to: asked,
                authorization: incoming.headers[.authorization].map(SecretValue.init), now: now)
            {
                return Self.response(told, body: ResponseBody(byteBuffer: buffer(told)))
            }
            switch sandbox.exchange(asked, now: now) {
            case .answered(let response, let delay):
                if delay > 0 { try await timekeeper.sleep(milliseconds: Int64(delay)) }
                return Self.response(response, body: ResponseBody(byteBuffer: buffer(response)))
            case .broken:
                context.abandon()
                return Response(status: .serviceUnavailable)
            case .cut(let response):
                let whole = buffer(response)
                let half = whole.getSlice(at: 0, length: whole.readableBytes / 2) ?? whole
                let cut = ResponseBody(contentLength: whole.readableBytes) { writer in
                    try await writer.write(half)
                    context.abandon()
                    throw CutShort()
                }
                return Self.response(response, body: cut)
            }
        }

        private func buffer(_ response: SandboxResponse) -> ByteBuffer {
            ByteBuffer(bytes: response.body)
        }

        private static func response(
            _ response: SandboxResponse, body: ResponseBody
        ) -> Response {
            var fields = HTTPFields()
            for (name, value) in response.headers {
                if let field = HTTPFields.Element.Name(name) { fields[field] = value }
            }
            return Response(
                status: .init(code: response.status), headers: fields, body: body)
        }
    }

    private struct CutShort: Error {}

    /// Keeps a way to close the connection under an exchange.
    private struct Context: RequestContext {
        var coreContext: CoreRequestContextStorage
        let abandon: @Sendable () -> Void

        init(source: ApplicationRequestContextSource) {
            coreContext = CoreRequestContextStorage(source: source)
            let channel = source.channel
            abandon = { channel.close(mode: .all, promise: nil) }
        }
    }
}
