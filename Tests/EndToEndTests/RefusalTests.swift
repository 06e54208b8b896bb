import Foundation
import Testing

@Suite(.enabled(if: RealLiteLLM.isThere)) struct `Refusals` {
    @Test func `a wrong master key is named as what it is`() throws {
        let fleet = try Fleet()
        let result = try fleet.bursar("plan", key: "sk-wrong-canary-8472")
        #expect(result.status == 1)
        #expect(result.errors.contains("key"))
        #expect(!result.all.contains("8472"))
    }

    @Test func `a proxy that is down is named as what it is`() throws {
        let fleet = try Fleet()
        let result = try fleet.bursar("plan", url: "http://127.0.0.1:9")
        #expect(result.status == 1)
        #expect(!result.errors.isEmpty)
    }

    @Test func `a key from the environment is not sent to a url from the file`() throws {
        let fleet = try Fleet()
        try fleet.edit(
            "spec:\n  source:", "spec:\n  litellm: {url: \"http://127.0.0.1:9\"}\n  source:")
        let result = try BuiltBinary.run(
            ["plan", fleet.directory.path], environment: ["LITELLM_MASTER_KEY": fleet.key])
        #expect(result.status == 1)
        #expect(result.errors.contains("masterKeyFile"))
    }

    @Test func `without a terminal apply asks for --yes`() throws {
        let fleet = try Fleet()
        let result = try fleet.bursar("apply")
        #expect(result.status == 64)
        #expect(try fleet.everySecret().isEmpty)
    }

    @Test func `a manifest that is wrong fails and names the place`() throws {
        let fleet = try Fleet()
        try fleet.edit("period: 1d", "period: 1m")
        let result = try fleet.bursar("validate")
        #expect(result.status == 1)
        #expect(result.errors.contains(".yaml:"))
    }
}
