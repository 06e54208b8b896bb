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
    private let process: Process
    /// The front ends when this is closed, however the test ends.
    private let input = Pipe()

    package init(to backend: Int, _ certificate: Certificate = .signed) throws {
        directory = try TemporaryDirectory()
        let output = Pipe()
        process = Process()
        process.executableURL = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "tls-front")
        process.arguments = [directory.path, certificate.rawValue, "\(backend)"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = ""
        while !line.hasSuffix("\n") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Failure(told: line) }
            line += String(decoding: data, as: UTF8.self)
        }
        url = "https://127.0.0.1:\(line.dropLast())"
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// It did not start; its standard error says why.
    package struct Failure: Error {
        package let told: String
    }

    /// The authority that signed the certificate, as a PEM file.
    package var caFile: String { directory.path + "/ca.pem" }
}
