import Foundation
import Glibc
import TestSupport
import Testing

/// What a manifest, a configuration or a file beside them could try, to get at a credential.
@Suite(.timeLimit(.minutes(5))) struct `A thief` {
    private static let canaries = [
        "LITELLM_PLAN_KEY": "sk-plan-canary-4417", "LITELLM_MASTER_KEY": "sk-master-canary-9130",
    ]

    private func source(_ liteLLM: String) throws -> TemporaryDirectory {
        let place = try TemporaryDirectory()
        try place.write(
            """
            apiVersion: bursar/v1
            kind: Configuration
            metadata: {name: thief}
            spec:
              litellm: {\(liteLLM)}
              secrets: {directory: {path: ./secrets}}

            """, to: "bursar.yaml")
        return place
    }

    @Test func `a trap sees who connects`() async throws {
        let trap = try Trap()
        let place = try source("url: \"\(trap.url)\", masterKeyFile: key.txt")
        try place.write("sk-of-the-file\n", to: "key.txt")
        _ = try await BuiltBinary.run(
            ["doctor", place.path],
            whileRunning: { process in
                #expect(trap.isReached(within: 20_000))
                process.terminate()
            })
    }

    @Test(arguments: ["plan", "drift", "doctor", "apply", "import"])
    func `a url in bursar.yaml gets no key from the environment`(_ command: String) async throws {
        let trap = try Trap()
        for more in [
            "", ", masterKeyFile: /proc/self/environ", ", masterKeyFile: key.txt",
        ] {
            let place = try source("url: \"\(trap.url)\"\(more)")
            try place.write("\n", to: "key.txt")
            let result = try await BuiltBinary.run(
                [command, place.path],
                environment: Self.canaries.merging(["LITELLM_URL": ""]) { $1 })
            #expect(result.status == 1, "\(result.all)")
            #expect(!result.all.contains("canary"), "\(result.all)")
            #expect(result.all.contains("masterKeyFile"), "\(result.all)")
        }
        #expect(!trap.isReached())
    }

    /// Where one of the two URLs is a file's, the secret of the environment stays here.
    @Test(arguments: ["plan", "doctor", "apply"])
    func `a control plane in bursar.yaml gets no secret from the environment`(
        _ command: String
    ) async throws {
        let trap = try Trap()
        for (file, environment) in [
            ("url: \"\(trap.url)\"", ["KEYCLOAK_TOKEN_URL": trap.url]),
            ("keycloak: {tokenURL: \"\(trap.url)\"}", ["CONTROL_PLANE_URL": trap.url]),
            ("url: \"\(trap.url)\", keycloak: {tokenURL: \"\(trap.url)\"}", [:]),
        ] {
            let place = try TemporaryDirectory()
            try place.write(
                """
                apiVersion: bursar/v1
                kind: Configuration
                metadata: {name: thief}
                spec:
                  secrets: {groundfloor: {}}
                  controlPlane: {\(file)}

                """, to: "bursar.yaml")
            let result = try await BuiltBinary.run(
                [command, place.path],
                environment: environment.merging([
                    "KEYCLOAK_CLIENT_SECRET": "canary-of-a-client", "LITELLM_MASTER_KEY": "sk-key",
                    "LITELLM_URL": "http://127.0.0.1:9",
                ]) { $1 })
            #expect(result.status == 1, "\(result.all)")
            #expect(!result.all.contains("canary"), "\(result.all)")
            #expect(result.all.contains("clientSecretFile"), "\(result.all)")
        }
        #expect(!trap.isReached())
    }
}

/// A proxy of the thief's: whoever connects to it is seen.
struct Trap {
    let socket: Int32
    let url: String

    init() throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_NONBLOCK, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = socket
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(bound)
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    }

    /// - Parameter within: in milliseconds.
    func isReached(within: Int32 = 0) -> Bool {
        var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, within) == 1
    }
}
