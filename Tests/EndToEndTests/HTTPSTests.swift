import BursarCore
import Foundation
import TestSupport
import Testing

/// The built binary and a proxy behind TLS that no authority of this machine signed.
struct `A proxy over https` {
    private let master = ["LITELLM_MASTER_KEY": SandboxSite.masterKey]

    private func front(
        _ site: SandboxSite, _ certificate: TLSFront.Certificate = .signed
    ) throws -> (front: TLSFront, environment: [String: String]) {
        let front = try TLSFront(to: site.port, certificate)
        return (front, master.merging(["LITELLM_URL": front.url]) { $1 })
    }

    @Test func `that is not trusted is refused, and the message names the mend`() async throws {
        try await SandboxSite.open { site in
            let (front, environment) = try front(site)
            let result = try await site.bursar("plan", environment: environment)
            #expect(result.status == 1)
            #expect(result.errors.contains("signed by no authority that is trusted here"))
            for mend in ["--ca-file", "SSL_CERT_FILE", "spec.litellm.caFile"] {
                #expect(result.errors.contains(mend))
            }
            #expect(!result.all.contains(SandboxSite.masterKey))
            withExtendedLifetime(front) {}
        }
    }

    @Test func `is trusted by --ca-file and by SSL_CERT_FILE`() async throws {
        try await SandboxSite.open { site in
            let (front, environment) = try front(site)
            let flag = try await site.bursar(
                "apply", "--yes", "--ca-file", front.caFile,
                environment: environment.merging(["SSL_CERT_FILE": "/nowhere"]) { $1 })
            #expect(flag.status == 0, "\(flag.all)")
            let variable = try await site.bursar(
                "plan", "--detailed-exitcode",
                environment: environment.merging(["SSL_CERT_FILE": front.caFile]) { $1 })
            #expect(variable.status == 0, "\(variable.all)")
        }
    }

    /// Else a pull request could name an authority of its own for the proxy of the environment.
    @Test func `is trusted by the configuration where its url stands there too`() async throws {
        try await SandboxSite.open { site in
            let (front, environment) = try front(site)
            try site.directory.write(SandboxSite.masterKey, to: "master.key")
            try FileManager.default.copyItem(
                atPath: front.caFile, toPath: site.directory.path + "/mine.pem")
            let file = try #require(site.directory.text("bursar.yaml"))
            let settings = #"{url: "\#(front.url)", masterKeyFile: master.key, caFile: mine.pem}"#
            try site.directory.write(
                file.replacing("spec:\n", with: "spec:\n  litellm: \(settings)\n"),
                to: "bursar.yaml")
            let own = try await site.bursar("plan", environment: ["SSL_CERT_FILE": "/nowhere"])
            #expect(own.status == 0, "\(own.all)")
            let other = try await site.bursar("plan", environment: environment)
            #expect(other.status == 1)
            #expect(other.errors.contains("signed by no authority that is trusted here"))
        }
    }

    @Test func `whose certificate has expired is not sent after another authority`() async throws {
        try await SandboxSite.open { site in
            let (front, environment) = try front(site, .expired)
            let result = try await site.bursar(
                "plan", "--ca-file", front.caFile, environment: environment)
            #expect(result.status == 1)
            #expect(result.errors.contains("expired"))
            #expect(!result.errors.contains("--ca-file"))
        }
    }

    @Test func `a file of authorities that is not there is named`() async throws {
        try await SandboxSite.open { site in
            let (front, environment) = try front(site)
            let result = try await site.bursar(
                "plan", "--ca-file", "nowhere.pem", environment: environment)
            #expect(result.status == 1)
            #expect(result.errors.contains("nowhere.pem"))
            withExtendedLifetime(front) {}
        }
    }
}
