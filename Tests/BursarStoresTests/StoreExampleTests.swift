import BursarCore
import BursarEngine
import BursarStores
import Foundation
import FoundationNetworking
import TestSupport
import Testing

/// The programs of `examples/stores`, against what they talk to or a fake of it.
@Suite(.timeLimit(.minutes(15))) struct StoreExampleTests {
    private static let aws = ProcessInfo.processInfo.environment["BURSAR_TEST_AWS"]
    private static let kubectl = ["/usr/bin", "/usr/local/bin"].map { "\($0)/kubectl" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    private static let canary = "sk-example-canary-4409"

    private let place: TemporaryDirectory

    init() throws { place = try TemporaryDirectory() }

    private func store(
        _ name: String, _ arguments: [String], environment: [String: String] = [:]
    ) -> ExecSecretStore {
        let program = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "examples/stores/\(name)/store").path
        return ExecSecretStore(
            command: ["/usr/bin/env"] + environment.map { "\($0)=\($1)" } + [program] + arguments,
            directory: place.path, time: SystemTimekeeper())
    }

    /// What is wrong with it, law by law.
    private func problems(_ store: ExecSecretStore) async throws -> [String] {
        let conformance = StoreConformance(
            store, first: try #require(WorkspaceID("a.b_c-d")),
            second: try #require(WorkspaceID("a")))
        var problems: [String] = []
        for law in StoreConformance.laws {
            problems += [await conformance.check(law)].compactMap(\.self).map {
                "\(law.name): \($0)"
            }
        }
        return problems
    }

    private func failure(_ store: ExecSecretStore) async throws -> String {
        let secret = try Sample.secret("KEY", Self.canary, "x")
        do throws(SecretStoreError) {
            try await store.put(secret)
            return "done"
        } catch {
            return "\(error.label): \(error)"
        }
    }

    /// Puts a program of that name before `PATH` which notes its arguments and becomes `real`.
    ///
    /// - Parameter python: a path, for what chooses between versions may put others before it.
    private func spied(
        _ name: String, _ real: String, python: String? = nil
    ) throws -> [String: String] {
        let folder = place.url.appending(path: "bin")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let note = "printf '%s ' \"$@\" >> '\(place.path)/arguments'\n"
        try place.write("#!/bin/sh\n\(note)exec \(real) \"$@\"\n", to: "bin/\(name)")
        chmod("\(place.path)/bin/\(name)", 0o755)
        if let python {
            try place.write("#!/bin/sh\nexec \(python) \"$@\"\n", to: "bin/python3")
            chmod("\(place.path)/bin/python3", 0o755)
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return ["PATH": "\(folder.path):\(path)"]
    }

    @Test func `the one in a file keeps the laws`() async throws {
        #expect(try await problems(store("file", ["\(place.path)/secrets.json"])) == [])
        #expect(
            try await failure(store("file", ["\(place.path)/none/secrets.json"])).hasSuffix(
                "\(place.path)/none/secrets.json.lock: No such file or directory"))
    }

    // MARK: - OpenBao

    private func openBao(_ token: String, mount: String = "secret", port: Int) throws
        -> ExecSecretStore
    {
        try place.write(token + "\n", to: token)
        return store("openbao", ["http://127.0.0.1:\(port)", mount, "bursar/prod", token])
    }

    @Test func `the one for OpenBao keeps them with no more than its README asks for`() async throws
    {
        let fake = try LoopbackProgram("fake-openbao")
        #expect(try await problems(openBao("bursar-token", port: fake.port)) == [])
    }

    @Test func `a value that somebody else put into OpenBao has no description`() async throws {
        let fake = try LoopbackProgram("fake-openbao")
        let store = try openBao("bursar-token", port: fake.port)
        func call(_ method: String, _ body: [String: Any]? = nil) async throws -> [String: Any] {
            let url = "http://127.0.0.1:\(fake.port)/v1/secret/data/bursar/prod/team-a/KEY"
            var request = URLRequest(url: try #require(URL(string: url)))
            request.httpMethod = method
            request.httpBody = try body.map { try JSONSerialization.data(withJSONObject: $0) }
            request.setValue("root-token", forHTTPHeaderField: "X-Vault-Token")
            let data = try await URLSession.shared.data(for: request).0
            return (try? JSONSerialization.jsonObject(with: data) as? [String: Any]) ?? [:]
        }
        try await store.put(try Sample.secret("KEY", Self.canary, "ours"))
        var data = try #require(
            (try await call("GET")["data"] as? [String: Any])?["data"] as? [String: Any])
        #expect(data["value"] as? String == Self.canary)
        // As `kv patch` leaves it: another value, the rest as it was.
        data["value"] = "by hand"
        _ = try await call("POST", ["data": data])
        #expect(try await Sample.listing(store) == ["KEY: -"])
        try await store.put(try Sample.secret("KEY", Self.canary, "ours again"))
        #expect(try await Sample.listing(store) == ["KEY: ours again"])
        _ = try await call("DELETE")
        #expect(try await Sample.listing(store) == [])
        try await store.put(try Sample.secret("KEY", Self.canary, "after a deletion"))
        #expect(try await Sample.listing(store) == ["KEY: after a deletion"])
    }

    @Test func `what OpenBao refuses is said, and a wrong mount is not an empty store`()
        async throws
    {
        let fake = try LoopbackProgram("fake-openbao")
        let denied = try openBao("another-canary", port: fake.port)
        #expect(
            try await failure(denied) == "refused: /usr/bin/env: `put`: GET subkeys answered 403")
        let odd = try openBao("odd-token", port: fake.port)
        await #expect(throws: SecretStoreError.self) { try await Sample.listing(odd) }
        #expect(try await failure(odd).hasSuffix("GET subkeys answered 400"))
        let id = try #require(WorkspaceID("team-a"))
        await #expect(throws: SecretStoreError.self) {
            try await odd.remove(try #require(SecretName("KEY")), of: id)
        }
        let lost = try openBao("root-token", mount: "other", port: fake.port)
        await #expect(throws: SecretStoreError.self) { try await Sample.listing(lost) }
        #expect(try await failure(lost).contains("is MOUNT a key/value engine"))
        let front = try TLSFront(to: fake.port)
        let arguments = [front.url, "secret", "bursar/prod", "root-token"]
        #expect(
            try await failure(store("openbao", arguments)).hasSuffix(
                "/v1/secret: unable to get local issuer certificate"))
        let trusted = store(
            "openbao", arguments, environment: ["SSL_CERT_FILE": front.caFile])
        #expect(try await failure(trusted) == "done")
        let nobody = try openBao("root-token", port: try FreePort.any())
        #expect(try await failure(nobody).hasPrefix("unreachable: "))
    }

    // MARK: - Kubernetes

    private struct Cluster {
        let fake: LoopbackProgram
        let front: TLSFront

        init() throws {
            fake = try LoopbackProgram("fake-kubernetes", ["cluster-token", "llm", "team-a"])
            front = try TLSFront(to: fake.port)
        }

        func configuration(_ token: String) -> String {
            """
            {"apiVersion": "v1", "kind": "Config", "current-context": "c",
             "clusters": [{"name": "k", "cluster": {"server": "\(front.url)", "certificate-authority": "\(front.caFile)"}}],
             "users": [{"name": "u", "user": {"token": "\(token)"}}],
             "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}]}
            """
        }
    }

    private func kubernetes(
        _ cluster: Cluster, namespace: String = "llm", token: String = "cluster-token"
    ) throws -> ExecSecretStore {
        try place.write(cluster.configuration(token), to: token)
        return store(
            "kubernetes", [namespace, "llm-", "--kubeconfig=\(place.path)/\(token)"],
            environment: try spied("kubectl", Self.kubectl ?? ""))
    }

    /// As an administrator would: reads the Secret of `team-a`, edits and writes it.
    private func edit(_ change: (inout [String: Any]) -> Void) throws {
        func kubectl(_ verb: String, _ more: [String] = []) throws -> Data {
            let arguments = ["--kubeconfig=\(place.path)/cluster-token", "--raw"]
            let path = "/api/v1/namespaces/llm/secrets/llm-team-a"
            return try run(Self.kubectl ?? "", [verb] + arguments + [path] + more)
        }
        let read = try JSONSerialization.jsonObject(with: kubectl("get"))
        var secret = try #require(read as? [String: Any])
        change(&secret)
        try JSONSerialization.data(withJSONObject: secret).write(
            to: place.url.appending(path: "edited"))
        _ = try kubectl("replace", ["-f", "\(place.path)/edited"])
    }

    /// - Returns: its standard output.
    private func run(_ program: String, _ arguments: [String]) throws -> Data {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ["HOME": place.path, "PATH": "/usr/bin:/bin"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return data
    }

    @Test(.enabled(if: kubectl != nil))
    func `the one for Kubernetes keeps them, in one Secret a workspace`() async throws {
        let cluster = try Cluster()
        let store = try kubernetes(cluster)
        #expect(try await problems(store) == [])
        try await store.put(try Sample.secret("KEY", Self.canary, "ours"))
        try await store.put(try Sample.secret("A_NAME_THAT_ENDS_WITH_", Self.canary, "a line"))
        try await store.put(
            try Sample.secret(String(repeating: "N", count: 128), Self.canary, "the longest name"))
        #expect(try await Sample.listing(store).count == 3)
        #expect(place.text("arguments")?.contains("replace --raw") == true)
        #expect(place.text("arguments")?.contains("canary") == false)
        // A hand that leaves the annotation.
        try edit { $0["data"] = ["KEY": Data("by hand".utf8).base64EncodedString()] }
        #expect(try await Sample.listing(store) == ["KEY: -"])
        try await store.put(try Sample.secret("KEY", Self.canary, "ours again"))
        #expect(try await Sample.listing(store) == ["KEY: ours again"])
        // One that is somebody else's.
        try edit { secret in
            var metadata = secret["metadata"] as? [String: Any]
            metadata?["labels"] = nil
            secret["metadata"] = metadata
        }
        #expect(try await failure(store).contains("is not labelled as bursar's"))
        await #expect(throws: SecretStoreError.self) { try await Sample.listing(store) }
    }

    @Test(.enabled(if: kubectl != nil))
    func `what Kubernetes refuses is said by its reason alone`() async throws {
        let cluster = try Cluster()
        let denied = try kubernetes(cluster, token: "token-canary")
        #expect(
            try await failure(denied)
                == "refused: /usr/bin/env: `put`: kubectl get of secrets in llm: Unauthorized")
        let nowhere = try kubernetes(cluster, namespace: "no-such")
        #expect(
            try await failure(nowhere).hasSuffix("kubectl create of secrets in no-such: NotFound"))
        #expect(try await Sample.listing(nowhere) == [])
        // A namespace each.
        let apart = try kubernetes(cluster, namespace: "{id}")
        #expect(try await failure(apart) == "done")
        #expect(try await Sample.listing(apart) == ["KEY: x"])
        #expect(try await Sample.listing(try kubernetes(cluster)) == [])
    }

    // MARK: - AWS

    private static func options(_ port: Int) -> [String] {
        ["--region", "eu-central-1", "--endpoint-url", "http://127.0.0.1:\(port)"]
    }

    private func secretsManager(_ port: Int, _ key: String? = "id") throws -> ExecSecretStore {
        try? FileManager.default.createDirectory(
            at: place.url.appending(path: ".aws"), withIntermediateDirectories: false)
        let credentials = key.map {
            "[default]\naws_access_key_id = \($0)\naws_secret_access_key = key-canary\n"
        }
        try place.write(credentials ?? "", to: ".aws/credentials")
        let environment = try spied(
            "aws", "\(Self.aws ?? "")/aws", python: "\(Self.aws ?? "")/python3"
        ).merging(
            ["HOME": place.path, "AWS_EC2_METADATA_DISABLED": "true"]) { $1 }
        return store("aws", ["bursar/prod"] + Self.options(port), environment: environment)
    }

    @Test(.enabled(if: aws != nil))
    func `the one for AWS keeps them on moto`() async throws {
        let moto = try LoopbackProgram("moto-server", by: "\(Self.aws ?? "")/python")
        let store = try secretsManager(moto.port)
        #expect(try await problems(store) == [])
        try await store.put(try Sample.secret("KEY", Self.canary, "ours"))
        #expect(try await Sample.listing(store) == ["KEY: ours"])
        #expect(place.text("arguments")?.contains("secretsmanager update-secret") == true)
        #expect(place.text("arguments")?.contains("canary") == false)
        func aws(_ words: String...) throws {
            _ = try run(
                "\(Self.aws ?? "")/aws", ["secretsmanager"] + words + Self.options(moto.port))
        }
        try aws(
            "put-secret-value", "--secret-id", "bursar/prod/team-a/KEY", "--secret-string",
            "by hand")
        #expect(try await Sample.listing(store) == ["KEY: -"])
        // As a removal leaves it that a put overtook.
        try aws("untag-resource", "--secret-id", "bursar/prod/team-a", "--tag-keys", "KEY")
        #expect(try await Sample.listing(store) == [])
        try await store.put(try Sample.secret("KEY", Self.canary, "listed again"))
        #expect(try await Sample.listing(store) == ["KEY: listed again"])
        let long = try Sample.secret("KEY", "v", String(repeating: "d", count: 2012))
        await #expect(throws: SecretStoreError.self) { try await store.put(long) }
    }

    @Test(.enabled(if: aws != nil))
    func `AWS without an answer is a passing fault, without credentials it is none`() async throws {
        let nobody = try await failure(try secretsManager(try FreePort.any()))
        #expect(nobody.hasPrefix("unreachable: "), "\(nobody)")
        let anonymous = try await failure(try secretsManager(try FreePort.any(), nil))
        #expect(
            anonymous
                == "refused: /usr/bin/env: `put`: aws secretsmanager tag-resource: no credentials")
    }
}
