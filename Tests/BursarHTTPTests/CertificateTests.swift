import BursarCore
import BursarEngine
import BursarHTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CertificateTests {
    /// A server behind TLS, and what a request to it ends in.
    private struct Site {
        let server: LoopbackServer
        let front: TLSFront

        init(_ certificate: TLSFront.Certificate) throws {
            server = try LoopbackServer([.read, .write(CurlTransportTests.hello)])
            front = try TLSFront(to: Int(server.port), certificate)
        }

        /// `nil` where the answer came.
        func failure(trusting caFile: String?) async -> TransportError? {
            await BursarHTTPTests.failure(
                of: HTTPRequest(.get, front.url), over: CurlTransport(.init(caFile: caFile)))
        }
    }

    /// Nothing of this is mended by trying again.
    private enum Verdict { case untrusted, authorities, tls }

    private func expect(_ wanted: Verdict, naming text: String, of error: TransportError?) {
        let found: (Verdict, String)? =
            switch error {
            case .untrusted(let text): (.untrusted, text)
            case .authorities(let text): (.authorities, text)
            case .tls(let text): (.tls, text)
            default: nil
            }
        #expect(found?.0 == wanted, "\(String(describing: error))")
        #expect(found?.1.contains(text) == true, "\(String(describing: error))")
        #expect(error?.disposition == .stall)
    }

    @Test(arguments: [TLSFront.Certificate.signed, .selfSigned])
    func `a certificate is believed once its authority is named`(
        certificate: TLSFront.Certificate
    ) async throws {
        let site = try Site(certificate)
        expect(.untrusted, naming: "certificate", of: await site.failure(trusting: nil))
        #expect(await site.failure(trusting: site.front.caFile) == nil)
    }

    @Test func `of two authorities only the one that is named is trusted`() async throws {
        let (site, other) = (try Site(.signed), try Site(.signed))
        let error = await site.failure(trusting: other.front.caFile)
        expect(.untrusted, naming: "certificate", of: error)
    }

    /// Another authority would not help here, so that is not what the failure asks for.
    @Test(arguments: [
        (TLSFront.Certificate.expired, "expired"), (.anotherHost, "127.0.0.1"),
    ])
    func `a known authority does not make up for other faults`(
        certificate: TLSFront.Certificate, told: String
    ) async throws {
        let site = try Site(certificate)
        expect(.tls, naming: told, of: await site.failure(trusting: site.front.caFile))
    }

    @Test func `a server without TLS is named as such`() async throws {
        let server = try LoopbackServer([.write("HTTP/1.1 400 Bad Request\r\n\r\n"), .hold])
        let request = HTTPRequest(.get, "https://127.0.0.1:\(server.port)")
        expect(.tls, naming: "SSL", of: await failure(of: request, over: CurlTransport()))
    }

    @Test(arguments: [nil, "", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
    func `a file of authorities that cannot be used is named`(text: String?) async throws {
        let directory = try TemporaryDirectory()
        if let text { try directory.write(text, to: "mine.pem") }
        let error = try await Site(.signed).failure(trusting: directory.path + "/mine.pem")
        expect(.authorities, naming: "mine.pem", of: error)
    }
}
