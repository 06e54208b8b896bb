internal import BursarCore
internal import BursarEngine
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore

/// The gateway over HTTP.
package enum GatewayServer {
    /// Before a connection on which nothing comes is closed.
    private static let idleSeconds: Int64 = 60
    /// Of all headers together.
    private static let headerBytes = 32 * 1024

    /// Serves until the task is cancelled, or until SIGTERM or SIGINT where `trapsSignals`: then no
    /// new connection is taken, and what is under way is finished.
    ///
    /// - Parameter ready: called once, with the port, when requests are taken.
    /// - Throws: what the socket says, such as that the port is taken.
    package static func run(
        _ gateway: Gateway, trapsSignals: Bool,
        ready: @escaping @Sendable (Int) async -> Void = { _ in }
    ) async throws {
        var quiet = Logger(label: "bursar.gateway")
        quiet.logLevel = .critical
        let listen = gateway.settings.listen
        var decoder = HTTP1Channel.Configuration.DecoderConfiguration()
        decoder.maxHeaderFieldSize = headerBytes
        decoder.maxHeaderListSize = headerBytes
        let application = Application(
            responder: Responder(gateway: gateway),
            server: .http1(
                configuration: .init(
                    idleTimeout: .seconds(idleSeconds), httpDecoderConfiguration: decoder)),
            configuration: ApplicationConfiguration(
                address: .hostname(listen.host, port: listen.port), serverName: nil),
            onServerRunning: { channel in await ready(channel.localAddress?.port ?? listen.port) },
            logger: quiet)
        if trapsSignals {
            try await application.runService()
        } else {
            try await application.runService(gracefulShutdownSignals: [])
        }
    }

    private struct Responder: HTTPResponder {
        typealias Context = BasicRequestContext
        let gateway: Gateway

        func respond(to request: Request, context: Context) async throws -> Response {
            var headers: [String: SecretValue] = [:]
            for field in request.headers {
                let name = field.name.canonicalName
                // Of two credentials none is picked: joined they are none.
                headers[name] = SecretValue(
                    (headers[name]?.withExposed { "\($0), " } ?? "") + field.value)
            }
            let body = request.body
            let time = gateway.time
            let answer = await gateway.respond(
                to: GatewayRequest(
                    method: request.method.rawValue, target: request.uri.string, headers: headers
                ) { await GatewayServer.read(body, upTo: $0, time) })
            var fields = HTTPFields()
            for (name, value) in answer.headers {
                if let name = HTTPField.Name(name) { fields[name] = value }
            }
            return Response(
                status: .init(code: answer.status), headers: fields,
                body: answer.body.isEmpty
                    ? .init() : .init(byteBuffer: ByteBuffer(bytes: answer.body)))
        }
    }

    private static func read(
        _ body: RequestBody, upTo limit: Int, _ time: any Timekeeper
    ) async -> Result<[UInt8], GatewayRequest.BodyFault> {
        await withTaskGroup(of: Result<[UInt8], GatewayRequest.BodyFault>?.self) { group in
            group.addTask {
                do {
                    let buffer = try await body.collect(upTo: limit)
                    return .success(Array(buffer.readableBytesView))
                } catch is NIOTooManyBytesError {
                    return .failure(.tooLarge)
                } catch {
                    return .failure(.broken)
                }
            }
            group.addTask {
                try? await time.sleep(milliseconds: Int64(Gateway.bodyMilliseconds))
                return .failure(.tooSlow)
            }
            defer { group.cancelAll() }
            return await group.next().flatMap(\.self) ?? .failure(.broken)
        }
    }
}
