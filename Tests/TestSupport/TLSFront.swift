internal import Foundation

/// TLS on loopback before a plain server of the test's, with a certificate made for it.
package final class TLSFront: Sendable {
    package enum Certificate: String, Sendable, CaseIterable {
        /// By an authority of its own.
        case signed
        case selfSigned = "self-signed"
        case expired
        case anotherHost = "another-host"
    }

    package let url: String
    private let directory: TemporaryDirectory
    private let front: LoopbackProgram

    package init(to backend: Int, _ certificate: Certificate = .signed) throws {
        directory = try TemporaryDirectory()
        front = try LoopbackProgram(
            "tls-front", [directory.path, certificate.rawValue, "\(backend)"])
        url = "https://127.0.0.1:\(front.port)"
    }

    /// The authority that signed the certificate, as a PEM file.
    package var caFile: String { directory.path + "/ca.pem" }
}
