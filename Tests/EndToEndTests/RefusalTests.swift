import BursarCore
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: RealLiteLLM.isThere)) struct `Refusals` {
    @Test func `a wrong master key is named as what it is`() async throws {
        let fleet = try Fleet()
        let result = try await fleet.bursar("plan", key: "sk-wrong-canary-8472")
        #expect(result.status == 1)
        #expect(result.errors.contains("key"))
        #expect(!result.all.contains("8472"))
        // Nor its hash, by which LiteLLM names it: a weak one could be guessed from that.
        let hash = KeyHash(of: SecretValue("sk-wrong-canary-8472")).hex
        #expect(!result.all.contains(hash))
    }

    @Test func `a proxy that is down is named as what it is`() async throws {
        let fleet = try Fleet()
        let result = try await fleet.bursar("plan", url: "http://127.0.0.1:9")
        #expect(result.status == 1)
        #expect(!result.errors.isEmpty)
    }

    @Test func `a key from the environment is not sent to a url from the file`() async throws {
        let fleet = try Fleet()
        try fleet.edit(
            "spec:\n  source:", "spec:\n  litellm: {url: \"http://127.0.0.1:9\"}\n  source:")
        let result = try await BuiltBinary.run(
            ["plan", fleet.directory.path], environment: ["LITELLM_MASTER_KEY": fleet.key])
        #expect(result.status == 1)
        #expect(result.errors.contains("masterKeyFile"))
    }

    @Test func `without a terminal apply asks for --yes`() async throws {
        let fleet = try Fleet()
        let result = try await fleet.bursar("apply")
        #expect(result.status == 64)
        #expect(try fleet.everySecret().isEmpty)
    }

    @Test func `a manifest that is wrong fails and names the place`() async throws {
        let fleet = try Fleet()
        try fleet.edit("period: 1d", "period: 1m")
        let result = try await fleet.bursar("validate")
        #expect(result.status == 1)
        #expect(result.errors.contains(".yaml:"))
    }
}

/// What needs no proxy.
struct `Command line` {
    @Test func `--version prints a version`() async throws {
        let result = try await BuiltBinary.run(["--version"])
        #expect(result.status == 0)
        #expect(result.output.split(separator: ".").count == 3)
    }

    @Test(arguments: [
        "init", "validate", "render", "schema", "plan", "apply", "drift", "diff", "run",
        "rotation next", "sandbox",
        "doctor",
    ])
    func `the help of every command has an example`(command: String) async throws {
        let words = command.split(separator: " ").map(String.init)
        let result = try await BuiltBinary.run(words + ["--help"])
        #expect(result.status == 0)
        #expect(result.output.contains("EXAMPLE: bursar \(command)"))
    }

    @Test func `render prints a manifest that is the same workspace by itself`() async throws {
        let example = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("examples/quickstart").path
        let first = try await BuiltBinary.run(["render", "search", example])
        #expect(first.status == 0, "\(first.all)")
        #expect(first.output.contains("search.yaml:7"))
        let again = try await BuiltBinary.run(
            ["render", "search", example, "-f", "-", "--output", "json"], input: first.output)
        #expect(again.status == 0, "\(again.all)")
        #expect(!again.output.contains("built-in"))
        #expect(try await BuiltBinary.run(["render", "nobody", example]).status == 1)
    }

    @Test func `an unknown flag is a usage error`() async throws {
        #expect(try await BuiltBinary.run(["plan", "--bogus"]).status == 64)
    }

    @Test func `a directory that is not there is named`() async throws {
        let result = try await BuiltBinary.run(["validate", "nowhere-at-all"])
        #expect(result.status == 1)
        #expect(result.errors.contains("nowhere-at-all"))
    }

    @Test func `a source without a workspace is not valid, one with one is`() async throws {
        let place = try TemporaryDirectory()
        let empty = try await BuiltBinary.run(["validate", place.path])
        #expect(empty.status == 1)
        #expect(empty.errors.contains("nothing was checked"), "\(empty.all)")
        try place.write(
            "{apiVersion: bursar/v1, kind: Workspace, metadata: {name: a}, spec: {budget: unlimited, models: []}}",
            to: "a.yaml")
        let one = try await BuiltBinary.run(["validate", place.path])
        #expect(one.status == 0, "\(one.all)")
        #expect(one.output == "1 workspace is valid\n")
    }

    @Test func `doctor without a proxy says all the rest`() async throws {
        let place = try TemporaryDirectory()
        #expect(try await BuiltBinary.run(["init", place.path]).status == 0)
        let doctor = try await BuiltBinary.run(["doctor", place.path])
        #expect(doctor.status == 1)
        for said in [
            "ok    configuration: owner", "warn  no keyring", "ok    the secret store answers",
            "fail  no LiteLLM: set LITELLM_URL and LITELLM_MASTER_KEY",
        ] { #expect(doctor.output.contains(said), "\(doctor.all)") }
    }

    @Test func `a keyring that cannot be read is told by its variable`() async throws {
        let place = try TemporaryDirectory()
        #expect(try await BuiltBinary.run(["init", place.path]).status == 0)
        let environment = [
            "LITELLM_URL": "http://127.0.0.1:9", "LITELLM_MASTER_KEY": "sk-none-1234",
            "BURSAR_KEYRING_FILE": "nowhere.txt",
        ]
        let plan = try await BuiltBinary.run(["plan", place.path], environment: environment)
        #expect(plan.status == 1)
        #expect(
            plan.errors.contains("the keyring BURSAR_KEYRING_FILE=nowhere.txt cannot be read"),
            "\(plan.all)")
        // It derives nothing, so it comes as far as the proxy, which is not there.
        let imported = try await BuiltBinary.run(["import", place.path], environment: environment)
        #expect(imported.status == 1)
        #expect(!imported.all.contains("keyring"), "\(imported.all)")
    }

    @Test func `the demo runs on the sandbox`() async throws {
        let demo = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("examples/quickstart/demo")
        let result = try await BuiltBinary.run(
            [], environment: ["BURSAR": BuiltBinary.path], executable: demo.path)
        #expect(result.status == 0, "\(result.all)")
    }
}
