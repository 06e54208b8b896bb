package import BursarEngine

/// The one HTTP client: the system's libcurl, all transfers on one thread.
///
/// Follows no redirect (an `Authorization` must not travel), keeps no cookies, reads no `.netrc`.
/// The proxy variables (`http_proxy`, `HTTPS_PROXY`, `no_proxy`) are libcurl's own.
package final class CurlTransport: Transport {
    package struct Configuration: Sendable {
        /// Name, TCP and TLS together.
        package var connectTimeoutMilliseconds = 10_000
        /// The whole exchange, waiting for a free connection included.
        package var timeoutMilliseconds = 60_000
        /// Of one body, after decompression.
        package var maxBodyBytes = 64 << 20
        /// PEM file of the authorities to trust instead of the system's. libcurl does not read
        /// `SSL_CERT_FILE`: whoever composes passes it here.
        package var caFile: String?
        package var maxConnectionsPerHost = 64

        package init() {}

        package init(caFile: String?) {
            self.caFile = caFile
        }
    }

    private let loop: CurlLoop

    package init(_ configuration: Configuration = .init()) {
        loop = CurlLoop(configuration)
    }

    deinit {
        loop.stop()
    }

    /// Ends the thread. What is under way, and every later request, is `.cancelled`.
    package func shutdown() {
        loop.stop()
    }

    package func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let id = loop.nextID()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.submit(Submission(id: id, request: request, continuation: continuation))
            }
        } onCancel: {
            loop.cancel(id)
        }
        return try result.get()
    }
}

/// A request on its way to the loop's thread. Its continuation is resumed exactly once.
struct Submission: Sendable {
    let id: UInt64
    let request: HTTPRequest
    let continuation: CheckedContinuation<Result<HTTPResponse, TransportError>, Never>
}
